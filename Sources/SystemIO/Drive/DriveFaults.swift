public import Core
private import Glibc
private import Synchronization

/// Faults beneath a drive, for tests of the running program: every operation meets them on the drive's own threads, as
/// it would meet a failing disk.
public final class DriveFaults: Sendable {
    public enum Fault: Sendable, Equatable {
        case none
        /// Every operation fails with this errno (EIO, ENOSPC …).
        case fail(errno: Int32)
        /// Operations do not return until the fault is lifted.
        case hang
        /// Every operation takes longer.
        case delay(TimeSpan)
    }

    /// Which operations are struck.
    public struct Operations: OptionSet, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        public static let reads = Operations(rawValue: 1)
        /// Writes, allocation and truncation.
        public static let writes = Operations(rawValue: 2)
        public static let syncs = Operations(rawValue: 4)
        /// Opening, listing, renaming, removing.
        public static let names = Operations(rawValue: 8)
        public static let all: Operations = [.reads, .writes, .syncs, .names]
    }

    private struct State {
        var fault = Fault.none
        var operations = Operations.all
    }

    private let isActive = Atomic(false)
    private let monitor = Monitor(State())

    public init() {}

    /// Replaces the fault; hanging operations look again.
    public func set(_ fault: Fault, for operations: Operations = .all) {
        monitor.withLock { $0 = State(fault: fault, operations: operations) }
        isActive.store(fault != .none, ordering: .releasing)
        monitor.wakeAll()
    }

    public var fault: Fault { monitor.withLock { $0.fault } }

    /// True if an operation of this kind would be struck now.
    func strikes(_ operation: Operations) -> Bool {
        guard isActive.load(ordering: .acquiring) else { return false }
        return monitor.withLock { $0.fault != .none && $0.operations.contains(operation) }
    }

    /// Blocks the calling thread as the fault says. Returns an errno, or nil to go on.
    func strike(_ operation: Operations) -> Int32? {
        guard isActive.load(ordering: .acquiring) else { return nil }
        let fault = monitor.wait { state -> Fault? in
            guard state.operations.contains(operation) else { return Fault.none }
            return state.fault == .hang ? nil : state.fault
        }
        switch fault {
        case .none, .hang: return nil
        case .fail(let code): return code
        case .delay(let span):
            usleep(UInt32(clamping: span.nanoseconds / 1000))
            return nil
        }
    }
}
