public import Core

/// One replica of one shard: primary–backup replication under an external configuration manager, after PacificA (Lin et
/// al., Microsoft Research MSR-TR-2008-25). `Replication.md` in this folder has the protocol's rules.
///
/// A machine belongs to one store (`me`, with its incarnation) and lives at most as long as the process. It is a pure
/// function of its events. Invariants, between steps:
///
/// - `log.start.sequence` ≤ `committed` ≤ `log.last.sequence`;  `durable` ≤ `log.last.sequence`
/// - `window` ends where `log` ends and holds every entry above `committed` that was appended in this process
/// - `note` is what was written last; it is durable when `isSettled`. Nothing is said to anyone that rests on a note
///   before it is durable.
/// - `leadership` is there only for the leader of `note.record`'s epoch (or, while its own swap is being noted, of the
///   one before)
public struct ReplicaMachine: Sendable {
    public let shard: ShardID
    public let me: Member
    public let settings: ReplicaSettings

    /// What the replica is in the epoch that it has entered.
    enum Role: UInt8, Sendable {
        /// Before `start`. Exit: any.
        case unstarted
        /// A record is being made durable. Exit: any, by `enterEpoch`.
        case waiting
        /// Not a member yet; fed by the leader. Exit: follower, when a record lists it.
        case learner
        /// Member under another's lead. Exits: candidate, outsider, any by a higher record.
        case follower
        /// Wants to lead the next epoch. Exits: leader, or any by a higher record.
        case candidate
        /// Leads `note.record`'s epoch. Exits: released, failed, any by a higher record.
        case leader
        /// Has stopped leading in this epoch, for a successor. Exits: candidate (nobody came), any by a higher record.
        case released
        /// No longer listed. Exits: retired; follower, if an operator revives it.
        case outsider
        /// Its store may be gone. No exit.
        case retired
        /// Its drive or store failed. No exit.
        case failed
        /// Something happened that must not. No exit.
        case halted
    }

    // MARK: What is on the drive, or on its way there

    var note = DurableNote.learner
    /// The ticket of the last note while it is not durable.
    var noteTicket: WriteTicket?
    var log = LogOutline()
    /// The log is synced up to here.
    var durable = SequenceNumber.zero
    var writes: [PendingWrite] = []
    var lastTicket = WriteTicket(0)
    /// The last record that is durable here.
    var durableRecord: ShardRecord?

    // MARK: The state machine's progress

    var window = EntryWindow()
    var committed = SequenceNumber.zero
    var applied = SequenceNumber.zero

    // MARK: Role

    var role = Role.unstarted
    var enteredEpoch: Epoch?
    var nonce: UInt64 = 0
    /// When a record first listed this replica, or this process began.
    var memberSince = Instant(nanoseconds: 0)
    var following = Following()
    var leadership: Leadership?
    var candidacy: Candidacy?
    /// The epoch that this process has swapped itself into.
    var wonEpoch: (epoch: Epoch, afterRestart: Bool)?
    var inquiry: Inquiry?
    var release: Release?
    /// A release received: for this epoch this replica need not wait out any grace.
    var releaseTaken: (epoch: Epoch, reason: ReleaseReason)?
    var retireAskAt: Instant?

    // MARK: Surroundings

    var swap: PendingSwap?
    /// The epoch that the swap on its way would begin; its answer is waited for before another is sent.
    var outstandingSwap: Epoch?
    /// Only without the rule for unknown swaps.
    var swapsPausedUntil: Instant?
    /// The directory was found to be rolled back: the configuration stays as it is.
    var isFrozen = false
    var isStalled = false
    /// The highest epoch known when the outstanding read of the directory was asked for.
    var directoryReadAfter: Epoch?
    var down: Set<Member> = []
    /// Numbers the leader's attempts to reach members; never repeats within a process.
    var lastStream: UInt64 = 0
    var published = Service.none
    var timer = Instant.never

    // MARK: Valid during a step only

    var now = Instant(nanoseconds: 0)
    var leases: LeaseView
    var out: [ReplicaEffect] = []

    public init(shard: ShardID, me: Member, settings: ReplicaSettings = ReplicaSettings()) {
        self.shard = shard
        self.me = me
        self.settings = settings
        self.leases = LeaseView(node: me.node)
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
        self.now = max(self.now, now)
        self.leases = leases
        switch role {
        case .halted, .retired:
            if case .propose(let proposal) = event { refuse(proposal.token, .notServing) }
        default:
            handle(event)
            pursue()
        }
        publish()
        setTimer()
        effects.append(contentsOf: out)
        out.removeAll(keepingCapacity: true)
    }

    private mutating func handle(_ event: ReplicaEvent) {
        switch event {
        case .start(let recovered): start(recovered)
        case .propose(let proposal): propose(proposal)
        case .digest(let claim): logDigest(claim)
        case .stateDiverged: fail()
        case .received(let message): receive(message)
        case .persisted(let ticket): persisted(through: ticket)
        case .applied(let sequence): applied = max(applied, sequence)
        case .trimmed(let sequence):
            if sequence > log.start.sequence, sequence <= min(committed, log.last.sequence) {
                log.trim(through: sequence)
            }
        case .entriesRead(let member, let from, let entries): entriesRead(for: member, from: from, entries)
        case .swapFinished(let result): swapFinished(result)
        case .directoryRecord(let record): see(record)
        case .directoryRead(let record): directoryRead(record)
        case .leasesChanged, .tick: break
        case .ioStalled: stalled()
        case .ioRecovered: recovered()
        case .driveFailed: fail()
        case .handOver(let member): handOver(to: member)
        case .memberDown(let member): down.insert(member)
        case .memberUp(let member): down.remove(member)
        case .addLearner(let member): addLearner(member)
        case .remove(let member): remove(member)
        case .checkpointReady(let member, let sequence): checkpointReady(for: member, applied: sequence)
        case .checkpointFailed(let member): checkpointFailed(for: member)
        case .chunkRead(let member, let index, let bytes, let isLast):
            chunkRead(for: member, index: index, bytes: bytes, isLast: isLast)
        case .chunkInstalled(let checkpoint, let index): chunkInstalled(checkpoint, index: index)
        }
    }

    /// What follows from the state and the time, whatever the event was. Each part is a no-op unless it is its turn.
    private mutating func pursue() {
        switch role {
        case .follower:
            considerPromotion()
            if role == .candidate { pursueCandidacy() }
            askForConfirmation()
        case .learner: askForConfirmation()
        case .candidate: pursueCandidacy()
        case .leader: lead()
        case .outsider: askToRetire()
        case .released, .failed: pursueRelease()
        case .unstarted, .waiting, .retired, .halted: break
        }
    }

    private mutating func setTimer() {
        let next = nextDeadline()
        guard next != timer else { return }
        timer = next
        out.append(.setTimer(next))
    }
}
