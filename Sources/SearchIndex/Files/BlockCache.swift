private import Synchronization

/// Verified parts of files, kept for the next search: those of the current generation, and those of the one before
/// until they are asked for again or the next generation begins.
final class BlockCache: Sendable {
    struct Key: Hashable {
        var segment: UInt64
        var section: UInt32
        var first: UInt32
        var count: UInt32
    }

    private struct State {
        var young: [Key: HeldBytes] = [:]
        var old: [Key: HeldBytes] = [:]
        var youngBytes = 0
        var oldBytes = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter limit: in bytes.
    init(limit: Int) { self.limit = limit }

    var bytes: Int { state.withLock { $0.youngBytes + $0.oldBytes } }

    func find(_ key: Key) -> HeldBytes? {
        state.withLock { state in
            if let bytes = state.young[key] { return bytes }
            guard let bytes = state.old.removeValue(forKey: key) else { return nil }
            state.oldBytes -= bytes.count
            keep(bytes, key, &state)
            return bytes
        }
    }

    func insert(_ bytes: HeldBytes, _ key: Key) {
        state.withLock { state in
            guard state.young[key] == nil else { return }
            keep(bytes, key, &state)
        }
    }

    private func keep(_ bytes: HeldBytes, _ key: Key, _ state: inout State) {
        // What would fill most of it stays out.
        guard bytes.count <= limit / 4 else { return }
        if state.youngBytes + bytes.count > limit / 2 {
            state.old = state.young
            state.oldBytes = state.youngBytes
            state.young = [:]
            state.youngBytes = 0
        }
        state.young[key] = bytes
        state.youngBytes += bytes.count
    }

    func remove(segment: UInt64) {
        state.withLock { state in
            state.young = state.young.filter { $0.key.segment != segment }
            state.old = state.old.filter { $0.key.segment != segment }
            state.youngBytes = state.young.values.reduce(0) { $0 + $1.count }
            state.oldBytes = state.old.values.reduce(0) { $0 + $1.count }
        }
    }
}
