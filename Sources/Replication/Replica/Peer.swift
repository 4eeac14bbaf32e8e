internal import Core

/// What a leader knows of one other replica, a member or a learner.
struct Peer: Sendable {
    enum Phase: UInt8, Sendable {
        /// The epoch has changed. Exit: announcing, once the record is durable here.
        case closed
        /// The stream has been announced. Exits: streaming, transferring (a learner without rows), closed.
        case announcing
        /// Entries flow. Exits: announcing (the other side has begun anew), closed.
        case streaming
        /// A checkpoint flows. Exits: streaming, announcing, closed.
        case transferring
    }

    let member: Member
    var isLearner: Bool
    var phase = Phase.closed
    var stream: UInt64 = 0
    /// The generation under which it acknowledged this epoch.
    var generation: UInt64?
    /// Its log equals ours, durably, up to here.
    var matched = SequenceNumber.zero
    /// Sent up to here; `matched` ≤ `sent`.
    var sent = SequenceNumber.zero
    var commitSent = SequenceNumber.zero
    var needsAppend = false
    var isReading = false
    /// Since when it owes an answer to a question (an announcement or an empty append).
    var askedSince: Instant?
    var resendAt: Instant
    var rewoundAt: Instant?
    var probedAt: Instant?
    /// While it catches up, progress is all that is asked of it: lateness counts from here at the earliest.
    var excusedFrom: Instant
    var catchUpTarget = SequenceNumber.zero
    var resigned: ResignReason?
    /// Our log no longer reaches back to where its log ends.
    var mustLearn = false
    var isUnwanted = false
    var transfer: Transfer?

    init(member: Member, isLearner: Bool, now: Instant) {
        self.member = member
        self.isLearner = isLearner
        self.resendAt = now
        self.excusedFrom = now
    }

    /// It has said that its log counts for nothing any more.
    var isLost: Bool { resigned == .damaged || resigned == .missing }

    /// What its acknowledgements of this epoch amount to.
    var durableInStream: SequenceNumber { phase == .streaming ? matched : .zero }
}

/// A checkpoint on its way to a learner.
struct Transfer: Sendable {
    var checkpoint: CheckpointID
    /// nil until the rows are frozen.
    var position: LogPosition?
    /// The learner has installed every chunk before this one.
    var acknowledged: UInt32 = 0
    /// The next chunk to read.
    var next: UInt32 = 0
    var isReading = false
    var last: UInt32?
    /// Chunks sent and not acknowledged, from `acknowledged` on.
    var chunks: [(index: UInt32, bytes: [UInt8], isLast: Bool)] = []
}
