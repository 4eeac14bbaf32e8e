internal import CLinux
public import Core

/// Threads for work that would hold up an event loop. Work is taken in order; the queue is bounded by the callers, each
/// of which waits for its result.
public final class ComputePool: Compute {
    private let monitor = Monitor(FIFO<@Sendable () -> Void>())

    /// - Parameters:
    ///   - threads: started now; they live as long as the process.
    ///   - niceness: 0 to 19: how far the threads stand back where others want the processor.
    public init(threads: Int, name: String = "compute", niceness: Int32 = 0) {
        precondition(threads > 0, "at least one thread")
        for index in 0..<threads {
            startThread(name: "\(name)-\(index)", stackBytes: 512 << 10) { [monitor] in
                if niceness > 0 { roost_be_nice(niceness) }
                while true { monitor.wait { $0.popFirst() }() }
            }
        }
    }

    public func run<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T {
        await withUnsafeContinuation { continuation in
            submit { continuation.resume(returning: work()) }
        }
    }

    private func submit(_ work: @escaping @Sendable () -> Void) {
        monitor.withLock { $0.append(work) }
        monitor.wakeOne()
    }
}
