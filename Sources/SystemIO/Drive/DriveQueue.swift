internal import Core

/// Threads that carry out a drive's blocking calls, in order of arrival. With one thread that is the order of
/// completion too. Threads start when there is work for them and end when the queue is closed.
///
/// The queue is bounded by those who call: each waits for its answer before it asks again.
final class DriveQueue: Sendable {
    private struct Running {
        var work: any DriveWork
        var since: Instant
    }

    private struct State {
        var waiting = FIFO<any DriveWork>()
        /// One place for each thread that was started.
        var running: [Running?] = []
        var isClosed = false
        /// Every thread has been held up for long; until one returns, impatient calls are not even begun.
        var isStuck = false

        /// Threads without work, those included that are only starting.
        var idleThreads: Int { running.count { $0 == nil } }
    }

    private let name: String
    private let maximumThreads: Int
    private let monitor = Monitor(State())

    private static let stackBytes = 256 << 10

    init(name: String, maximumThreads: Int) {
        self.name = name
        self.maximumThreads = maximumThreads
    }

    /// Waits for the result of `body`, which runs on a thread of the queue; throws `.closed` as soon as the drive is
    /// closed, even while `body` hangs.
    /// - Parameter isImpatient: throws `.late` when `giveUpLate` finds the call held up.
    func run<Value: Sendable>(
        isImpatient: Bool = false, _ body: @escaping @Sendable () -> Result<Value, DriveError>
    ) async throws(DriveError) -> Value {
        let answer = await withUnsafeContinuation { continuation in
            let call = DriveCall(continuation, isImpatient: isImpatient, body)
            if isImpatient, monitor.withLock({ $0.isStuck }) {
                call.abandon(.late)
            } else if !submit(call) {
                call.abandon(.closed)
            }
        }
        return try answer.get()
    }

    /// False if the queue is closed.
    @discardableResult
    func submit(_ work: any DriveWork) -> Bool {
        let (accepted, newThread) = monitor.withLock { state -> (Bool, Int?) in
            guard !state.isClosed else { return (false, nil) }
            state.waiting.append(work)
            guard state.waiting.count > state.idleThreads, state.running.count < maximumThreads else {
                return (true, nil)
            }
            state.running.append(nil)
            return (true, state.running.count - 1)
        }
        if let newThread {
            startThread(name: "\(name)-\(newThread)", stackBytes: Self.stackBytes) { [self] in serve(newThread) }
        } else {
            monitor.wakeOne()
        }
        return accepted
    }

    /// Since when the oldest call that has not returned has been running. Calls that still wait are younger: in a queue
    /// that makes no progress, one that hangs is at its head.
    var oldestRunning: Instant? {
        monitor.withLock { state in state.running.compactMap { $0?.since }.min() }
    }

    /// Calls that were not answered yet.
    var depth: Int {
        monitor.withLock { state in state.waiting.count + state.running.count { $0 != nil } }
    }

    var isClosed: Bool { monitor.withLock { $0.isClosed } }

    /// Answers every waiter with `.closed`, including those whose call hangs. Nothing more is begun.
    func close() {
        let abandoned = monitor.withLock { state -> [any DriveWork] in
            state.isClosed = true
            return state.waiting.removeAll() + state.running.compactMap { $0?.work }
        }
        monitor.wakeAll()
        for work in abandoned { work.abandon(.closed) }
    }

    /// Answers impatient calls with `.late` that have been in the kernel for as long as `patience`. Calls that only wait
    /// are in line behind others, which is no fault of the drive, unless every thread is held up.
    func giveUpLate(after patience: TimeSpan, _ now: Instant) {
        let late = monitor.withLock { state -> [any DriveWork] in
            var late = state.running.compactMap { $0 }.filter { now.since($0.since) >= patience }.map(\.work)
            state.isStuck = late.count == maximumThreads
            if state.isStuck {
                for work in state.waiting.removeAll() {
                    if work.isImpatient { late.append(work) } else { state.waiting.append(work) }
                }
            }
            return late.filter(\.isImpatient)
        }
        for work in late { work.abandon(.late) }
    }

    private func serve(_ place: Int) {
        while let work = next(place) {
            work.perform()
            monitor.withLock { state in
                state.running[place] = nil
                state.isStuck = false
            }
            work.deliver()
        }
    }

    /// Waits for work; nil when the queue is closed.
    private func next(_ place: Int) -> (any DriveWork)? {
        monitor.wait { state -> (any DriveWork)?? in
            if state.isClosed { return .some(nil) }
            guard let work = state.waiting.popFirst() else { return nil }
            state.running[place] = Running(work: work, since: SystemClock.now)
            return .some(work)
        }
    }
}
