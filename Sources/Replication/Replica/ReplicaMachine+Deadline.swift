internal import Core

/// When the machine must be stepped even if nothing happens. An idle shard that is well asks for nothing: the lease
/// machine, one a node, wakes it when a promise ends.
extension ReplicaMachine {
    func nextDeadline() -> Instant {
        switch role {
        case .follower, .learner: followerDeadline
        case .candidate: candidateDeadline
        case .leader: leaderDeadline
        case .outsider: note.record?.isHeir(me) == true ? .never : retireAskAt ?? .never
        case .released, .failed:
            if let release, note.record?.leader == me { min(release.at, release.reclaimAt ?? .never) } else { .never }
        case .unstarted, .waiting, .retired, .halted: .never
        }
    }

    private var followerDeadline: Instant {
        var next = following.confirmationAskAt ?? .never
        if let inquiry { next = min(next, inquiry.askAt) }
        guard isSettled, !isFrozen, let record = note.record, record.isMember(me), record.leader.node != me.node,
            let grace = leases.peers[record.leader.node]?.graceUntil
        else { return next }
        // The lease machine tells when its grace has run out; the membership's own grace is known only here.
        if grace <= now, graceOfMembership > now { next = min(next, graceOfMembership) }
        return next
    }

    private var candidateDeadline: Instant {
        guard isSettled, !isFrozen else { return .never }
        if let swap { return outstandingSwap != nil ? .never : swap.retryAt }
        return inquiry.map { min($0.askAt, max($0.releaseAt, now + settings.resend)) } ?? .never
    }

    /// Only what lies ahead: what was due has been done in this step, or waits for an event.
    private var leaderDeadline: Instant {
        guard isSettled, let leadership else { return .never }
        var next = Instant.never
        func consider(_ moment: Instant?) {
            if let moment, moment > now { next = min(next, moment) }
        }
        consider(leadership.commitNoticeAt)
        consider(leadership.handOver?.until)
        consider(leadership.patientUntil)
        if outstandingSwap == nil { consider(swap?.retryAt) }
        for peer in leadership.peers {
            if peer.phase == .announcing || peer.matched < peer.sent || peer.askedSince != nil
                || peer.transfer?.chunks.isEmpty == false
            {
                consider(peer.resendAt)
            }
            if let at = peer.probedAt, leases.peers[peer.member.node]?.heldGeneration != peer.generation {
                consider(at + settings.resend)
            }
            if !peer.isLearner, let since = owesSince(peer) {
                consider(since + settings.acknowledgementLimit)
                consider(since + settings.lonelyAcknowledgementLimit)
            }
        }
        return next
    }
}
