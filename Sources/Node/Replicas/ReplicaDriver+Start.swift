import Core
import Journal
import KeyValue
import Metadata
import Replication
import Synchronization

extension ReplicaDriver {
    /// Reads what the drive holds of the replica and steps the machine for the first time.
    static func start(_ replica: ShardReplica) async throws(ReplicaStartError) -> ReplicaDriver {
        let host = replica.host
        let state: ShardState
        do throws(RowError) {
            state = try ShardState(rows: host.rows, store: replica.store)
        } catch {
            throw .rows(error)
        }
        let note: ReplicaNote
        guard let bytes = host.journal.note(of: replica.store) else { throw .entries("the journal has no note") }
        do throws(CodecError) { note = try ReplicaNote(bytes) } catch { throw .note(error) }
        let outline = try await outline(replica, state, note)
        host.journal.hold(replica.store, for: .rows, from: state.applied.next)
        let machine = ReplicaMachine(shard: replica.shard, me: replica.me)
        let driver = ReplicaDriver(replica: replica, machine: machine, state: state)
        replica.published.withLock { $0.record = note.note.record }
        driver.publishReader()
        let condition: LogCondition = host.journalCondition == .torn ? .cut : .whole
        driver.queue(
            .start(
                RecoveredReplica(
                    note: note.note, log: outline, committed: state.applied, applied: state.applied,
                    condition: condition, nonce: replica.environment.entropy.next())))
        await driver.settle()
        return driver
    }

    /// The shape of the log behind the rows, with every entry verified. Entries up to the applied one are not read:
    /// they are in the rows.
    private static func outline(
        _ replica: ShardReplica, _ state: ShardState, _ note: ReplicaNote
    ) async throws(ReplicaStartError) -> LogOutline {
        let journal = replica.host.journal
        let applied = LogPosition(epoch: state.appliedEpoch, sequence: state.applied)
        guard let range = journal.range(of: replica.store) else { return LogOutline(start: applied) }
        guard range.upperBound >= state.applied else {
            throw .entries("the log ends at \(range.upperBound), the rows at \(state.applied): synced entries are gone")
        }
        if range.upperBound == state.applied { return LogOutline(start: applied) }
        guard range.lowerBound <= state.applied.next else {
            throw .entries("the log begins at \(range.lowerBound), the rows end at \(state.applied)")
        }
        var outline = LogOutline(start: applied)
        while outline.last.sequence < range.upperBound {
            let payloads: [[UInt8]]
            do throws(JournalError) {
                payloads = try await journal.read(
                    replica.store, from: outline.last.sequence.next, maximumBytes: 4 << 20)
            } catch {
                throw .journal(error)
            }
            for payload in payloads {
                let entry: LogEntry
                do throws(CodecError) {
                    var reader = ByteReader(payload)
                    entry = try LogEntry(from: &reader)
                } catch {
                    throw .entries("an entry after \(outline.last) is damaged: \(error)")
                }
                guard entry.sequence == outline.last.sequence.next, entry.epoch >= outline.last.epoch else {
                    throw .entries("\(entry.position) does not follow \(outline.last)")
                }
                outline.append(entry.position)
            }
        }
        return outline
    }
}
