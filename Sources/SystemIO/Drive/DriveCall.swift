internal import Core
private import Synchronization

/// One operation on its way through a drive's queue.
protocol DriveWork: AnyObject, Sendable {
    /// On a thread of the queue; may block in the kernel.
    func perform()
    /// After `perform`, when the queue no longer counts the operation as running: the waiter gets its answer.
    func deliver()
    /// The drive was closed, or does not answer: the waiter is told so now, whatever becomes of the operation.
    func abandon(_ error: DriveError)
    /// May be abandoned because the drive is late.
    var isImpatient: Bool { get }
}

/// The operation owns its buffers (they are captured by `body`) until `perform` has returned; its waiter gets one
/// answer.
///
/// States: waiting → performed → answered; waiting → answered (abandoned).
final class DriveCall<Value: Sendable>: DriveWork {
    typealias Answer = Result<Value, DriveError>

    private enum State {
        case waiting(UnsafeContinuation<Answer, Never>)
        case performed(UnsafeContinuation<Answer, Never>, Answer)
        case answered
    }

    private let body: @Sendable () -> Answer
    private let state: Mutex<State>
    let isImpatient: Bool

    init(
        _ continuation: UnsafeContinuation<Answer, Never>, isImpatient: Bool, _ body: @escaping @Sendable () -> Answer
    ) {
        self.body = body
        self.isImpatient = isImpatient
        self.state = Mutex(.waiting(continuation))
    }

    func perform() {
        let answer = body()
        state.withLock { state in
            if case .waiting(let continuation) = state { state = .performed(continuation, answer) }
        }
    }

    func deliver() {
        let performed = state.withLock { state -> (UnsafeContinuation<Answer, Never>, Answer)? in
            guard case .performed(let continuation, let answer) = state else { return nil }
            state = .answered
            return (continuation, answer)
        }
        if let (continuation, answer) = performed { continuation.resume(returning: answer) }
    }

    func abandon(_ error: DriveError) {
        let continuation = state.withLock { state -> UnsafeContinuation<Answer, Never>? in
            guard case .waiting(let continuation) = state else { return nil }
            state = .answered
            return continuation
        }
        continuation?.resume(returning: .failure(error))
    }
}

/// Work without a waiter, such as closing a descriptor: done once, also when the drive is closed before its turn.
final class DriveErrand: DriveWork {
    private let body: @Sendable () -> Void
    private let isBegun = Atomic(false)

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    func perform() {
        if !isBegun.exchange(true, ordering: .acquiringAndReleasing) { body() }
    }

    func deliver() {}

    func abandon(_ error: DriveError) { perform() }

    var isImpatient: Bool { false }
}
