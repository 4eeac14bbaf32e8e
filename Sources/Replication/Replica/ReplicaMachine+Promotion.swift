internal import Core

/// Why a replica wants to lead the next epoch.
enum Candidacy: Sendable {
    /// In place of another leader, whose release it may hold.
    case promotion(ReleaseReason?)
    /// It leads already, but in an epoch that an earlier process began, or that it has given up.
    case restart
}

/// Questions to the other replicas about their tails, by a replica that cannot trust its own.
struct Inquiry: Sendable {
    struct Answer: Sendable {
        var member: Member
        var last: LogPosition
        var isSure: Bool
    }

    var answers: [Answer] = []
    var askAt: Instant
    var releaseAt: Instant
}

/// Taking the leadership.
///
/// A member may promote itself from epoch `e` once no promise to the leader of `e` stands: its node's grace for the
/// leader's node has run out, or the leader itself has released it, or (on one node) the driver knows that the leader
/// does not run. From its decision on, which is durable before the swap, it acknowledges nothing in `e`; so a lease
/// that begins later never counts for this shard. The directory's compare-and-swap lets one candidate win.
extension ReplicaMachine {
    mutating func considerPromotion() {
        guard isSettled, !isFrozen, !isStalled, let record = note.record, record.isMember(me) else { return }
        guard hasDecidedToPromote || mayPromote(over: record) else {
            inquiry = nil
            return
        }
        if note.isUnsure {
            inquire()
            guard case .mine = inquiryOutcome else { return }
        }
        role = .candidate
        candidacy = .promotion(releaseTaken?.epoch == epoch ? releaseTaken?.reason : nil)
        inquiry = nil
        if !hasDecidedToPromote {
            note.promotedFrom = epoch
            writeNote()
        }
    }

    private func mayPromote(over record: ShardRecord) -> Bool {
        if releaseTaken?.epoch == record.epoch || down.contains(record.leader) { return true }
        guard leases.graceHasRunOut(for: record.leader.node, now: now) else { return false }
        return now >= graceOfMembership
    }

    /// A new member waits out a grace of its own: its node may have promised nothing on its behalf before.
    var graceOfMembership: Instant {
        settings.rules.contains(.freshGrace) ? memberSince + settings.grace : memberSince
    }

    mutating func pursueCandidacy() {
        guard isSettled, !isFrozen, let record = note.record, let candidacy else { return }
        guard swap == nil else { return repeatSwapIfDue() }
        guard outstandingSwap == nil, !isStalled else { return }
        var next = record
        next.epoch = record.epoch.next
        switch candidacy {
        case .restart:
            if note.isUnsure {
                inquire()
                switch inquiryOutcome {
                case .undecided: return
                case .other(let member): return sendRelease(to: member)
                case .mine: break
                }
            }
        case .promotion(let reason):
            next.leader = me
            if reason != .handOver {
                next = record.without([record.leader], damaged: reason == .damaged ? [record.leader] : [])
                next.leader = me
            }
        }
        request(next)
    }

    // MARK: Tails that cannot be trusted

    enum InquiryOutcome {
        case undecided
        case mine
        case other(Member)
    }

    /// All that may hold what this replica lost: the other members, and for the only member its heirs.
    private var inquired: [Member] {
        guard let record = note.record else { return [] }
        return (record.members.count == 1 ? record.members + record.heirs : record.members).filter { $0 != me }
    }

    private mutating func inquire() {
        guard let record = note.record else { return }
        if let inquiry, now < inquiry.askAt { return }
        inquiry = Inquiry(
            answers: inquiry?.answers ?? [], askAt: now + settings.resend, releaseAt: inquiry?.releaseAt ?? now)
        for member in inquired { send(.askTail(record, nonce: nonce), to: member) }
    }

    /// A sure replica decides at once, the one that was heard last; otherwise all must have answered, and the longest tail
    /// counts, one's own first.
    private var inquiryOutcome: InquiryOutcome {
        let answers = inquiry?.answers ?? []
        let isLeader = note.record?.leader == me
        if let sure = answers.last(where: \.isSure) {
            return isLeader && note.record?.isMember(sure.member) == true ? .other(sure.member) : .undecided
        }
        guard answers.count == inquired.count else { return .undecided }
        guard let longest = answers.max(by: { $0.last < $1.last }), longest.last > log.last else { return .mine }
        return isLeader && note.record?.isMember(longest.member) == true ? .other(longest.member) : .undecided
    }

    private mutating func sendRelease(to member: Member) {
        guard let record = note.record, let inquiry, now >= inquiry.releaseAt else { return }
        self.inquiry?.releaseAt = now + settings.resend
        send(.release(record, .handOver), to: member)
    }

    mutating func askedForTail(_ record: ShardRecord, nonce asked: UInt64, by member: Member) {
        if record.epoch < epoch { return reject(member) }
        see(record)
        guard isSettled, record.epoch == enteredEpoch, role != .learner else { return }
        let last = log.position(at: durable) ?? log.start
        send(.tail(nonce: asked, last: last, isSure: !note.isUnsure), to: member)
    }

    mutating func tailReceived(from member: Member, nonce answered: UInt64, _ last: LogPosition, isSure: Bool) {
        guard answered == nonce, inquiry != nil, inquired.contains(member) else { return }
        inquiry?.answers.removeAll { $0.member == member }
        inquiry?.answers.append(Inquiry.Answer(member: member, last: last, isSure: isSure))
    }
}

extension ShardRecord {
    /// The next record, in which these are no longer members. They become heirs where few are left, unless damaged; heirs
    /// go once there are enough members again.
    func without(_ dropped: [Member], damaged: [Member]) -> ShardRecord {
        var next = self
        next.epoch = epoch.next
        next.members.removeAll(where: dropped.contains)
        if next.members.count < Int(minMembers) || next.members.count == 1 {
            next.heirs = (heirs + dropped.filter { !damaged.contains($0) }).sorted()
        }
        next.letHeirsGo()
        return next
    }

    /// The next record, with one member more.
    func with(_ joined: Member) -> ShardRecord {
        var next = self
        next.epoch = epoch.next
        next.members = (members + [joined]).sorted()
        next.heirs.removeAll { $0 == joined }
        next.letHeirsGo()
        return next
    }

    private mutating func letHeirsGo() {
        if members.count >= max(2, Int(minMembers)) { heirs = [] }
    }

    /// Whether entries may commit with these members: enough of them, and whoever is left alone has settled with its
    /// heirs first.
    var mayCommit: Bool {
        members.count >= Int(minMembers) && (members.count > 1 || heirs.isEmpty)
    }
}
