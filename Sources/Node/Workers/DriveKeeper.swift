import Core
import Directory
import FragmentStore
import Journal
import KeyValue
import Replication
import Synchronization
import SystemIO

/// Per drive: flushes rows so that a start replays little, watches for I/O that does not return, gives replicas their
/// timers.
final class DriveKeeper: Sendable {
    private static let flushInterval = TimeSpan.milliseconds(100)
    private static let watchInterval = TimeSpan.milliseconds(100)
    private static let tickInterval = TimeSpan.milliseconds(20)
    /// Entries and journal bytes that may lie behind the last flush.
    private static let entriesBehind: UInt64 = 20_000
    private static let bytesBehind: UInt64 = 32 << 20
    /// Deleted rows that a listing may have to pass: 6 ms of a page.
    private static let deletesBehind = 20_000
    /// Outstanding I/O makes a drive suspect, then failed.
    private static let suspectAfter = TimeSpan.seconds(1)
    private static let failedAfter = TimeSpan.seconds(5)
    private static let probeInterval = TimeSpan.seconds(2)
    private static let probePath = "probe"

    private let hub: ReplicaHub
    private let host: DriveHost

    init(hub: ReplicaHub, host: DriveHost) {
        self.hub = hub
        self.host = host
    }

    func runFlushes() async {
        var flushedApplied: UInt64 = 0
        var flushedBytes: UInt64 = 0
        while await hub.clock.sleep(for: Self.flushInterval), host.isOnline {
            let applied = host.replicas.reduce(0) { $0 + $1.published.withLock { $0.applied.rawValue } }
            let written = host.journal.writtenBytes
            let isDue =
                applied > flushedApplied + Self.entriesBehind
                || (written > flushedBytes + Self.bytesBehind && applied > flushedApplied)
                || host.rows.unflushedDeletes > Self.deletesBehind
            if isDue || host.fragments.takeFlushRequest() {
                flushedApplied = applied
                flushedBytes = written
                await flush()
            }
        }
    }

    /// What was applied before the flush is in the tables after it, so the journal need not keep it.
    func flush() async {
        let applied = host.replicas.map { ($0, $0.published.withLock { $0.applied }) }
        let rows = host.rows
        let result = await hub.compute.run { () -> Result<Void, KeyValueError> in
            do throws(KeyValueError) { return .success(try rows.flush()) } catch { return .failure(error) }
        }
        switch result {
        case .success: for (replica, sequence) in applied { replica.mailbox.send(.flushed(sequence)) }
        case .failure(let error): hub.driveFailed(host, "rows could not be flushed: \(ErrorText.of(error))")
        }
    }

    func runWatch() async {
        var isSuspect = false
        while await hub.clock.sleep(for: Self.watchInterval), host.isOnline {
            host.drive.giveUpLateCalls(hub.clock.now)
            let oldest = host.drive.oldestOutstanding(hub.clock.now) ?? TimeSpan(nanoseconds: 0)
            if oldest > Self.failedAfter {
                hub.driveFailed(host, "an operation has been outstanding for \(oldest.millisecondsRounded) ms")
            } else if (oldest > Self.suspectAfter) != isSuspect {
                isSuspect.toggle()
                host.fragments.setLate(isSuspect)
                let now: DriveHost.Condition = isSuspect ? .suspect : .online
                host.status.withLock { status in
                    if case .failed = status.condition { return }
                    status.condition = now
                }
                hub.log.warning(isSuspect ? "drive is slow" : "drive is in time again", ["drive": host.path])
                for replica in host.replicas { replica.mailbox.send(.event(isSuspect ? .ioStalled : .ioRecovered)) }
            }
            // The directory does without a drive that was late once; now it counts again.
            if !isSuspect { hub.configStore.add(host.id, host.drive) }
        }
    }

    func runSpace() async {
        repeat {
            if let space = await host.fragments.refreshSpace() { host.status.withLock { $0.space = space } }
        } while await hub.clock.sleep(for: .seconds(5)) && host.isOnline
    }

    /// A drive that nobody writes to would hide that it has died until it is needed: a synced write of one block every
    /// few seconds finds it out. A full drive is alive. Where somebody has deleted the folder, files that are open take
    /// writes as before, and nobody will ever find them again: the label must still be there.
    func runProbe() async {
        let block = IOBuffer(capacity: 4096)
        block.all.withMutableBytes { bytes in
            for index in bytes.indices { bytes[index] = 0 }
        }
        do throws(DriveError) {
            let file = try await host.drive.open(
                Self.probePath, OpenOptions(writable: true, creation: .ifMissing, direct: true, durableWrites: true))
            while await hub.clock.sleep(for: Self.probeInterval), host.isOnline {
                do throws(DriveError) { try await file.write([block.all], at: 0) } catch {
                    if error.isDriveFault { throw error }
                }
                let label = try await host.drive.readFile(DriveLabel.path)
                guard label == host.label.encoded() else {
                    return hub.driveFailed(host, "the folder has the label of another drive")
                }
            }
        } catch {
            guard host.isOnline else { return }
            switch error {
            case .notFound: hub.driveFailed(host, "its label is gone: the folder has been emptied")
            case let error where error.isDriveFault: hub.driveFailed(host, "the probe failed: \(ErrorText.of(error))")
            default: break
            }
        }
    }

    /// One task for the node: a tick costs nothing where no timer is due.
    static func runTicks(_ hub: ReplicaHub) async {
        while await hub.clock.sleep(for: tickInterval) {
            let now = hub.clock.now
            for host in hub.allHosts {
                for replica in host.replicas {
                    let isDue = replica.published.withLock { published in
                        guard published.timer <= now else { return false }
                        published.timer = .never
                        return true
                    }
                    if isDue { replica.mailbox.send(.event(.tick)) }
                }
            }
        }
    }
}
