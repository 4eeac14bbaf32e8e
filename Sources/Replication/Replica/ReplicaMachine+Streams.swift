internal import Core

/// A leader's streams to the others: announce, find the common prefix, send what follows it, ask again what is not
/// answered.
extension ReplicaMachine {
    func peerIndex(_ member: Member) -> Int? { leadership?.index(of: member) }

    /// The other replica in a leader's message handling; nil unless this stream is the present one.
    private func current(_ member: Member, _ stream: UInt64) -> Int? {
        guard role == .leader, isSettled, let leadership, let index = leadership.index(of: member),
            leadership.peers[index].stream == stream
        else { return nil }
        return index
    }

    mutating func closeStreams() {
        guard var changed = leadership else { return }
        for index in changed.peers.indices {
            changed.peers[index].phase = .closed
            changed.peers[index].generation = nil
        }
        leadership = changed
    }

    /// The epoch's record is durable here: let everyone know.
    mutating func reopenStreams() {
        guard let record = note.record, var changed = leadership else { return }
        role = .leader
        changed.peers.removeAll { !$0.isLearner && !record.isMember($0.member) }
        for index in changed.peers.indices where changed.peers[index].isLearner {
            guard record.isMember(changed.peers[index].member) else { continue }
            changed.peers[index].isLearner = false
            if changed.peers[index].transfer != nil { out.append(.endLearner(changed.peers[index].member)) }
            changed.peers[index].transfer = nil
        }
        leadership = changed
        for index in changed.peers.indices where changed.peers[index].phase == .closed { open(index) }
    }

    private mutating func open(_ index: Int) {
        guard let record = note.record, var peer = leadership?.peers[index] else { return }
        lastStream += 1
        peer.stream = lastStream
        peer.phase = .announcing
        peer.generation = nil
        peer.askedSince = peer.askedSince ?? now
        peer.resendAt = now + settings.resend
        leadership?.peers[index] = peer
        send(.announce(record, stream: peer.stream), to: peer.member)
    }

    // MARK: Answers

    mutating func greeted(by member: Member, stream: UInt64, _ report: TailReport, generation: UInt64) {
        guard let index = current(member, stream), var peer = leadership?.peers[index], peer.phase == .announcing else {
            return
        }
        peer.generation = generation
        peer.askedSince = nil
        peer.excusedFrom = now
        if !report.hasRows {
            if peer.isLearner { beginTransfer(&peer, report) } else { peer.resigned = .damaged }
        } else if let common = log.lastCommon(with: report.log) {
            beginStreaming(&peer, from: common.sequence)
        } else {
            peer.mustLearn = true
        }
        leadership?.peers[index] = peer
    }

    func beginStreaming(_ peer: inout Peer, from sequence: SequenceNumber) {
        peer.phase = .streaming
        peer.matched = sequence
        peer.sent = sequence
        peer.commitSent = .zero
        peer.needsAppend = true
        peer.catchUpTarget = log.last.sequence
        peer.excusedFrom = now
        peer.rewoundAt = nil
    }

    mutating func acknowledged(
        by member: Member, stream: UInt64, durable: SequenceNumber, generation: UInt64, unsureNonce: UInt64?
    ) {
        guard let index = current(member, stream), var peer = leadership?.peers[index], peer.phase == .streaming else {
            return
        }
        peer.generation = generation
        peer.askedSince = nil
        if durable > peer.matched {
            peer.matched = min(durable, log.last.sequence)
            peer.sent = max(peer.sent, peer.matched)
            peer.resendAt = now + settings.resend
            if peer.matched < peer.catchUpTarget { peer.excusedFrom = now }
        }
        leadership?.peers[index] = peer
        if let unsureNonce, holdsAllLeases { send(.confirm(nonce: unsureNonce, through: log.last), to: member) }
    }

    /// Something was lost on the way: go on from where the logs part. Several such answers to one loss count once.
    mutating func mismatched(with member: Member, stream: UInt64, _ report: TailReport) {
        guard let index = current(member, stream), var peer = leadership?.peers[index], peer.phase == .streaming else {
            return
        }
        peer.askedSince = nil
        if let at = peer.rewoundAt, now < at + TimeSpan(nanoseconds: settings.resend.nanoseconds / 2) { return }
        if let common = log.lastCommon(with: report.log) {
            peer.sent = max(common.sequence, peer.matched)
            peer.rewoundAt = now
        } else {
            peer.mustLearn = true
        }
        leadership?.peers[index] = peer
    }

