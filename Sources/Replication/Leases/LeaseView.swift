public import Core

/// How this node stands with one other node.
public struct PeerLease: Hashable, Sendable {
    /// Until when that node's replicas promised us not to promote; it was granted under `heldGeneration`.
    public var heldUntil: Instant
    public var heldGeneration: UInt64?
    /// When the oldest beacon of ours that has not been answered was sent (an answer to a later one counts for it).
    public var unansweredSince: Instant?
    /// Until when our replicas promised that node not to promote.
    public var graceUntil: Instant
    /// The generation under which we promise now: it goes with every acknowledgement to that node.
    public var grantedGeneration: UInt64

    public init(
        heldUntil: Instant, heldGeneration: UInt64?, unansweredSince: Instant?, graceUntil: Instant,
        grantedGeneration: UInt64
    ) {
        self.heldUntil = heldUntil
        self.heldGeneration = heldGeneration
        self.unansweredSince = unansweredSince
        self.graceUntil = graceUntil
        self.grantedGeneration = grantedGeneration
    }
}

/// What the lease machine knows, as a value for replicas and readers. Within the own node every lease holds for ever and
/// no grace runs out: one process needs no promise of itself.
public struct LeaseView: Hashable, Sendable {
    public var node: NodeID
    public var peers: [NodeID: PeerLease]

    public init(node: NodeID, peers: [NodeID: PeerLease] = [:]) {
        self.node = node
        self.peers = peers
    }

    /// Whether `other` has promised us, under this generation, and the promise still stands.
    public func holds(_ requirement: Service.Requirement, now: Instant) -> Bool {
        if requirement.node == node { return true }
        guard let peer = peers[requirement.node] else { return false }
        return peer.heldGeneration == requirement.generation && now < peer.heldUntil
    }

    /// For readers: call it before the read and, with a fresh view and a fresh `now`, after it.
    public func permits(reads service: Service, now: Instant) -> Bool {
        guard let requirements = service.reads else { return false }
        return requirements.allSatisfy { holds($0, now: now) }
    }

    /// Whether our promise to `other` has run out. Unknown nodes have not been waited for yet: false.
    public func graceHasRunOut(for other: NodeID, now: Instant) -> Bool {
        guard other != node, let peer = peers[other] else { return false }
        return now >= peer.graceUntil
    }

    /// The generation that an acknowledgement to `other` carries.
    public func grantedGeneration(to other: NodeID) -> UInt64 { peers[other]?.grantedGeneration ?? 0 }
}
