public import Core

/// Orders a replica's durable writes (entries, truncations, notes). Tickets ascend by one with each write effect.
public struct WriteTicket: Numbered {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// Names a proposal to whoever made it. Unique within one machine's life.
public struct ProposalToken: Numbered {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// Names one transfer of rows to a learner: the epoch of the leader that began it, and a count of its own.
public struct CheckpointID: Hashable, Sendable {
    public var epoch: Epoch
    public var number: UInt64

    public init(epoch: Epoch, number: UInt64) {
        self.epoch = epoch
        self.number = number
    }
}

/// A command to be replicated.
public struct Proposal: Hashable, Sendable {
    public var token: ProposalToken
    public var request: RequestID
    public var applyVersion: UInt16
    /// The leader's time of day now.
    public var time: WallTime
    public var command: [UInt8]

    public init(token: ProposalToken, request: RequestID, applyVersion: UInt16, time: WallTime, command: [UInt8]) {
        self.token = token
        self.request = request
        self.applyVersion = applyVersion
        self.time = time
        self.command = command
    }
}

/// What the journal could say about the log at start.
public enum LogCondition: UInt8, Sendable {
    /// Every group was whole; nothing was cut, neither now nor at an earlier start of which the note does not tell yet.
    case whole
    /// The last group was torn or damaged and has been left out. Nobody can tell whether it had been synced.
    case cut
    /// A group before the last is damaged: entries that were acknowledged are certainly gone.
    case damaged
}

/// What a store holds when its machine starts.
public struct RecoveredReplica: Hashable, Sendable {
    public var note: DurableNote
    /// The log as it is on the drive, every entry verified.
    public var log: LogOutline
    /// The highest sequence known to be committed; at least `applied`.
    public var committed: SequenceNumber
    /// What the rows hold.
    public var applied: SequenceNumber
    public var condition: LogCondition
    /// Drawn at random at this start of the process.
    public var nonce: UInt64

    public init(
        note: DurableNote, log: LogOutline, committed: SequenceNumber, applied: SequenceNumber,
        condition: LogCondition, nonce: UInt64
    ) {
        self.note = note
        self.log = log
        self.committed = committed
        self.applied = applied
        self.condition = condition
        self.nonce = nonce
    }
}

/// How a compare-and-swap of the shard's record ended.
public enum SwapResult: Hashable, Sendable {
    /// The directory holds what was asked for.
    case succeeded(ShardRecord)
    /// The directory holds another record (of another epoch than was expected).
    case lost(ShardRecord)
    /// No answer, or none that tells. The swap may have taken effect, or may still take effect later.
    case unknown
}

/// Everything that can happen to a replica.
public enum ReplicaEvent: Hashable, Sendable {
    /// First event, once.
    case start(RecoveredReplica)
    /// A client's command. Answered by exactly one of `accepted`, `refused`, `unknownOutcome`.
    case propose(Proposal)
    /// The driver has applied the entry at `sequence` (a multiple of its interval) and computed the rows' digest: if this
    /// replica leads, it logs the claim.
    case digest(DigestClaim)
    /// On applying a digest entry the driver's own digest was another one: this replica's rows are wrong.
    case stateDiverged
    /// A message whose `to` is this member; it has been decoded, so its checksums hold.
    case received(ReplicaMessage)
    /// Every write with a ticket up to this one is durable.
    case persisted(through: WriteTicket)
    /// Rows hold the effect of every entry up to this one.
    case applied(through: SequenceNumber)
    /// Entries up to this one are no longer in the journal.
    case trimmed(through: SequenceNumber)
    /// Answer to `readEntries`: contiguous from the sequence asked for; empty if the journal could not give them.
    case entriesRead(for: Member, from: SequenceNumber, entries: [LogEntry])
    /// Answer to `swap`.
    case swapFinished(SwapResult)
    /// A record from the directory's watch or from a cache: never wrong, but perhaps old.
    case directoryRecord(ShardRecord)
    /// Answer to `readDirectory`: a linearizable read that was sent after the effect.
    case directoryRead(ShardRecord)
    /// The lease machine reported a change for a node that hosts one of this shard's replicas.
    case leasesChanged
    /// The drive's oldest I/O has been outstanding for a second.
    case ioStalled
    /// The I/O that had stalled has ended well.
    case ioRecovered
    /// A write, sync or read of the drive failed, or the watchdog gave it up. Nothing may be written any more.
    case driveFailed
    /// Leave the leadership to this member, or to the one that has caught up best.
    case handOver(to: Member?)
    /// The driver knows that this replica, on this same node, does not run, and will go through `start` before it runs
    /// again. The only replacement for leases within one process.
    case memberDown(Member)
    case memberUp(Member)
    /// Bring this replica, whose store has been made and whose machine runs, into the shard. Ignored unless leading:
    /// repeat it after a change of leader.
    case addLearner(Member)
    /// Take this member or learner out (a move: its successor must be a member already).
    case remove(Member)
    /// Answer to `startCheckpoint`: rows as of this applied entry can be read, and the journal is held from there on.
    case checkpointReady(for: Member, applied: SequenceNumber)
    /// The rows could not be frozen. The machine asks again.
    case checkpointFailed(for: Member)
    /// Answer to `readChunk`.
    case chunkRead(for: Member, index: UInt32, bytes: [UInt8], isLast: Bool)
    /// Answer to `installChunk`; after the last one everything installed is durable.
    case chunkInstalled(CheckpointID, index: UInt32)
    /// The moment of the last `setTimer` has come.
    case tick
}
