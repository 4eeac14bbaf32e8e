internal import Core

/// A leadership given away: the same message to each member in turn until a record shows another leader.
struct Release: Sendable {
    var reason: ReleaseReason
    /// Whom to ask first; then every other member.
    var preferred: [Member]
    var next = 0
    var at: Instant
    /// When to take a new epoch oneself, because nobody has come; nil while that is impossible.
    var reclaimAt: Instant?

    init(reason: ReleaseReason, preferred: [Member], at: Instant) {
        self.reason = reason
        self.preferred = preferred
        self.at = at
    }
}

/// Giving the leadership away: first stop answering, then tell a successor. In one process, whose leases to itself never
/// lapse, this is the only failover.
///
/// A release names the highest epoch that the leader has seen, durable or not: its last swap may have taken effect after
/// its drive failed. A leader that has sent one never serves again in that epoch; it may take another.
extension ReplicaMachine {
    /// The drive or the store is lost. Nothing is written any more, and nothing said but that.
    mutating func fail() {
        guard role != .failed, role != .halted, role != .retired else { return }
        let preferred = successors()
        let leads = note.record?.leader == me
        stepDown()
        role = .failed
        swap = nil
        if leads {
            release = Release(reason: .damaged, preferred: preferred, at: now)
            pursueRelease()
        } else if let leader = note.record?.leader {
            send(.resign(.damaged), to: leader)
        }
    }

    mutating func stalled() {
        guard role != .failed, role != .halted else { return }
        isStalled = true
        if role == .leader {
            giveUp(because: .stalled, to: successors())
        } else if role == .follower, let leader = note.record?.leader {
            send(.resign(.stalled), to: leader)
        }
    }

    mutating func recovered() {
        isStalled = false
        if role == .released { release?.reclaimAt = now + settings.lease }
    }

    /// Stops taking proposals; releases when those in flight are answered, or soon in any case.
    mutating func handOver(to member: Member?) {
        guard role == .leader, isSettled, leadership?.handOver == nil, swap == nil else { return }
        let targets = successors().filter { member == nil || $0 == member }
        guard !targets.isEmpty else { return }
        leadership?.handOver = HandOver(targets: targets, until: now + settings.handOverLimit)
    }

    mutating func handOverIfDrained() {
        guard let handOver = leadership?.handOver, isSettled else { return }
        let isDrained = committed == log.last.sequence && leadership?.tokens.isEmpty == true
        guard isDrained || now >= handOver.until else { return }
        giveUp(because: .handOver, to: handOver.targets)
        release?.reclaimAt = now + settings.lease
    }

    private mutating func giveUp(because reason: ReleaseReason, to preferred: [Member]) {
        stepDown()
        role = .released
        swap = nil
        release = Release(reason: reason, preferred: preferred, at: now)
        publish()
        pursueRelease()
    }

    /// The other members, best caught up first.
    private func successors() -> [Member] {
        guard let record = note.record else { return [] }
        let matched = leadership?.peers ?? []
        func reached(_ member: Member) -> SequenceNumber { matched.first { $0.member == member }?.matched ?? .zero }
        return record.members.filter { $0 != me && !down.contains($0) }
            .sorted { (reached($1), $0) < (reached($0), $1) }
    }

    mutating func pursueRelease() {
        guard var release, let seen = note.record, seen.leader == me else { return }
        if role == .released, !isStalled, let at = release.reclaimAt, now >= at {
            self.release = nil
            role = .candidate
            candidacy = .restart
            return pursueCandidacy()
        }
        guard now >= release.at else { return }
        let named = settings.rules.contains(.releaseOfHighestEpoch) ? seen : durableRecord ?? seen
        let others = named.members.filter { $0 != me && !release.preferred.contains($0) }
        let targets = release.preferred.filter(named.isMember) + others
        if !targets.isEmpty {
            let target = targets[release.next % targets.count]
            out.append(
                .send(
                    ReplicaMessage(
                        shard: shard, epoch: named.epoch, from: me, to: target, body: .release(named, release.reason))))
        }
        release.next += 1
        release.at = now + settings.resend
        self.release = release
        readDirectory()
    }

    /// A release arrives. Its record may be news; whoever holds it need not wait for any grace.
    mutating func released(_ record: ShardRecord, _ reason: ReleaseReason, by leader: Member) {
        guard record.leader == leader else { return }
        if record.epoch < epoch { return reject(leader) }
        see(record)
        releaseTaken = (record.epoch, reason)
    }
}
