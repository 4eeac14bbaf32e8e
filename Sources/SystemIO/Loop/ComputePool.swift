public import Core

/// Threads for work that would hold up an event loop. Work is taken in order; the queue is bounded by the callers, each
/// of which waits for its result.
public final class ComputePool: Compute {
    private struct State {
        var queue: [@Sendable () -> Void] = []
        /// Index of the first one not yet taken.
        var head = 0
    }

    private let monitor = Monitor(State())

    /// - Parameter threads: started now; they live as long as the process.
    public init(threads: Int) {
        precondition(threads > 0, "at least one thread")
        for index in 0..<threads {
            startThread(name: "compute-\(index)", stackBytes: 512 << 10) { [monitor] in
                while true { Self.take(monitor)() }
            }
        }
    }

    public func run<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T {
        await withUnsafeContinuation { continuation in
            submit { continuation.resume(returning: work()) }
        }
    }

    private func submit(_ work: @escaping @Sendable () -> Void) {
        monitor.withLock { $0.queue.append(work) }
        monitor.wakeOne()
    }

    private static func take(_ monitor: Monitor<State>) -> @Sendable () -> Void {
        monitor.wait { state in
            guard state.head < state.queue.count else { return nil }
            let work = state.queue[state.head]
            state.queue[state.head] = {}
            state.head += 1
            if state.head == state.queue.count || state.head >= 1024 {
                state.queue.removeFirst(state.head)
                state.head = 0
            }
            return work
        }
    }
}
