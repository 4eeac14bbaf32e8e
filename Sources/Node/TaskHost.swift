import Core
import SystemIO

/// The parent of tasks that live long: one discarding group, children on the loops that they ask for.
final class TaskHost: Sendable {
    private struct Job: Sendable {
        var loop: EventLoop
        var body: @Sendable () async -> Void
    }

    private let jobs = Mailbox<Job>()
    private let loops: EventLoops

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

    func close() { jobs.close() }
}
