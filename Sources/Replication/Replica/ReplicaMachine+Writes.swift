internal import Core

/// A write that was handed out and is not known to be durable yet.
struct PendingWrite: Sendable {
    enum Content: Sendable {
        case entries(through: SequenceNumber)
        case truncation
        case note(ShardRecord?)
    }

    var ticket: WriteTicket
    var content: Content
    var since: Instant
}

/// The replica's own log and note. Writes become durable in the order of their tickets, so what is durable is always a
/// prefix of what was handed out.
extension ReplicaMachine {
    var epoch: Epoch { note.record?.epoch ?? Epoch(0) }
    var isSettled: Bool { noteTicket == nil }
    var canWrite: Bool { role != .failed && role != .halted && role != .retired }

    private mutating func ticket(_ content: PendingWrite.Content) -> WriteTicket {
        lastTicket = lastTicket.next
        writes.append(PendingWrite(ticket: lastTicket, content: content, since: now))
        return lastTicket
    }

    mutating func writeNote() {
        guard canWrite else { return }
        let ticket = ticket(.note(note.record))
        noteTicket = ticket
        out.append(.note(note, ticket: ticket))
    }

    /// Appends entries that follow the log's last one.
    mutating func write(_ entries: [LogEntry]) {
        guard canWrite, let last = entries.last else { return }
        for entry in entries {
            log.append(entry.position)
            window.append(entry, at: now)
        }
        out.append(.append(entries, ticket: ticket(.entries(through: last.sequence))))
    }

    /// Cuts the log behind `sequence`. Whatever was on its way to the drive above it counts for nothing any more.
    mutating func cut(to sequence: SequenceNumber) {
        log.truncate(to: sequence)
        window.truncate(to: sequence)
        durable = min(durable, sequence)
        for index in writes.indices {
            if case .entries(let through) = writes[index].content {
                writes[index].content = .entries(through: min(through, sequence))
            }
        }
        out.append(.truncate(to: sequence, ticket: ticket(.truncation)))
    }

    mutating func persisted(through ticket: WriteTicket) {
        guard canWrite else { return }
        let count = writes.prefix { $0.ticket <= ticket }.count
        var hasNewEntries = false
        for write in writes.prefix(count) {
            switch write.content {
            case .entries(let through):
                durable = max(durable, through)
                hasNewEntries = true
            case .truncation: break
            case .note(let record): durableRecord = record
            }
        }
        writes.removeFirst(count)
        if let waiting = noteTicket, waiting <= ticket {
            noteTicket = nil
            if enteredEpoch == nil || enteredEpoch != note.record?.epoch { enterEpoch() } else { noteIsDurable() }
        }
        if hasNewEntries, role == .follower || role == .learner {
            followCommit()
            acknowledge()
        }
    }

    /// The same epoch, another note: a confirmation, a checkpoint installed, or a decision to promote.
    private mutating func noteIsDurable() {
        switch role {
        case .follower, .learner:
            greetIfAnnounced()
            acknowledge()
            acknowledgeCheckpoint()
        default: break
        }
    }

    /// Whether the replica's own drive answers late: then nobody else is to blame.
    var ownWritesAreLate: Bool {
        if isStalled { return true }
        guard let oldest = writes.first else { return false }
        return now >= oldest.since + settings.acknowledgementLimit
    }

    mutating func advanceCommitted(to sequence: SequenceNumber) {
        guard sequence > committed else { return }
        committed = sequence
        out.append(.commit(through: sequence))
        if role != .leader { window.trim(below: sequence, limitBytes: settings.recentBytesLimit) }
    }
}
