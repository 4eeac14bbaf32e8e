public import Core

public enum LeaseEvent: Hashable, Sendable {
    /// The nodes that share a shard with this one, as of now. New ones get their grace in full.
    case peers([NodeID])
    case received(from: NodeID, LeaseMessage)
    case tick
}

public enum LeaseEffect: Hashable, Sendable {
    case send(to: NodeID, LeaseMessage)
    /// Step every replica whose record names this node with `leasesChanged`.
    case changed(NodeID)
    /// Send `tick` at or after this moment; replaces the timer set before.
    case setTimer(Instant)
}

/// Promises between pairs of nodes; one machine a node, whatever the number of shards.
///
/// Each node sends every peer a beacon; the peer answers, and from then on waits out a grace before its replicas may
/// promote over a leader on the asking node. The asking node counts the shorter lease from when it *sent* the beacon, the
/// promising one the longer grace from when it *arrived*, so that the lease ends first whatever the network does:
///
///     sent + lease (asking clock)  <  arrived + grace (promising clock),  as  grace ≥ lease + drift
///
/// A promise that ran out is void for good: the next beacon begins another *generation*, and a lease of that generation
/// counts for a shard only once its member has acknowledged the shard's epoch under it. Generations of one process never
/// repeat, and begin at a number drawn at its start.
///
/// The driver keeps the machine behind one lock and, under that lock, reads the clock and steps it; `view` is read under
/// the same lock. See `ReplicaMachine.step` for why.
public struct LeaseMachine: Sendable {
    public let node: NodeID
    public let settings: ReplicaSettings
    public private(set) var view: LeaseView

    private let process: UInt64
    private var generation: UInt64
    private var peers: [Peer] = []
    private var timer: Instant?

    private struct Peer: Sendable {
        let node: NodeID
        var nextBeacon: Instant
        var nextNumber: UInt64 = 1
        var newestAnswered: UInt64 = 0
        /// Beacons without an answer, oldest first; the oldest are forgotten past a bound.
        var sent: [(number: UInt64, at: Instant)] = []
        var reported = Standing()
    }

    /// What replicas care about; a change of it is reported.
    private struct Standing: Equatable, Sendable {
        var isLate = false
        var isHeld = false
        var hasRunOut = false
        var heldGeneration: UInt64?
    }

    /// More than are sent within a lease are of no use: their answers come too late.
    private static let sentLimit = 32

    /// - Parameter process: drawn at random at this start of the process; names its beacons and begins its generations.
    public init(node: NodeID, process: UInt64, settings: ReplicaSettings = ReplicaSettings()) {
        self.node = node
        self.settings = settings
        self.process = process
        self.generation = process
        self.view = LeaseView(node: node)
    }

    public mutating func step(_ event: LeaseEvent, now: Instant, into effects: inout [LeaseEffect]) {
        switch event {
        case .peers(let nodes): setPeers(nodes, now: now)
        case .received(let from, let message):
            guard let index = peers.firstIndex(where: { $0.node == from }) else { return }
            switch message {
            case .beacon(let asking, let number):
                let granted = promise(to: from, now: now)
                effects.append(.send(to: from, .answer(process: asking, number: number, generation: granted)))
            case .answer(let asked, let number, let generation) where asked == process:
                take(answerTo: number, generation: generation, from: index)
            case .answer: break
            }
        case .tick: break
        }
        for index in peers.indices { sendBeaconIfDue(index, now: now, into: &effects) }
        for index in peers.indices { report(index, now: now, into: &effects) }
        let next = peers.map { deadline(of: $0, now: now) }.min() ?? .never
        if next != timer {
            timer = next
            effects.append(.setTimer(next))
        }
    }

    private mutating func setPeers(_ nodes: [NodeID], now: Instant) {
        let wanted = Set(nodes).subtracting([node])
        for peer in peers where !wanted.contains(peer.node) { view.peers[peer.node] = nil }
        peers.removeAll { !wanted.contains($0.node) }
        for new in wanted.sorted() where view.peers[new] == nil {
            peers.append(Peer(node: new, nextBeacon: now))
            view.peers[new] = PeerLease(
                heldUntil: Instant(nanoseconds: 0), heldGeneration: nil, unansweredSince: nil,
                graceUntil: settings.rules.contains(.freshGrace) ? now + settings.grace : now,
                grantedGeneration: nextGeneration())
        }
    }

    private mutating func nextGeneration() -> UInt64 {
        guard settings.rules.contains(.generations) else { return 0 }
        generation &+= 1
        return generation
    }

    /// Renews our promise to `other`, or begins a new one if the last has run out. Returns its generation.
    private mutating func promise(to other: NodeID, now: Instant) -> UInt64 {
        guard var peer = view.peers[other] else { preconditionFailure("a peer without a view") }
        if now >= peer.graceUntil { peer.grantedGeneration = nextGeneration() }
        peer.graceUntil = now + settings.grace
        view.peers[other] = peer
        return peer.grantedGeneration
    }

    /// Answers that are older than the newest say nothing: their generation may be over.
    private mutating func take(answerTo number: UInt64, generation: UInt64, from index: Int) {
        guard number > peers[index].newestAnswered, number < peers[index].nextNumber else { return }
        let sentAt = peers[index].sent.first { $0.number == number }?.at
        peers[index].newestAnswered = number
        peers[index].sent.removeAll { $0.number <= number }
        let node = peers[index].node
        view.peers[node]?.unansweredSince = peers[index].sent.first?.at
        guard let sentAt else { return }
        view.peers[node]?.heldUntil = sentAt + settings.lease
        view.peers[node]?.heldGeneration = generation
    }

    private mutating func sendBeaconIfDue(_ index: Int, now: Instant, into effects: inout [LeaseEffect]) {
        guard now >= peers[index].nextBeacon else { return }
        let number = peers[index].nextNumber
        let node = peers[index].node
        peers[index].nextNumber += 1
        peers[index].nextBeacon = now + settings.beacon
        peers[index].sent.append((number, now))
        if peers[index].sent.count > Self.sentLimit { peers[index].sent.removeFirst() }
        if view.peers[node]?.unansweredSince == nil { view.peers[node]?.unansweredSince = now }
        effects.append(.send(to: node, .beacon(process: process, number: number)))
    }

    private mutating func report(_ index: Int, now: Instant, into effects: inout [LeaseEffect]) {
        guard let peer = view.peers[peers[index].node] else { return }
        let standing = Standing(
            isLate: peer.isLate(now: now, settings), isHeld: now < peer.heldUntil,
            hasRunOut: now >= peer.graceUntil, heldGeneration: peer.heldGeneration)
        guard standing != peers[index].reported else { return }
        peers[index].reported = standing
        effects.append(.changed(peers[index].node))
    }

    private func deadline(of peer: Peer, now: Instant) -> Instant {
        guard let lease = view.peers[peer.node] else { return .never }
        let turns = [
            lease.unansweredSince.map { $0 + settings.latenessOfBeacons }, lease.heldUntil, lease.graceUntil,
        ]
        return turns.compactMap { $0 }.filter { $0 > now }.min().map { min($0, peer.nextBeacon) } ?? peer.nextBeacon
    }
}

extension ReplicaSettings {
    /// A member whose node leaves a beacon unanswered for half a lease is dropped, so that reads need not wait.
    var latenessOfBeacons: TimeSpan { TimeSpan(nanoseconds: lease.nanoseconds / 2) }
}

extension PeerLease {
    func isLate(now: Instant, _ settings: ReplicaSettings) -> Bool {
        guard let unansweredSince else { return false }
        return now >= unansweredSince + settings.latenessOfBeacons
    }
}
