internal import CUV
internal import Core
private import Glibc

/// Signals that ask the program for something. Installed once, by the program.
public final class Signals: Sendable {
    public enum Signal: Sendable, Equatable {
        /// SIGTERM or SIGINT: finish and end.
        case terminate
        /// SIGHUP: read certificates and configuration again.
        case reload
    }

    private let mailbox = Mailbox<Signal>()

    /// From now on these signals no longer end the process; SIGPIPE is ignored.
    public init(_ loops: EventLoops) {
        let loop = loops.loops[0]
        loop.execute { [mailbox] in
            for (number, signal) in [(SIGTERM, Signal.terminate), (SIGINT, .terminate), (SIGHUP, .reload)] {
                Self.watch(number, on: loop) { mailbox.send(signal) }
            }
        }
    }

    /// The next signal. One receiver at a time; signals that came in between are kept.
    public func next() async -> [Signal] { await mailbox.receive() ?? [] }

    private final class Watcher: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private static func watch(_ number: Int32, on loop: EventLoop, _ body: @escaping @Sendable () -> Void) {
        let handle = UnsafeMutablePointer<uv_signal_t>.allocate(capacity: 1)
        uv_signal_init(loop.uv, handle)
        // Handle and watcher live as long as the process.
        handle.pointee.data = Unmanaged.passRetained(Watcher(body)).toOpaque()
        uv_signal_start(
            handle,
            { handle, _ in
                guard let data = handle?.pointee.data else { return }
                // Safe: retained above and never released.
                Unmanaged<Watcher>.fromOpaque(data).takeUnretainedValue().body()
            }, number)
    }
}
