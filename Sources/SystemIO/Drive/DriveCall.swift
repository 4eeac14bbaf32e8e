internal import Core
private import Synchronization

/// One operation on its way through a drive's queue.
protocol DriveWork: AnyObject, Sendable {
    /// On a thread of the queue; may block in the kernel.
    func perform()
    /// The drive was closed: the waiter is answered now, whatever becomes of the operation.
    func abandon()
}

/// The operation owns its buffers (they are captured by `body`) until `perform` has returned; its waiter gets one
/// answer, from `perform` or from `abandon`, whichever comes first.
final class DriveCall<Value: Sendable>: DriveWork {
    typealias Answer = Result<Value, DriveError>

    private enum State {
        case waiting(UnsafeContinuation<Answer, Never>)
        case answered
    }

    private let body: @Sendable () -> Answer
    private let state: Mutex<State>

    init(_ continuation: UnsafeContinuation<Answer, Never>, _ body: @escaping @Sendable () -> Answer) {
        self.body = body
        self.state = Mutex(.waiting(continuation))
    }

    func perform() { answer(body()) }

    func abandon() { answer(.failure(.closed)) }

    private func answer(_ answer: Answer) {
        let continuation = state.withLock { state -> UnsafeContinuation<Answer, Never>? in
            guard case .waiting(let continuation) = state else { return nil }
            state = .answered
            return continuation
        }
        continuation?.resume(returning: answer)
    }
}

/// Work without a waiter, such as closing a descriptor.
final class DriveErrand: DriveWork {
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    func perform() { body() }

    func abandon() {}
}
