import Synchronization

/// The process-wide limit on memory for bodies under way. A stream's first window waits for its share; further ones
/// are taken only if they are free, so that no stream starves another.
public final class MemoryBudget: Sendable {
    private struct Waiter {
        var bytes: Int
        var grant: OneShot<Bool>
    }

    private struct State {
        var free: Int
        var waiters: [Waiter] = []
    }

    public let limitBytes: Int
    private let maximumWaiters: Int
    private let state: Mutex<State>

    public init(limitBytes: Int, maximumWaiters: Int = 10_000) {
        self.limitBytes = limitBytes
        self.maximumWaiters = maximumWaiters
        self.state = Mutex(State(free: limitBytes))
    }

    public var usedBytes: Int { limitBytes - state.withLock { $0.free } }

    /// Waits in line for its bytes. nil if the line is full or the amount can never be granted: tell the client to
    /// slow down.
    public func reserve(_ bytes: Int) async -> Reservation? {
        guard bytes <= limitBytes else { return nil }
        let grant = OneShot<Bool>()
        state.withLock { state in
            if state.waiters.isEmpty, state.free >= bytes {
                state.free -= bytes
                grant.send(true)
            } else if state.waiters.count < maximumWaiters {
                state.waiters.append(Waiter(bytes: bytes, grant: grant))
            } else {
                grant.send(false)
            }
        }
        return await grant.value() ? Reservation(budget: self, bytes: bytes) : nil
    }

    /// Takes bytes only if they are free now and nobody waits.
    public func tryReserve(_ bytes: Int) -> Reservation? {
        let granted = state.withLock { state in
            guard state.waiters.isEmpty, state.free >= bytes else { return false }
            state.free -= bytes
            return true
        }
        return granted ? Reservation(budget: self, bytes: bytes) : nil
    }

    fileprivate func release(_ bytes: Int) {
        let granted = state.withLock { state in
            state.free += bytes
            var granted: [OneShot<Bool>] = []
            while let first = state.waiters.first, first.bytes <= state.free {
                state.free -= first.bytes
                granted.append(first.grant)
                state.waiters.removeFirst()
            }
            return granted
        }
        for grant in granted { grant.send(true) }
    }

    /// Gives its bytes back when the last reference goes.
    public final class Reservation: Sendable {
        private let budget: MemoryBudget
        public let bytes: Int

        fileprivate init(budget: MemoryBudget, bytes: Int) {
            self.budget = budget
            self.bytes = bytes
        }

        deinit { budget.release(bytes) }
    }
}
