import Core
import Metadata
import ObjectStore
import SearchIndex
import Synchronization

/// The search index of one replica, as others see it. It follows the replica's rows by their feed of changes; the work is
/// done by `ShardIndexWorker`, in a task of the replica.
final class ShardIndex: Sendable {
    enum Signal: Sendable {
        /// Something was applied: follow it before long.
        case applied
        /// Somebody waits for it.
        case wanted
        case tick
        /// The rows were replaced as a whole: nothing that is indexed holds any more.
        case rowsReplaced
        /// Build anew beside the one that serves.
        case rebuild
        /// The one that serves cannot be trusted.
        case damaged(String)
        /// A commit or merge has ended; the error, if it failed.
        case maintained(IndexError?)
        /// The replica is gone for good, and its index goes too.
        case retire
    }

    enum Condition: Sendable, Equatable {
        case starting
        /// Documents so far.
        case building(UInt64)
        case ready
        case failed(String)
    }

    struct Published: Sendable {
        var condition = Condition.starting
        /// Answers searches; nil until one is built.
        var serving: SearchIndex?
        /// Of the log, by the serving one.
        var indexed = SequenceNumber.zero
        /// Documents that a build beside the serving one has read so far.
        var rebuilt: UInt64?
        /// Buckets whose objects are being indexed again under a new schema.
        var scanning: [BucketID] = []
        var waiters: [Waiter] = []
    }

    struct Waiter: Sendable {
        var sequence: SequenceNumber
        var reply: OneShot<Bool>
    }

    /// How long a search waits for an index that is not there yet.
    private static let buildPatience = TimeSpan.seconds(3)

    let mailbox = Mailbox<Signal>()
    let published = Mutex(Published())
    private let isSignalled = Atomic<Bool>(false)

    /// Cheap: called after every batch that was applied.
    func applied() {
        if !isSignalled.exchange(true, ordering: .acquiringAndReleasing) { mailbox.send(.applied) }
    }

    /// What is applied from now on is signalled again.
    func takeSignal() { isSignalled.store(false, ordering: .releasing) }

    /// The index as of at least `sequence`.
    func snapshot(
        reaching sequence: SequenceNumber, deadline: Instant, clock: any Clock
    ) async throws(SearchServiceError) -> IndexSnapshot {
        let reply = OneShot<Bool>()
        enum Step { case ready(SearchIndex), wait, refused(String) }
        let step = published.withLock { published -> Step in
            if let index = published.serving, published.indexed >= sequence { return .ready(index) }
            if case .failed(let reason) = published.condition {
                return .refused("its index cannot be built: \(reason)")
            }
            published.waiters.append(Waiter(sequence: sequence, reply: reply))
            return .wait
        }
        switch step {
        case .ready(let index): return index.snapshot()
        case .refused(let reason): throw .unavailable(reason)
        case .wait: break
        }
        mailbox.send(.wanted)
        // What is being opened or built may take long: whoever asks is told soon.
        let isServing = published.withLock { $0.serving != nil }
        let deadline = isServing ? deadline : min(deadline, clock.now + Self.buildPatience)
        let isReached = await withTaskGroup(of: Bool.self) { group in
            group.addTask { await reply.value() }
            group.addTask {
                if await clock.sleep(until: deadline) { reply.send(false) }
                return false
            }
            let first = await group.next() ?? false
            group.cancelAll()
            reply.send(false)
            return first
        }
        let (index, condition) = published.withLock { ($0.serving, $0.condition) }
        if isReached, let index { return index.snapshot() }
        switch condition {
        case .building(let count): throw .unavailable("its index is being built, \(count) objects so far")
        case .failed(let reason): throw .unavailable("its index cannot be built: \(reason)")
        case .starting: throw .unavailable("its index is being opened")
        case .ready: throw .timedOut
        }
    }

    /// Ends the waits that the serving index has reached.
    func publish(indexed sequence: SequenceNumber) {
        let reached = published.withLock { published in
            published.indexed = sequence
            let reached = published.waiters.filter { $0.sequence <= sequence }
            if !reached.isEmpty { published.waiters.removeAll { $0.sequence <= sequence } }
            return reached
        }
        for waiter in reached { waiter.reply.send(true) }
    }

    func abandonWaiters() {
        let waiters = published.withLock { published in
            defer { published.waiters = [] }
            return published.waiters
        }
        for waiter in waiters { waiter.reply.send(false) }
    }
}
