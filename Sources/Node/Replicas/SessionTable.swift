import Core
import Metadata
import Synchronization

/// A session of this gateway with one shard.
final class ShardSession: Sendable {
    let id: UInt64
    let slots = SlotPool(count: ShardState.slotsPerSession)
    init(id: UInt64) { self.id = id }
}

/// The sessions that are open. Opening happens once a shard, however many requests wait for it.
final class SessionTable: Sendable {
    private enum Entry {
        case opening([OneShot<Result<ShardSession, MetadataError>>])
        case open(ShardSession)
    }

    private let entries = Mutex<[ShardID: Entry]>([:])

    func session(of shard: ShardID) -> ShardSession? {
        entries.withLock { entries in
            if case .open(let session) = entries[shard] { session } else { nil }
        }
    }

    func open(
        _ shard: ShardID, _ make: () async throws(MetadataError) -> ShardSession
    ) async throws(MetadataError) -> ShardSession {
        let waiter = OneShot<Result<ShardSession, MetadataError>>()
        let isFirst = entries.withLock { entries -> Bool in
            switch entries[shard] {
            case .open(let session):
                waiter.send(.success(session))
                return false
            case .opening(let waiters):
                entries[shard] = .opening(waiters + [waiter])
                return false
            case nil:
                entries[shard] = .opening([])
                return true
            }
        }
        if !isFirst { return try await waiter.value().get() }
        let result: Result<ShardSession, MetadataError>
        do throws(MetadataError) { result = .success(try await make()) } catch { result = .failure(error) }
        let waiters = entries.withLock { entries in
            var waiters: [OneShot<Result<ShardSession, MetadataError>>] = []
            if case .opening(let list) = entries[shard] { waiters = list }
            if case .success(let session) = result { entries[shard] = .open(session) } else { entries[shard] = nil }
            return waiters
        }
        for waiter in waiters { waiter.send(result) }
        return try result.get()
    }

    /// Forgets a session that the shard does not know, unless another has taken its place.
    func drop(_ session: ShardSession, of shard: ShardID) {
        entries.withLock { entries in
            if case .open(let current) = entries[shard], current === session { entries[shard] = nil }
        }
    }
}

/// The slots of a session: one request at a time each. Requests beyond them wait in line, up to a bound.
final class SlotPool: Sendable {
    struct Slot: Sendable {
        var number: UInt16
        var counter: UInt64
    }

    private struct State {
        var free: [Slot]
        var waiters: [OneShot<Slot?>] = []
    }

    private static let maximumWaiters = 8192
    private let state: Mutex<State>

    init(count: Int) {
        state = Mutex(State(free: (0..<count).map { Slot(number: UInt16($0), counter: 1) }))
    }

    /// nil if too many wait already.
    func take() async -> Slot? {
        let waiter = OneShot<Slot?>()
        state.withLock { state in
            if let slot = state.free.popLast() {
                waiter.send(slot)
            } else if state.waiters.count < Self.maximumWaiters {
                state.waiters.append(waiter)
            } else {
                waiter.send(nil)
            }
        }
        return await waiter.value()
    }

    /// The next request through the slot has the next counter.
    func give(_ slot: Slot) {
        let next = Slot(number: slot.number, counter: slot.counter + 1)
        let waiter = state.withLock { state -> OneShot<Slot?>? in
            if state.waiters.isEmpty {
                state.free.append(next)
                return nil
            }
            return state.waiters.removeFirst()
        }
        waiter?.send(next)
    }
}