    mutating func streamIsUnknown(to member: Member, stream: UInt64) {
        guard let index = current(member, stream), leadership?.peers[index].phase != .announcing else { return }
        open(index)
    }

    mutating func entriesRead(for member: Member, from: SequenceNumber, _ entries: [LogEntry]) {
        guard let index = peerIndex(member), var peer = leadership?.peers[index] else { return }
        peer.isReading = false
        defer { leadership?.peers[index] = peer }
        guard role == .leader, isSettled, peer.phase == .streaming, from == peer.sent.next else { return }
        guard let first = entries.first else {
            peer.mustLearn = true
            return
        }
        // What was read must be the log as it is now.
        guard first.sequence == from, entries.allSatisfy({ log.contains($0.position) }) else { return }
        sendAppend(&peer, entries)
    }

    // MARK: Sending

    mutating func feedPeers() {
        guard let count = leadership?.peers.count else { return }
        let isNoticeDue = leadership?.commitNoticeAt.map { now >= $0 } ?? false
        if isNoticeDue { leadership?.commitNoticeAt = nil }
        for index in 0..<count {
            guard var peer = leadership?.peers[index] else { return }
            switch peer.phase {
            case .announcing: if now >= peer.resendAt { announceAgain(&peer) }
            case .streaming: feed(&peer, isNoticeDue: isNoticeDue)
            case .transferring: feedTransfer(&peer)
            case .closed: break
            }
            leadership?.peers[index] = peer
        }
    }

    private mutating func announceAgain(_ peer: inout Peer) {
        guard let record = note.record else { return }
        peer.resendAt = now + settings.resend
        send(.announce(record, stream: peer.stream), to: peer.member)
    }

    private mutating func feed(_ peer: inout Peer, isNoticeDue: Bool) {
        if peer.sent < log.start.sequence { peer.mustLearn = true }
        guard !peer.mustLearn else { return }
        while peer.sent < log.last.sequence,
            peer.sent.rawValue - peer.matched.rawValue < UInt64(settings.entriesInFlightLimit)
        {
            if let entries = window.entries(from: peer.sent.next, limitBytes: settings.messageBytesLimit) {
                sendAppend(&peer, entries)
            } else {
                if peer.matched == peer.sent, !peer.isReading {
                    peer.isReading = true
                    out.append(
                        .readEntries(
                            for: peer.member, from: peer.sent.next, limitBytes: settings.messageBytesLimit))
                }
                break
            }
        }
        let lags = isNoticeDue && peer.commitSent < committed
        let owes = (peer.matched < peer.sent || peer.askedSince != nil) && now >= peer.resendAt
        if peer.needsAppend || lags || owes || needsNewGeneration(&peer) { sendAppend(&peer, []) }
    }

    /// Its node's promise has begun anew since it acknowledged the epoch: ask for another acknowledgement.
    private func needsNewGeneration(_ peer: inout Peer) -> Bool {
        guard peer.member.node != me.node, let held = leases.peers[peer.member.node]?.heldGeneration,
            held != peer.generation
        else { return false }
        if let at = peer.probedAt, now < at + settings.resend { return false }
        peer.probedAt = now
        return true
    }

    private mutating func sendAppend(_ peer: inout Peer, _ entries: [LogEntry]) {
        guard let previous = log.position(at: peer.sent) else {
            peer.mustLearn = true
            return
        }
        if entries.isEmpty {
            peer.askedSince = peer.askedSince ?? now
            peer.resendAt = now + settings.resend
        } else if peer.matched == peer.sent {
            peer.resendAt = now + settings.resend
        }
        peer.sent = entries.last?.sequence ?? peer.sent
        peer.commitSent = committed
        peer.needsAppend = false
        send(
            .append(stream: peer.stream, previous: previous, entries: entries, committed: committed), to: peer.member)
    }
}
