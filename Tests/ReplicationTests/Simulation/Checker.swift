import Core
import TestSupport

@testable import Replication

/// Watches a run for what must never happen.
///
/// The log gives every operation a place: a write the sequence at which it took effect, a read the sequence that its rows
/// stood at. A history is linearizable, over all keys at once (so LIST and search after a write too), if these places
/// agree with real time: an operation that began after another had ended stands behind it (a read not before it). That
/// the rows at a sequence are the same everywhere, and no sequence has two entries, is checked at each apply.
final class Checker {
    unowned let world: World
    private(set) var failure: String?
    private var entries: [UInt32?] = []
    private var digests: [UInt64?] = []
    /// The drives on which an entry has been durable, by its checksum, and those that hold it within a checkpoint.
    private var copies: [UInt32: Set<DriveID>] = [:]
    private var installed: [DriveID: SequenceNumber] = [:]
    private var committers: [Epoch: Member] = [:]
    /// The highest place of any operation that has ended.
    private(set) var floor: UInt64 = 0
    private(set) var operations = 0
    private(set) var lastEnd: UInt64 = 0

    init(world: World) { self.world = world }

    func fail(_ text: String) {
        guard failure == nil else { return }
        failure = "at \(world.time / 1_000_000) ms: \(text)"
        world.note("checker", "FAILED: \(text)")
    }

    func applied(_ entry: LogEntry, _ rows: SimulatedRows, by replica: SimulatedReplica) {
        let index = Int(entry.sequence.rawValue)
        while entries.count <= index {
            entries.append(nil)
            digests.append(nil)
        }
        if let known = entries[index], known != entry.checksum {
            fail("\(world.text(replica.member)) applies another entry at \(index)")
        }
        if let known = digests[index], known != rows.digest {
            fail("\(world.text(replica.member)) has other rows at \(index)")
        }
        entries[index] = entry.checksum
        digests[index] = rows.digest
    }

    /// A drive has synced these records.
    func durable(_ records: [SimulatedStore.Record], on drive: DriveID) {
        for record in records {
            switch record {
            case .entries(let new):
                for entry in new { copies[entry.checksum, default: []].insert(drive) }
            case .note(let note): if let checkpoint = note.checkpoint { installed[drive] = checkpoint.sequence }
            case .truncate, .trim: break
            }
        }
    }

    func committed(through sequence: SequenceNumber, by replica: SimulatedReplica, epoch: Epoch) {
        let checksum = replica.checksum(at: sequence)
        let drives = world.nodes.flatMap(\.drives).map(\.id)
        let count = drives.filter { drive in
            checksum.map { copies[$0]?.contains(drive) == true } == true
                || installed[drive].map { $0 >= sequence } == true
        }.count
        if count < Int(world.plan.minMembers) {
            fail("\(world.text(replica.member)) commits \(sequence), which has only been on \(count) drives")
        }
        if let other = committers[epoch], other != replica.member {
            fail("\(world.text(replica.member)) and \(world.text(other)) commit in epoch \(epoch)")
        }
        committers[epoch] = replica.member
    }

    func ended(read rows: SimulatedRows, begunAt floorAtBegin: UInt64, by text: String) {
        end(at: rows.applied.rawValue)
        if rows.applied.rawValue < floorAtBegin {
            fail("stale read: \(text) sees \(rows.applied), but \(floorAtBegin) had been seen before it began")
        }
    }

    func ended(write sequence: UInt64, begunAt floorAtBegin: UInt64, by text: String) {
        end(at: sequence)
        if sequence <= floorAtBegin {
            fail("\(text) took effect at \(sequence), but \(floorAtBegin) had been seen before it began")
        }
    }

    private func end(at place: UInt64) {
        floor = max(floor, place)
        operations += 1
        lastEnd = world.time
    }
}
