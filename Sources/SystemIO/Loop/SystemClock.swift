internal import CLinux
public import Core

/// The kernel's clocks. Sleeping tasks wait on the timer of the loop that they run on, or of the first loop.
public struct SystemClock: Clock {
    private let loops: EventLoops

    public init(_ loops: EventLoops) { self.loops = loops }

    /// CLOCK_BOOTTIME.
    public static var now: Instant { Instant(nanoseconds: roost_clock_nanoseconds(true)) }

    public var now: Instant { Self.now }

    /// CLOCK_REALTIME.
    public var wallTime: WallTime { WallTime(milliseconds: roost_clock_nanoseconds(false) / 1_000_000) }

    public func sleep(until deadline: Instant) async -> Bool {
        guard !Task.isCancelled else { return false }
        let sleeper = Sleeper(deadline)
        let loop = EventLoop.current ?? loops.loops[0]
        return await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                guard sleeper.wait(continuation) else { return }
                if loop.isCurrent {
                    loop.timers.add(sleeper)
                } else {
                    loop.execute { loop.timers.add(sleeper) }
                }
            }
        } onCancel: {
            sleeper.finish(false)
        }
    }
}
