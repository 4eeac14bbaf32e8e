internal import Core

/// What a follower or learner knows of its leader, within one epoch and process.
struct Following: Sendable {
    /// The last announcement, which may have come before its record was durable.
    var announced: (epoch: Epoch, stream: UInt64)?
    /// The stream that was greeted last.
    var stream: UInt64?
    /// This log equals the leader's up to here, as far as the stream has shown.
    var matched = SequenceNumber.zero
    /// The leader's commit point, as last heard.
    var leaderCommitted = SequenceNumber.zero
    /// A leader's confirmation that waits for the log to reach it.
    var confirmation: LogPosition?
    var confirmationAskAt: Instant?
    var install: Install?

    init(announced: (epoch: Epoch, stream: UInt64)? = nil, install: Install? = nil) {
        self.announced = announced
        self.install = install
    }
}

/// Following a leader: greet, take entries, acknowledge what is durable.
///
/// An acknowledgement of `n` in a stream says: my log holds the leader's entries up to `n`, durably, and in this epoch I
/// follow nobody else. It is never given once this replica has decided to promote itself.
extension ReplicaMachine {
    var hasDecidedToPromote: Bool { note.promotedFrom != nil && note.promotedFrom == note.record?.epoch }

    private var mayAnswerLeader: Bool {
        (role == .follower || role == .learner) && isSettled && !hasDecidedToPromote
    }

    /// A learner without rows has nothing that entries could be appended to.
    var hasRows: Bool { note.wasMember || note.checkpoint != nil }

    mutating func announced(_ record: ShardRecord, stream: UInt64, from leader: Member) {
        guard record.leader == leader else { return }
        if record.epoch < epoch { return reject(leader) }
        see(record)
        if let known = following.announced, known.epoch == record.epoch, known.stream > stream { return }
        following.announced = (record.epoch, stream)
        greetIfAnnounced()
    }

    mutating func greetIfAnnounced() {
        guard mayAnswerLeader, let record = note.record, let announced = following.announced,
            announced.epoch == record.epoch
        else { return }
        if following.stream != announced.stream {
            following.stream = announced.stream
            following.matched = .zero
            // What Kafka did before KIP-101, for the simulation to find.
            if !settings.rules.contains(.truncateToCommonPrefix), log.last.sequence > committed { cut(to: committed) }
        }
        var report = tailReport(durableOnly: true)
        if let install = following.install {
            report.installing = install.checkpoint
            report.nextChunk = install.next
        }
        send(
            .greet(
                stream: announced.stream, report,
                generation: leases.grantedGeneration(to: record.leader.node)), to: record.leader)
    }

    private func tailReport(durableOnly: Bool) -> TailReport {
        var outline = log
        if durableOnly, durable < log.last.sequence { outline.truncate(to: max(durable, log.start.sequence)) }
        return TailReport(log: outline, committed: committed, hasRows: hasRows)
    }

    /// Tells a replica that lives in a lower epoch which one it is.
    mutating func reject(_ member: Member) {
        if let record = note.record { send(.superseded(record), to: member) }
    }

    mutating func appended(
        stream: UInt64, previous: LogPosition, entries: [LogEntry], committed leaderCommitted: SequenceNumber,
        from leader: Member
    ) {
        guard mayAnswerLeader, hasRows, note.record?.leader == leader else { return }
        guard let current = following.stream, current >= stream else {
            return send(.noStream(stream: stream), to: leader)
        }
        guard current == stream else { return }
        guard previous.sequence <= log.start.sequence || log.contains(previous) else {
            return send(.mismatch(stream: stream, tailReport(durableOnly: false)), to: leader)
        }
        guard let fresh = compare(entries, after: previous) else { return }
        write(fresh)
        let reached = entries.last?.sequence ?? previous.sequence
        following.matched = max(following.matched, min(reached, log.last.sequence))
        following.leaderCommitted = max(following.leaderCommitted, leaderCommitted)
        followCommit()
        takeConfirmation()
        if fresh.isEmpty { acknowledge() }
    }

    /// The entries that are not in the log yet; cuts what conflicts with them. nil if that was impossible.
    private mutating func compare(_ entries: [LogEntry], after previous: LogPosition) -> [LogEntry]? {
        var before = previous
        for (index, entry) in entries.enumerated() {
            guard entry.previous == before else { return nil }
            before = entry.position
            if entry.sequence <= log.start.sequence { continue }
            if entry.sequence > log.last.sequence { return Array(entries[index...]) }
            if log.contains(entry.position) {
                if let known = window[entry.sequence], known.checksum != entry.checksum {
                    halt(.entriesDiffer)
                    return nil
                }
                continue
            }
            if entry.sequence <= committed {
                halt(.committedEntryConflicts)
                return nil
            }
            cut(to: SequenceNumber(entry.sequence.rawValue - 1))
            return Array(entries[index...])
        }
        return []
    }

    /// Rows never run ahead of the durable log: otherwise a crash would leave rows without the entries that made them.
    mutating func followCommit() {
        advanceCommitted(to: min(following.leaderCommitted, following.matched, durable))
    }

    /// Says how far the log is durable and equal to the leader's.
    mutating func acknowledge() {
        guard mayAnswerLeader, let record = note.record, let stream = following.stream else { return }
        takeConfirmation()
        guard mayAnswerLeader else { return }
        send(
            .acknowledge(
                stream: stream, durable: min(durable, following.matched),
                generation: leases.grantedGeneration(to: record.leader.node),
                unsureNonce: note.isUnsure ? nonce : nil), to: record.leader)
    }

    // MARK: Confirmation of a tail that cannot be trusted

    mutating func confirmed(nonce answered: UInt64, through position: LogPosition, from leader: Member) {
        guard mayAnswerLeader, note.isUnsure, answered == nonce, leader == note.record?.leader else { return }
        following.confirmation = max(following.confirmation ?? .zero, position)
        takeConfirmation()
    }

    private mutating func takeConfirmation() {
        guard note.isUnsure, let through = following.confirmation else { return }
        guard min(durable, following.matched) >= through.sequence else { return }
        following.confirmation = nil
        note.isUnsure = false
        writeNote()
    }

    mutating func askForConfirmation() {
        guard note.isUnsure, following.stream != nil, mayAnswerLeader else {
            following.confirmationAskAt = nil
            return
        }
        if let at = following.confirmationAskAt, now < at { return }
        following.confirmationAskAt = now + settings.resend
        acknowledge()
    }

    // MARK: Leaving

    mutating func askToRetire() {
        guard let record = note.record, isSettled, !record.isHeir(me) else { return }
        if let at = retireAskAt, now < at { return }
        retireAskAt = now + settings.lease
        send(.askRetire(committed: log.position(at: committed) ?? log.start), to: record.leader)
    }

    mutating func mayRetire(from leader: Member) {
        guard role == .outsider, isSettled, leader == note.record?.leader, note.record?.isHeir(me) == false else {
            return
        }
        role = .retired
        out.append(.retire)
    }

    mutating func dismissed(by leader: Member) {
        guard role == .learner, leader == note.record?.leader else { return }
        role = .retired
        out.append(.retire)
    }
}
