import Synchronization

/// A queue with many senders and one receiver that takes all that is there at once: what came while the receiver
/// worked makes its next batch.
public final class Mailbox<Message: Sendable>: Sendable {
    private struct State {
        var messages: [Message] = []
        var waiter: CheckedContinuation<Void, Never>?
        var isClosed = false
    }

    private let state = Mutex(State())

    public init() {}

    /// Never waits. Messages sent after `close` are dropped; returns false then.
    @discardableResult
    public func send(_ message: Message) -> Bool {
        let (accepted, waiter) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
            if state.isClosed { return (false, nil) }
            state.messages.append(message)
            return (true, state.waiter.take())
        }
        waiter?.resume()
        return accepted
    }

    /// Waits for at least one message and takes all. nil when closed and empty. One receiver at a time.
    public func receive() async -> [Message]? {
        while true {
            let (batch, closed) = state.withLock { state in
                let batch = state.messages
                state.messages = []
                return (batch, state.isClosed)
            }
            if !batch.isEmpty { return batch }
            if closed { return nil }
            await withCheckedContinuation { continuation in
                let ready = state.withLock { state in
                    if !state.messages.isEmpty || state.isClosed { return true }
                    precondition(state.waiter == nil, "a mailbox has one receiver")
                    state.waiter = continuation
                    return false
                }
                if ready { continuation.resume() }
            }
        }
    }

    public var count: Int { state.withLock { $0.messages.count } }

    public func close() {
        let waiter = state.withLock { state in
            state.isClosed = true
            return state.waiter.take()
        }
        waiter?.resume()
    }
}
