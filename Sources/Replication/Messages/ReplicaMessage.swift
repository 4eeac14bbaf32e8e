public import Core

/// Why a leader gives the leadership away.
public enum ReleaseReason: UInt8, Hashable, Sendable {
    /// On purpose, or because its own tail cannot be trusted: it stays a member.
    case handOver = 1
    /// Its drive does not answer: it leaves, and may become an heir.
    case stalled = 2
    /// Its drive failed: it leaves, and its log counts for nothing.
    case damaged = 3
}

/// Why a replica asks to be taken out.
public enum ResignReason: UInt8, Hashable, Sendable {
    /// Failed drive, damaged log or rows.
    case damaged = 1
    /// The drive has no store of this incarnation.
    case missing = 2
    /// Its drive does not answer for now; the store is believed whole.
    case stalled = 3
}

/// What a replica says of its own log when a leader opens a stream to it.
public struct TailReport: Hashable, Sendable {
    /// The durable log, without its entries.
    public var log: LogOutline
    public var committed: SequenceNumber
    /// A learner that has rows: what they stand at. nil for a learner without any.
    public var hasRows: Bool
    /// A learner in the middle of a checkpoint: which, and the next chunk that it wants.
    public var installing: CheckpointID?
    public var nextChunk: UInt32

    public init(
        log: LogOutline, committed: SequenceNumber, hasRows: Bool,
        installing: CheckpointID? = nil, nextChunk: UInt32 = 0
    ) {
        self.log = log
        self.committed = committed
        self.hasRows = hasRows
        self.installing = installing
        self.nextChunk = nextChunk
    }
}

/// A message between two replicas of a shard.
///
/// Leader and follower speak in *streams*: the leader numbers its attempts to reach one member within one epoch, and
/// both ignore what belongs to another attempt. So nothing that an earlier process, or an earlier try, said can be taken
/// for the present one. (A leader that restarts takes a new epoch first, so its numbers never repeat.)
public struct ReplicaMessage: Hashable, Sendable {
    public var shard: ShardID
    /// The sender's epoch; for a release, the highest that it has seen, durable or not.
    public var epoch: Epoch
    public var from: Member
    public var to: Member
    public var body: Body

    public init(shard: ShardID, epoch: Epoch, from: Member, to: Member, body: Body) {
        self.shard = shard
        self.epoch = epoch
        self.from = from
        self.to = to
        self.body = body
    }

    public enum Body: Hashable, Sendable {
        /// Leader: here is the record; open the stream of this number.
        case announce(ShardRecord, stream: UInt64)
        /// Follower: the record is durable here; this is my log. Counts as an acknowledgement of the epoch, made under
        /// the generation that the follower's node now grants to the leader's.
        case greet(stream: UInt64, TailReport, generation: UInt64)
        /// Leader: entries that follow `previous`; everything up to `committed` may be applied.
        case append(stream: UInt64, previous: LogPosition, entries: [LogEntry], committed: SequenceNumber)
        /// Follower: the log equals the leader's up to here, durably. With the nonce it asks to have its tail confirmed.
        case acknowledge(stream: UInt64, durable: SequenceNumber, generation: UInt64, unsureNonce: UInt64?)
        /// Follower: `previous` is not in my log; this is.
        case mismatch(stream: UInt64, TailReport)
        /// Follower: I know of no such stream (my process began later); open another.
        case noStream(stream: UInt64)
        /// Your epoch is over.
        case superseded(ShardRecord)
        /// I have stopped leading in this epoch: take over at once.
        case release(ShardRecord, ReleaseReason)
        /// Unsure replica: what is your tail?
        case askTail(ShardRecord, nonce: UInt64)
        case tail(nonce: UInt64, last: LogPosition, isSure: Bool)
        /// Leader, while it could serve reads: with everything up to `through`, your log is whole.
        case confirm(nonce: UInt64, through: LogPosition)
        /// Take me out of the record.
        case resign(ResignReason)
        /// A piece of a checkpoint that stands at `position`.
        case chunk(
            stream: UInt64, CheckpointID, position: LogPosition, index: UInt32, bytes: [UInt8], checksum: UInt32,
            isLast: Bool)
        /// Learner: every chunk before this one is installed.
        case chunkAcknowledge(stream: UInt64, CheckpointID, next: UInt32)
        /// A store that is in no record any more: may I be discarded? My last committed entry is this.
        case askRetire(committed: LogPosition)
        /// Leader: yes, my log holds it.
        case mayRetire
        /// Leader: you are not (or no longer) wanted as a learner; discard the store.
        case dismiss
        /// The sender has halted.
        case halted(Alarm)
    }

    /// What a node answers for a replica that its drive, which works, does not have. nil: nothing to say.
    public static func answerForMissing(_ message: ReplicaMessage) -> ReplicaMessage? {
        switch message.body {
        case .announce, .append, .chunk:
            ReplicaMessage(
                shard: message.shard, epoch: message.epoch, from: message.to, to: message.from,
                body: .resign(.missing))
        default: nil
        }
    }

    /// What a node sends, again and again, while a record names one of its drives as the leader's and no replica of that
    /// incarnation runs there: to each other member a release in the leader's name. That is true as long as the replica,
    /// should it ever run again, begins with `start`, which takes a new epoch before it serves.
    ///
    /// - Parameter isLost: the drive works but has no such store; else the drive is away, and its store may come back.
    public static func releasesForAbsentLeader(of record: ShardRecord, isLost: Bool) -> [ReplicaMessage] {
        record.members.filter { $0 != record.leader }.map { member in
            ReplicaMessage(
                shard: record.shard, epoch: record.epoch, from: record.leader, to: member,
                body: .release(record, isLost ? .damaged : .stalled))
        }
    }
}
