import Core
import Replication

/// What one replica has on its drive: a journal whose last writes may not be synced yet, and flushed rows.
final class SimulatedStore {
    enum Record {
        case entries([LogEntry])
        case truncate(SequenceNumber)
        case note(DurableNote)
        case trim(SequenceNumber)
    }

    let member: Member
    /// Synced groups: all that survives a crash for certain.
    private(set) var groups: [[Record]] = []
    /// The group that is being synced, and the records that wait for the next.
    private(set) var syncing: [(ticket: WriteTicket, record: Record)] = []
    private(set) var waiting: [(ticket: WriteTicket, record: Record)] = []
    /// Rows that survive a crash; behind or at what has been applied.
    var flushedRows = SimulatedRows()
    /// Something has been cut, and the note does not tell of it yet.
    private(set) var isCut = false
    private(set) var isDamaged = false

    init(member: Member, note: DurableNote) {
        self.member = member
        groups = [[.note(note)]]
    }

    func write(_ record: Record, ticket: WriteTicket) { waiting.append((ticket, record)) }

    /// Begins the sync of all that waits; false if there is nothing to do.
    func beginSync() -> Bool {
        guard syncing.isEmpty, !waiting.isEmpty else { return false }
        syncing = waiting
        waiting = []
        return true
    }

    func finishSync() -> WriteTicket {
        groups.append(syncing.map(\.record))
        defer { syncing = [] }
        if syncing.contains(where: { if case .note(let note) = $0.record { note.isUnsure } else { false } }) {
            isCut = false
        }
        return syncing[syncing.count - 1].ticket
    }

    func trim(through sequence: SequenceNumber) { groups.append([.trim(sequence)]) }

    enum CrashOutcome: CaseIterable {
        /// The group in flight has vanished without a trace.
        case lost
        /// It is there in part: recovery sees that it has to cut something.
        case torn
        /// It is there, though nobody was told so.
        case complete
    }

    /// The process ends. Only what was synced is certain.
    func crash(_ outcome: CrashOutcome) {
        if !syncing.isEmpty {
            switch outcome {
            case .lost: break
            case .torn: isCut = true
            case .complete: _ = finishSync()
            }
        }
        syncing = []
        waiting = []
    }

    /// The last group that was synced cannot be read: to recovery it looks like a torn one.
    func damageLastGroup() -> Bool {
        guard groups.count > 1 else { return false }
        groups.removeLast()
        isCut = true
        return true
    }

    struct Contents {
        var note: DurableNote
        var entries: [LogEntry]
        var log: LogOutline
    }

    func contents() -> Contents {
        var note = DurableNote.learner
        var entries: [LogEntry] = []
        var log = LogOutline()
        for record in groups.joined() {
            switch record {
            case .entries(let new):
                for entry in new {
                    log.append(entry.position)
                    entries.append(entry)
                }
            case .truncate(let sequence):
                log.truncate(to: sequence)
                entries.removeAll { $0.sequence > sequence }
            case .note(let new):
                if let checkpoint = new.checkpoint, note.checkpoint != checkpoint {
                    log = LogOutline(start: checkpoint)
                    entries = []
                }
                note = new
            case .trim(let sequence):
                guard sequence > log.start.sequence, sequence <= log.last.sequence else { continue }
                log.trim(through: sequence)
                entries.removeAll { $0.sequence <= sequence }
            }
        }
        return Contents(note: note, entries: entries, log: log)
    }

    /// Whether this store alone could lose nothing that it ever acknowledged.
    var isIntact: Bool { !isCut && !contents().note.isUnsure }
}
