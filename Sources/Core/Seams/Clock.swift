/// A moment of a monotonic clock that counts suspended time (CLOCK_BOOTTIME), in nanoseconds.
public struct Instant: Comparable, Hashable, Sendable {
    public var nanoseconds: UInt64

    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// Later than every moment: "no deadline".
    public static let never = Instant(nanoseconds: .max)

    public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

    /// Saturates at `never`.
    public static func + (left: Instant, right: TimeSpan) -> Instant {
        let (sum, overflow) = left.nanoseconds.addingReportingOverflow(right.nanoseconds)
        return overflow ? .never : Instant(nanoseconds: sum)
    }

    /// The time since `earlier`; zero if it is not earlier.
    public func since(_ earlier: Instant) -> TimeSpan {
        TimeSpan(nanoseconds: nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0)
    }
}

/// A length of time in nanoseconds, never negative.
public struct TimeSpan: Comparable, Hashable, Sendable {
    public var nanoseconds: UInt64
    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }
    public static func milliseconds(_ count: Int) -> TimeSpan { TimeSpan(nanoseconds: UInt64(count) * 1_000_000) }
    public static func microseconds(_ count: Int) -> TimeSpan { TimeSpan(nanoseconds: UInt64(count) * 1000) }
    public static func seconds(_ count: Int) -> TimeSpan { TimeSpan(nanoseconds: UInt64(count) * 1_000_000_000) }
    public static func < (left: TimeSpan, right: TimeSpan) -> Bool { left.nanoseconds < right.nanoseconds }
    public var secondsAsDouble: Double { Double(nanoseconds) / 1e9 }
    public var millisecondsRounded: UInt64 { (nanoseconds + 500_000) / 1_000_000 }
}

/// Time of day in milliseconds since 1970-01-01 UTC. For people and for S3; never used to decide who leads.
public struct WallTime: Comparable, Hashable, Sendable {
    public var milliseconds: UInt64
    public init(milliseconds: UInt64) { self.milliseconds = milliseconds }
    public var seconds: UInt64 { milliseconds / 1000 }
    public static func < (left: WallTime, right: WallTime) -> Bool { left.milliseconds < right.milliseconds }
}

/// Seam: real in SystemIO, virtual in the simulation.
public protocol Clock: Sendable {
    var now: Instant { get }
    var wallTime: WallTime { get }
    /// Waits until `deadline`. Returns false, early, if the task was cancelled.
    func sleep(until deadline: Instant) async -> Bool
}

extension Clock {
    public func sleep(for span: TimeSpan) async -> Bool { await sleep(until: now + span) }
}
