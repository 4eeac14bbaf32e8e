internal import Core

/// What a leader knows, from the record that made it one until the record that makes another; its own swaps continue it.
struct Leadership: Sendable {
    struct PendingToken: Sendable {
        var sequence: SequenceNumber
        var token: ProposalToken
    }

    /// The leadership's first entry: nothing is served before it is committed and applied.
    var firstSequence: SequenceNumber
    var hasServed = false
    /// Until when the others are given time to start, too.
    var patientUntil: Instant
    var peers: [Peer] = []
    /// Proposals in flight, oldest first.
    var tokens: [PendingToken] = []
    var bytesInFlight = 0
    var commitNoticeAt: Instant?
    var handOver: HandOver?
    var lastCheckpoint: UInt64 = 0

    func index(of member: Member) -> Int? { peers.firstIndex { $0.member == member } }
}

struct HandOver: Sendable {
    var targets: [Member]
    var until: Instant
}

/// Leading: order proposals, count acknowledgements, commit, and say what may be served.
///
/// An entry commits when it is durable here and at every member of the record, and, while a swap's outcome is unknown, at
/// every member of the record asked for; and both have members enough. Members acknowledge in the present epoch only.
extension ReplicaMachine {
    mutating func beginLeadership(afterRestart isRestart: Bool) {
        guard let record = note.record else { return }
        role = .leader
        candidacy = nil
        releaseTaken = nil
        var new = Leadership(
            firstSequence: log.last.sequence.next,
            patientUntil: isRestart ? now + settings.lonelyAcknowledgementLimit : now)
        new.hasServed = !settings.rules.contains(.reconciliation)
        new.bytesInFlight = window.bytes(above: committed)
        new.peers = record.members.filter { $0 != me }.map { Peer(member: $0, isLearner: false, now: now) }
        leadership = new
        appendOwn(kind: .newEpoch, request: .none, applyVersion: 0, time: WallTime(milliseconds: 0), command: [])
    }

    /// Ends it. Nobody can tell any more what becomes of proposals in flight.
    mutating func stepDown() {
        guard let ended = leadership else { return }
        leadership = nil
        for pending in ended.tokens { out.append(.unknownOutcome(pending.token)) }
        for peer in ended.peers where peer.transfer != nil { out.append(.endLearner(peer.member)) }
        publish()
    }

    private mutating func appendOwn(
        kind: EntryKind, request: RequestID, applyVersion: UInt16, time: WallTime, command: [UInt8]
    ) {
        let entry = LogEntry(
            kind: kind, epoch: epoch, sequence: log.last.sequence.next, previousEpoch: log.last.epoch, request: request,
            applyVersion: applyVersion, leaderTime: time, command: command)
        leadership?.bytesInFlight += entry.encodedSizeBytes
        write([entry])
    }

    // MARK: Proposals

    mutating func propose(_ proposal: Proposal) {
        guard let leadership, role == .leader, let record = note.record else {
            return refuse(proposal.token, note.record?.leader == me ? .notServing : .notLeader)
        }
        if record.members.count < Int(record.minMembers) { return refuse(proposal.token, .belowMinimum) }
        guard leadership.hasServed, leadership.handOver == nil else { return refuse(proposal.token, .notServing) }
        guard proposal.command.count <= settings.commandLimitBytes else { return refuse(proposal.token, .tooLarge) }
        guard log.last.sequence.rawValue - committed.rawValue < UInt64(settings.entriesInFlightLimit),
            leadership.bytesInFlight + proposal.command.count <= settings.bytesInFlightLimit
        else { return refuse(proposal.token, .overloaded) }
        appendOwn(
            kind: .client, request: proposal.request, applyVersion: proposal.applyVersion, time: proposal.time,
            command: proposal.command)
        self.leadership?.tokens.append(.init(sequence: log.last.sequence, token: proposal.token))
    }

    mutating func refuse(_ token: ProposalToken, _ refusal: Refusal) {
        out.append(.refused(token, refusal, record: note.record))
    }

    mutating func logDigest(_ claim: DigestClaim) {
        guard role == .leader, leadership?.hasServed == true else { return }
        var writer = ByteWriter()
        claim.encode(to: &writer)
        appendOwn(
            kind: .digest, request: .none, applyVersion: 0, time: WallTime(milliseconds: 0), command: writer.bytes)
    }

    // MARK: Every step of a leader

    mutating func lead() {
        guard isSettled, leadership != nil else { return }
        if leadership?.peers.contains(where: { $0.phase == .closed }) == true { reopenStreams() }
        commit()
        guard role == .leader else { return }
        changeMembers()
        feedPeers()
        handOverIfDrained()
    }

    /// Whether this member's acknowledgement and lease are needed, now or once a swap of unknown outcome has happened.
    func isNeeded(_ member: Member) -> Bool {
        note.record?.isMember(member) == true || swap?.record.isMember(member) == true
    }

    private mutating func commit() {
        guard let leadership, let record = note.record else { return }
        var reached = durable
        for peer in leadership.peers where isNeeded(peer.member) { reached = min(reached, peer.durableInStream) }
        let mayCommit = record.mayCommit && (swap?.record.mayCommit ?? true)
        if reached > committed, mayCommit || !settings.rules.contains(.minimumMembers) {
            var bytes = 0
            for sequence in committed.rawValue + 1...reached.rawValue {
                bytes += window[SequenceNumber(sequence)]?.encodedSizeBytes ?? 0
            }
            self.leadership?.bytesInFlight -= bytes
            advanceCommitted(to: reached)
            answerTokens(through: reached)
            if leadership.commitNoticeAt == nil { self.leadership?.commitNoticeAt = now + settings.commitNotice }
        }
        if min(committed, applied) >= leadership.firstSequence, !leadership.hasServed {
            self.leadership?.hasServed = true
            // Every member's log equals this one now: nothing is left to be unsure of.
            if note.isUnsure {
                note.isUnsure = false
                writeNote()
            }
        }
    }

    private mutating func answerTokens(through sequence: SequenceNumber) {
        guard let tokens = leadership?.tokens else { return }
        let count = tokens.prefix { $0.sequence <= sequence }.count
        for pending in tokens.prefix(count) { out.append(.accepted(pending.token, sequence: pending.sequence)) }
        leadership?.tokens.removeFirst(count)
    }

    // MARK: What readers may do

    mutating func publish() {
        let service = service()
        guard service != published else { return }
        published = service
        out.append(.publish(service))
    }

    private func service() -> Service {
        guard role == .leader, isSettled, let leadership, leadership.hasServed, let record = note.record else {
            return .none
        }
        return Service(
            epoch: record.epoch, reads: leaseRequirements(of: leadership),
            writes: record.members.count >= Int(record.minMembers) && leadership.handOver == nil)
    }

    /// One promise from every needed member, under the generation with which it acknowledged this epoch; nil while one
    /// has not.
    private func leaseRequirements(of leadership: Leadership) -> [Service.Requirement]? {
        guard settings.rules.contains(.leases) else { return [] }
        var requirements: [Service.Requirement] = []
        for peer in leadership.peers where isNeeded(peer.member) {
            guard let generation = peer.generation else { return nil }
            if peer.member.node != me.node {
                requirements.append(Service.Requirement(node: peer.member.node, generation: generation))
            }
        }
        return requirements
    }

    /// Whether, at this moment, nobody else can lead: every needed member's promise stands.
    var holdsAllLeases: Bool {
        guard role == .leader, isSettled, let leadership, let requirements = leaseRequirements(of: leadership) else {
            return false
        }
        return requirements.allSatisfy { leases.holds($0, now: now) }
    }
}
