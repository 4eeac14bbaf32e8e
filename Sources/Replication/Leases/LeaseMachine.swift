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
/// The driver keeps it behind one lock and, under that lock, reads the clock and steps it; `view` is read under the same
/// lock. See `ReplicaMachine.step` for why.
public struct LeaseMachine: Sendable {
    public let node: NodeID
    public let settings: ReplicaSettings
    public private(set) var view: LeaseView

    /// - Parameter process: drawn at random at this start of the process; names its beacons and begins its generations.
    public init(node: NodeID, process: UInt64, settings: ReplicaSettings = ReplicaSettings()) {
        self.node = node
        self.settings = settings
        self.view = LeaseView(node: node)
    }

    public mutating func step(_ event: LeaseEvent, now: Instant, into effects: inout [LeaseEffect]) {
    }
}
