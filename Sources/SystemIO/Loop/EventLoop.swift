internal import CLinux
internal import CUV
private import Glibc
internal import Synchronization

/// A libuv loop on a thread of its own, and the executor of the tasks that are pinned to it. Loops live as long as the
/// process.
///
/// A task is pinned with `executorPreference: loop` (tasks, child tasks) or `withTaskExecutorPreference`; an actor by
/// returning `loop.serialExecutor.asUnownedSerialExecutor()` as its `unownedExecutor`.
// Safe: @unchecked because everything but `remote` and the constants is touched on the loop's thread only.
public final class EventLoop: TaskExecutor, @unchecked Sendable {
    private enum Work {
        case job(UnownedJob)
        case serialJob(UnownedJob)
        case closure(@Sendable () -> Void)
    }

    public let index: Int
    let uv: UnsafeMutablePointer<uv_loop_t>
    /// Wakes the loop. An eventfd of its own instead of libuv's async handle, whose receiver spins until a sender that was
    /// preempted runs again.
    private let wakeUp: Int32
    private let remote = Mutex<[Work]>([])
    /// Connections that this loop serves; for the acceptor, which reads it on another thread.
    let connectionCount = Atomic(0)

    private var local: [Work] = []
    private var running: [Work] = []
    private(set) lazy var timers = TimerQueue(self)
    private(set) lazy var sockets = SocketRegistry(self)
    public private(set) lazy var serialExecutor = LoopSerialExecutor(self)

    /// Rounds of jobs before the loop looks at its sockets again, so that jobs which make jobs cannot starve them.
    private static let roundsPerTurn = 16

    init(index: Int) {
        self.index = index
        uv = .allocate(capacity: 1)
        wakeUp = roost_make_event()
        precondition(uv_loop_init(uv) == 0 && wakeUp >= 0, "no event loop: out of descriptors or memory")
        _ = serialExecutor
        uv.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        let poll = UnsafeMutablePointer<uv_poll_t>.allocate(capacity: 1)
        uv_poll_init(uv, poll, wakeUp)
        uv_poll_start(poll, Int32(UV_READABLE.rawValue)) { handle, _, _ in
            guard let data = handle?.pointee.loop.pointee.data else { return }
            // Safe: loops are never freed.
            Unmanaged<EventLoop>.fromOpaque(data).takeUnretainedValue().takeRemote()
        }
        startThread(name: "loop-\(index)", stackBytes: 1 << 20) { [self] in run() }
    }

    /// The loop that runs on this thread.
    public static var current: EventLoop? {
        guard let pointer = roost_current_loop() else { return nil }
        // Safe: set by `run` to a loop, which is never freed.
        return Unmanaged<EventLoop>.fromOpaque(pointer).takeUnretainedValue()
    }

    public var isCurrent: Bool { roost_current_loop() == Unmanaged.passUnretained(self).toOpaque() }

    public func enqueue(_ job: consuming ExecutorJob) { enqueue(.job(UnownedJob(job))) }

    fileprivate func enqueueSerial(_ job: UnownedJob) { enqueue(.serialJob(job)) }

    /// Runs `body` on the loop's thread; soon, in order with others from the same thread.
    func execute(_ body: @escaping @Sendable () -> Void) { enqueue(.closure(body)) }

    public func asUnownedTaskExecutor() -> UnownedTaskExecutor { UnownedTaskExecutor(ordinary: self) }

    private func enqueue(_ work: Work) {
        if isCurrent {
            local.append(work)
            return
        }
        let isFirst = remote.withLock { queue in
            queue.append(work)
            return queue.count == 1
        }
        if isFirst { roost_signal_event(wakeUp) }
    }

    private func takeRemote() {
        // Before the queue is looked at: what is appended from now on signals again.
        roost_clear_event(wakeUp)
        remote.withLock { queue in
            local.append(contentsOf: queue)
            queue.removeAll(keepingCapacity: true)
        }
    }

    private func run() {
        roost_set_current_loop(Unmanaged.passUnretained(self).toOpaque())
        while true {
            runJobs()
            uv_run(uv, local.isEmpty ? UV_RUN_ONCE : UV_RUN_NOWAIT)
        }
    }

    private func runJobs() {
        let task = asUnownedTaskExecutor()
        let serial = serialExecutor.asUnownedSerialExecutor()
        for _ in 0..<Self.roundsPerTurn where !local.isEmpty {
            swap(&local, &running)
            for work in running {
                switch work {
                case .job(let job): job.runSynchronously(on: task)
                case .serialJob(let job): job.runSynchronously(isolatedTo: serial, taskExecutor: task)
                case .closure(let body): body()
                }
            }
            running.removeAll(keepingCapacity: true)
        }
    }
}

/// The executor of actors that live on a loop. Apart from the loop's own conformance, because a job does not tell whether
/// it was meant for an actor or for a task, and running one as the other costs a hop.
public final class LoopSerialExecutor: SerialExecutor {
    private unowned let loop: EventLoop

    fileprivate init(_ loop: EventLoop) { self.loop = loop }

    public func enqueue(_ job: consuming ExecutorJob) { loop.enqueueSerial(UnownedJob(job)) }

    public func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    public func isSameExclusiveExecutionContext(other: LoopSerialExecutor) -> Bool { self === other }

    public func checkIsolated() { precondition(loop.isCurrent, "not on the actor's event loop") }
}

/// The loops of a process, one per core as a rule.
public final class EventLoops: Sendable {
    public let loops: [EventLoop]

    /// Also makes the process ignore SIGPIPE: OpenSSL writes to sockets without MSG_NOSIGNAL.
    public init(count: Int) {
        precondition(count > 0, "at least one loop")
        signal(SIGPIPE, SIG_IGN)
        loops = (0..<count).map { EventLoop(index: $0) }
    }

    /// The loop with the fewest connections.
    public var leastLoaded: EventLoop {
        var best = loops[0]
        var fewest = Int.max
        for loop in loops {
            let count = loop.connectionCount.load(ordering: .relaxed)
            if count < fewest { (best, fewest) = (loop, count) }
        }
        return best
    }

    /// The calling thread's loop if it is one of these, else the least loaded one.
    public var nearest: EventLoop {
        if let current = EventLoop.current, loops.contains(where: { $0 === current }) { return current }
        return leastLoaded
    }
}
