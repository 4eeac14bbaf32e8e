public import Core

/// Times and bounds of the protocol. Every field may be changed as long as the relations named here hold.
public struct ReplicaSettings: Hashable, Sendable {
    /// Between two beacons to one node.
    public var beacon: TimeSpan = .milliseconds(300)
    /// How long an answered beacon lets a leader serve reads, from the moment the beacon was sent.
    public var lease: TimeSpan = .seconds(2)
    /// How long a node promises not to let its replicas promote, from the moment a beacon arrived. At least `lease` plus
    /// what two clocks may drift apart in that time.
    public var grace: TimeSpan = .milliseconds(2500)
    /// An acknowledgement later than this drops the member, if others and the leader's own drive were in time.
    public var acknowledgementLimit: TimeSpan = .milliseconds(500)
    /// The same where there is no other member to compare with.
    public var lonelyAcknowledgementLimit: TimeSpan = .seconds(5)
    /// Before anything unanswered (entries, an announcement, a chunk, a question) is sent again.
    public var resend: TimeSpan = .milliseconds(200)
    /// Before a swap whose outcome is unknown is repeated.
    public var swapRetry: TimeSpan = .milliseconds(200)
    /// How long a leader that hands over waits for what is in flight.
    public var handOverLimit: TimeSpan = .milliseconds(100)
    /// After the last commit, before the commit point is sent to followers without entries.
    public var commitNotice: TimeSpan = .milliseconds(50)
    /// Entries that may be uncommitted at once; past it proposals are refused.
    public var entriesInFlightLimit: Int = 4096
    /// Encoded bytes that may be uncommitted at once.
    public var bytesInFlightLimit: Int = 16 << 20
    /// Longest command.
    public var commandLimitBytes: Int = 1 << 20
    /// Encoded bytes of committed entries that stay in memory for members a little behind.
    public var recentBytesLimit: Int = 4 << 20
    /// Encoded bytes of entries in one message (at least one entry goes).
    public var messageBytesLimit: Int = 1 << 20
    /// Chunks of a checkpoint sent ahead of their acknowledgement.
    public var chunkWindow: Int = 4
    /// A learner this many entries behind the leader's durable tail, or fewer, is taken in.
    public var joinDistance: Int = 64

    var rules = RuleSet.all

    public init() {}
}
