public import Core

/// What readers may do that do not enter the machine. Published whole; the last one counts.
public struct Service: Hashable, Sendable {
    /// Another node's promise that a reader must find unexpired, under this very generation.
    public struct Requirement: Hashable, Sendable {
        public var node: NodeID
        public var generation: UInt64

        public init(node: NodeID, generation: UInt64) {
            self.node = node
            self.generation = generation
        }
    }

    public var epoch: Epoch
    /// nil: no reads. Otherwise a read may be answered if `LeaseView.holds` is true for these before and after it.
    public var reads: [Requirement]?
    /// Whether proposals are taken; only a hint, the machine decides.
    public var writes: Bool

    public init(epoch: Epoch, reads: [Requirement]?, writes: Bool) {
        self.epoch = epoch
        self.reads = reads
        self.writes = writes
    }

    public static let none = Service(epoch: Epoch(0), reads: nil, writes: false)
}

/// Why a proposal was not taken. It has left no trace: it may be sent elsewhere, or again.
public enum Refusal: UInt8, Hashable, Sendable {
    /// Another member leads; the record names it.
    case notLeader
    /// This member leads but does not serve yet, or no longer.
    case notServing
    /// Too few members to commit anything (503 until a learner has joined).
    case belowMinimum
    /// The bound on entries or bytes in flight is reached.
    case overloaded
    /// The command is longer than `ReplicaSettings.commandLimitBytes`.
    case tooLarge
}

/// What must never happen. The replica stops for good and keeps everything for an operator.
public enum Alarm: UInt8, Hashable, Sendable {
    /// Two entries of equal epoch and sequence differ.
    case entriesDiffer = 1
    /// A leader's log conflicts with an entry that is committed here.
    case committedEntryConflicts = 2
    /// A store that left the shard holds a committed entry that the leader's log does not hold.
    case leaderLacksCommittedEntry = 3
    /// The directory shows an older record than the one adopted here: it was rolled back. Only reconfiguration stops.
    case directoryRolledBack = 4
}

/// What the driver shall do. **Carry effects out in the order given.** In particular:
///
/// - *Writes* (`append`, `truncate`, `note`) go to the journal in the order of their tickets, and `persisted(through:)`
///   may name a ticket only when it and all before it are synced. Several may share one sync. After any failure the
///   driver sends `driveFailed` and no `persisted` ever again; a failed sync is never repeated.
/// - No other effect has to wait for a write: whatever may only be said once something is durable is emitted only then.
/// - *Messages* may be lost, late, doubled and reordered. They must arrive unchanged (they pass through the wire form,
///   also within one process), only at the `to` they name: node, drive *and* incarnation. For a `to` that the receiving
///   node's drive does not have, answer with `ReplicaMessage.answerForMissing`; for a drive that is away, be silent.
/// - *Tokens*: every `propose` gets exactly one answer. `accepted` means committed: reply to the client once the entry at
///   that sequence has been applied here, with the result of apply. On losing the leadership, halting or stopping the
///   machine emits `unknownOutcome` for every token in flight, in that same step.
/// - `publish` takes effect at once, before the next effect is carried out.
/// - After `halt` (other than a rolled back directory) the machine emits nothing but refusals.
public enum ReplicaEffect: Hashable, Sendable {
    /// Write these entries behind the log's last one.
    case append([LogEntry], ticket: WriteTicket)
    /// The log ends at this sequence from now on; what follows replaces the rest. Entries above it that were handed out
    /// before must not be applied. A journal record of its own, in order with the appends.
    case truncate(to: SequenceNumber, ticket: WriteTicket)
    /// Replace the store's note.
    case note(DurableNote, ticket: WriteTicket)
    case send(ReplicaMessage)
    /// Entries up to here are committed: apply them in order, then `applied`. The entries are those of `append` (or, after
    /// a restart, of the journal).
    case commit(through: SequenceNumber)
    case accepted(ProposalToken, sequence: SequenceNumber)
    case refused(ProposalToken, Refusal, record: ShardRecord?)
    /// The entry may commit later, or never: the client may only repeat it with the same request ID.
    case unknownOutcome(ProposalToken)
    /// Compare-and-swap of the shard's record: replace epoch `record.epoch - 1` by this. Always answered by `swapFinished`,
    /// in bounded time (`unknown` on a timeout). At most one is outstanding.
    case swap(ShardRecord)
    /// Read the record linearizably, then `directoryRead`. May stay unanswered while the directory is down.
    case readDirectory
    /// Read entries from the journal for a member that is behind; then `entriesRead`. At most this many bytes, at least one
    /// entry. At most one is outstanding per member.
    case readEntries(for: Member, from: SequenceNumber, limitBytes: Int)
    /// Freeze the rows as of some applied entry, hold the journal from there on, then `checkpointReady`.
    case startCheckpoint(for: Member)
    /// Read a piece of the frozen rows (each at most 1 MiB, split as the driver likes, the same at every reading), then
    /// `chunkRead`.
    case readChunk(for: Member, index: UInt32)
    /// Release what `startCheckpoint` took for this member: frozen rows and the hold on the journal.
    case endLearner(Member)
    /// Learner: drop whatever this store's rows hold; chunks of this checkpoint follow.
    case beginInstall(CheckpointID, position: LogPosition)
    /// Learner: install a piece, in order of index, then `chunkInstalled`. Before answering the last one: sync, so that
    /// rows and applied sequence stand as of the checkpoint's position, and let the store's log begin there.
    case installChunk(CheckpointID, index: UInt32, bytes: [UInt8], isLast: Bool)
    case publish(Service)
    /// Nobody needs this store any more: stop the machine and discard rows and log. A replica on that drive begins anew,
    /// with another incarnation.
    case retire
    case halt(Alarm)
    /// Send `tick` at or after this moment; replaces the timer set before. `.never`: none.
    case setTimer(Instant)
}
