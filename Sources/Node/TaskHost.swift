import Core
import Synchronization
import SystemIO

/// The parent of tasks that live long: one discarding group, children on the loops that they ask for.
final class TaskHost: Sendable {
    private struct Job: Sendable {
        var loop: EventLoop
        var body: @Sendable () async -> Void
    }

    private let jobs = Mailbox<Job>()
    private let loops: EventLoops
    private let endings = Mutex<[@Sendable () -> Void]>([])

    init(loops: EventLoops) { self.loops = loops }

    /// - Parameter index: any number; equal ones share a loop.
    func start(onLoop index: Int, _ body: @escaping @Sendable () async -> Void) {
        jobs.send(Job(loop: loops.loops[index % loops.loops.count], body: body))
    }

    /// Returns when it was closed and every child has ended.
    func run() async {
        await withDiscardingTaskGroup { group in
            while let batch = await jobs.receive() {
                for job in batch { group.addTask(executorPreference: job.loop) { await job.body() } }
            }
        }
    }

    /// Takes note of what makes a child end that waits for more work; done at `close`, in whatever order the program
    /// came there: also a start that fails half-way must end.
    func atClose(_ end: @escaping @Sendable () -> Void) { endings.withLock { $0.append(end) } }

    func close() {
        jobs.close()
        for end in endings.withLock({ $0 }) { end() }
    }
}
