import Synchronization

/// A reply that is given once and awaited by at most one task; a second answer is ignored, so that a timer and the
/// real answer may race.
public final class OneShot<Value: Sendable>: Sendable {
    private enum State {
        case empty
        case waiting(CheckedContinuation<Value, Never>)
        case full(Value)
        case taken
    }

    private let state = Mutex(State.empty)

    public init() {}

    /// True if this was the first answer.
    @discardableResult
    public func send(_ value: Value) -> Bool {
        let (first, continuation) = state.withLock { state -> (Bool, CheckedContinuation<Value, Never>?) in
            switch state {
            case .empty:
                state = .full(value)
                return (true, nil)
            case .waiting(let continuation):
                state = .taken
                return (true, continuation)
            case .full, .taken:
                return (false, nil)
            }
        }
        continuation?.resume(returning: value)
        return first
    }

    public func value() async -> Value {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state -> Value? in
                switch state {
                case .empty:
                    state = .waiting(continuation)
                    return nil
                case .full(let value):
                    state = .taken
                    return value
                case .waiting, .taken:
                    preconditionFailure("a one-shot reply is awaited once")
                }
            }
            if let ready { continuation.resume(returning: ready) }
        }
    }
}
