internal import Core

/// Which replicas are members: drop whom the others wait for, take in who has caught up. Only the leader does this, one
/// swap at a time, and never while its own drive is late.
extension ReplicaMachine {
    mutating func changeMembers() {
        guard let record = note.record, !isFrozen, !ownWritesAreLate else { return }
        if swap != nil { return repeatSwapIfDue() }
        if let until = swapsPausedUntil, now < until { return }
        guard outstandingSwap == nil, let peers = leadership?.peers else { return }
        let gone = leaving(peers)
        if !gone.isEmpty {
            return request(record.without(gone.map(\.member), damaged: gone.filter(\.isLost).map(\.member)))
        }
        for peer in peers where peer.isLearner && (peer.resigned != nil || peer.mustLearn || peer.isUnwanted) {
            endLearner(peer)
        }
        if record.members.count == 1, record.minMembers == 1, !record.heirs.isEmpty {
            var next = record
            next.epoch = record.epoch.next
            next.heirs = []
            return request(next)
        }
        if let ready = leadership?.peers.first(where: mayJoin) { request(record.with(ready.member)) }
    }

    // MARK: Dropping

    /// Who shall be dropped now, all at once. Nobody whose log is whole is dropped in favour of one that has not been
    /// heard in this epoch: that one may be gone for good, and it holds commits up as much as the other does, so nothing
    /// is gained. Once it is late itself both go, and are heirs.
    private func leaving(_ peers: [Peer]) -> [Peer] {
        let members = peers.filter { !$0.isLearner }
        let gone = members.filter(mustGo)
        let areOthersHeard = members.allSatisfy { peer in
            peer.phase == .streaming || gone.contains { $0.member == peer.member }
        }
        return areOthersHeard ? gone : gone.filter(\.isLost)
    }

    private func mustGo(_ peer: Peer) -> Bool {
        if peer.resigned != nil || peer.mustLearn || peer.isUnwanted || down.contains(peer.member) { return true }
        guard now >= leadership?.patientUntil ?? now else { return false }
        if leases.peers[peer.member.node]?.isLate(now: now, settings) == true { return true }
        guard let since = owesSince(peer) else { return false }
        return now >= since + lateness(of: peer)
    }

    /// Since when a member owes the oldest thing that it owes.
    func owesSince(_ peer: Peer) -> Instant? {
        guard peer.phase == .streaming, peer.matched < log.last.sequence else { return peer.askedSince }
        let appended = max(window.appendedAt(peer.matched.next) ?? peer.excusedFrom, peer.excusedFrom)
        return min(appended, peer.askedSince ?? appended)
    }

    /// How late a member may be: short, if another one shows that it is not the network or this leader.
    private func lateness(of peer: Peer) -> TimeSpan {
        let isAnotherInTime =
            leadership?.peers.contains { other in
                guard !other.isLearner, other.member != peer.member, other.phase == .streaming else { return false }
                return owesSince(other).map { now < $0 + settings.acknowledgementLimit } ?? true
            } ?? false
        return isAnotherInTime ? settings.acknowledgementLimit : settings.lonelyAcknowledgementLimit
    }

    mutating func resigned(_ member: Member, _ reason: ResignReason) {
        guard role == .leader, let index = peerIndex(member) else { return }
        leadership?.peers[index].resigned = reason
    }

    mutating func remove(_ member: Member) {
        guard role == .leader, let index = peerIndex(member), let record = note.record else { return }
        if record.isMember(member), record.members.count <= Int(record.minMembers) { return }
        leadership?.peers[index].isUnwanted = true
    }

    // MARK: Joining

    mutating func addLearner(_ member: Member) {
        guard role == .leader, isSettled, member != me, peerIndex(member) == nil else { return }
        leadership?.peers.append(Peer(member: member, isLearner: true, now: now))
    }

    private mutating func endLearner(_ peer: Peer) {
        leadership?.peers.removeAll { $0.member == peer.member }
        if peer.transfer != nil { out.append(.endLearner(peer.member)) }
        if peer.resigned == nil { send(.dismiss, to: peer.member) }
    }

    /// It holds all that may be committed: what this leader has committed, and what it found in its own log, of which an
    /// earlier leader may have committed more than it told. From the swap on every commit waits for it, whatever becomes
    /// of the swap. Its node's promise must stand, so that reads need not stop. One member a drive.
    private func mayJoin(_ peer: Peer) -> Bool {
        guard peer.isLearner, peer.phase == .streaming, let leadership,
            peer.matched >= max(committed, leadership.firstSequence),
            peer.matched.rawValue + UInt64(settings.joinDistance) >= log.last.sequence.rawValue,
            note.record?.members.contains(where: { $0.drive == peer.member.drive }) == false
        else { return false }
        guard peer.member.node != me.node else { return true }
        guard let generation = peer.generation else { return false }
        return leases.holds(Service.Requirement(node: peer.member.node, generation: generation), now: now)
    }

    // MARK: Leaving for good

    /// A store that left the shard asks whether it may go. What it has committed must be in this log; a lower commit
    /// point here is no reason to worry, it travels late.
    mutating func askedToRetire(_ member: Member, committed position: LogPosition) {
        guard role == .leader, isSettled, let record = note.record, !record.isMember(member), !record.isHeir(member)
        else {
            return
        }
        if position.sequence <= log.start.sequence || log.contains(position) {
            send(.mayRetire, to: member)
        } else {
            halt(.leaderLacksCommittedEntry)
        }
    }
}
