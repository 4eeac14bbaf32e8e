import Core
import Synchronization

/// Lets a few server-side copies run at a time. A copy holds memory to write while it waits for memory to read: if
/// copies alone could take the whole budget, each would wait for the others.
public final class CopyGate: Sendable {
    /// Of the budget, a copy at a time: more than one needs in any scheme.
    private static let bytesPerCopy = 64 << 20
    private static let maximumWaiters = 1000

    private struct State {
        var free: Int
        var waiters: [OneShot<Void>] = []
    }

    private let state: Mutex<State>

    init(_ budget: MemoryBudget) { state = Mutex(State(free: max(1, budget.limitBytes / Self.bytesPerCopy))) }

    /// Waits in line; false if the line is full. `leave` must follow true.
    func enter() async -> Bool {
        let turn = OneShot<Void>()
        let isTaken = state.withLock { state in
            if state.free > 0 {
                state.free -= 1
                turn.send(())
            } else if state.waiters.count < Self.maximumWaiters {
                state.waiters.append(turn)
            } else {
                return false
            }
            return true
        }
        if isTaken { await turn.value() }
        return isTaken
    }

    func leave() {
        let next = state.withLock { state -> OneShot<Void>? in
            if state.waiters.isEmpty {
                state.free += 1
                return nil
            }
            return state.waiters.removeFirst()
        }
        next?.send(())
    }
}
