public import Core

/// One replica of one shard: primary–backup replication under an external configuration manager, after PacificA (Lin et
/// al., Microsoft Research MSR-TR-2008-25).
///
/// A machine belongs to one store and lives as long as the process does. It is a pure function of its events.
public struct ReplicaMachine: Sendable {
    public let shard: ShardID
    public let me: Member
    public let settings: ReplicaSettings

    public init(shard: ShardID, me: Member, settings: ReplicaSettings = ReplicaSettings()) {
        self.shard = shard
        self.me = me
        self.settings = settings
    }

    /// Takes one event and appends to `effects` what must be done about it.
    ///
    /// - Parameters:
    ///   - now: the monotonic clock. **Read it first, then `leases`** (under the lease machine's lock): a beacon that
    ///     arrives after the view was taken is then later than `now`, so that a decision to promote that rests on this
    ///     view is either right or makes that beacon's generation void for this shard.
    ///   - leases: the present view of the node's lease machine.
    public mutating func step(
        _ event: ReplicaEvent, now: Instant, leases: LeaseView, into effects: inout [ReplicaEffect]
    ) {
    }
}
