public import KeyValue
private import Synchronization

/// `KeyValueStore` over sorted arrays. A crash loses what was not flushed: each family keeps some prefix of the changes
/// since the last flush, `rows` never a longer one than the others.
public final class SimulatedRows: KeyValueStore {
    private struct State {
        var families: [Family: [[UInt8]: [UInt8]]] = [:]
        var flushed: [Family: [[UInt8]: [UInt8]]] = [:]
        /// Batches since the last flush.
        var pending: [WriteBatch] = []
    }

    private let state = Mutex(State())

    public init() {}

    /// What the next start finds.
    public func crashed(seed: UInt64) -> SimulatedRows {
        var random = SplitMix64(seed: seed)
        let next = SimulatedRows()
        let (flushed, pending) = state.withLock { ($0.flushed, $0.pending) }
        let rows = random.below(pending.count + 1)
        let others = rows + random.below(pending.count - rows + 1)
        next.state.withLock { state in
            state.families = flushed
            for (index, batch) in pending.enumerated() {
                for change in batch.changes {
                    let family = Self.family(of: change)
                    if index < (family == .rows ? rows : others) { Self.apply(change, to: &state.families) }
                }
            }
            state.flushed = state.families
        }
        return next
    }

    private static func family(of change: WriteBatch.Change) -> Family {
        switch change {
        case .put(let family, _, _), .delete(let family, _), .deleteRange(let family, _, _): family
        }
    }

    private static func apply(_ change: WriteBatch.Change, to families: inout [Family: [[UInt8]: [UInt8]]]) {
        switch change {
        case .put(let family, let key, let value): families[family, default: [:]][key] = value
        case .delete(let family, let key): families[family]?[key] = nil
        case .deleteRange(let family, let start, let end):
            families[family] = families[family]?.filter { key, _ in
                key.lexicographicallyPrecedes(start) || !key.lexicographicallyPrecedes(end)
            }
        }
    }

    public func get(_ family: Family, _ key: [UInt8]) throws(KeyValueError) -> [UInt8]? {
        state.withLock { $0.families[family]?[key] }
    }

    public func getCached(_ family: Family, _ key: [UInt8]) throws(KeyValueError) -> CachedRow {
        state.withLock { $0.families[family]?[key].map { .found($0) } ?? .missing }
    }

    public func write(_ batch: WriteBatch) throws(KeyValueError) {
        state.withLock { state in
            state.pending.append(batch)
            for change in batch.changes { Self.apply(change, to: &state.families) }
        }
    }

    public func flush() throws(KeyValueError) {
        state.withLock { state in
            state.flushed = state.families
            state.pending = []
        }
    }

    public func cursor(_ family: Family, end: [UInt8]?) throws(KeyValueError) -> any KeyValueCursor {
        let rows = state.withLock { $0.families[family] ?? [:] }
            .filter { key, _ in end.map { key.lexicographicallyPrecedes($0) } ?? true }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
        return Cursor(rows: rows.map { ($0.key, $0.value) })
    }

    public var unflushedDeletes: Int {
        state.withLock { state in
            state.pending.reduce(0) { count, batch in
                count + batch.changes.count { if case .delete(.rows, _) = $0 { true } else { false } }
            }
        }
    }

    public func close() {}

    /// All rows of a family, in order.
    public func all(_ family: Family) -> [(key: [UInt8], value: [UInt8])] {
        state.withLock { $0.families[family] ?? [:] }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ($0.key, $0.value) }
    }

    private final class Cursor: KeyValueCursor {
        private let rows: [([UInt8], [UInt8])]
        private var index = 0

        init(rows: [([UInt8], [UInt8])]) { self.rows = rows }

        func seek(_ key: [UInt8]) throws(KeyValueError) -> Bool {
            index = rows.firstIndex { !$0.0.lexicographicallyPrecedes(key) } ?? rows.count
            return index < rows.count
        }

        func next() throws(KeyValueError) -> Bool {
            index += 1
            return index < rows.count
        }

        var key: [UInt8] { rows[index].0 }
        var value: [UInt8] { rows[index].1 }

        func withKey<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
            let result = key.withUnsafeBytes { raw -> Result<R, E> in
                do throws(E) { return .success(try body(raw)) } catch { return .failure(error) }
            }
            return try result.get()
        }

        func withValue<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
            let result = value.withUnsafeBytes { raw -> Result<R, E> in
                do throws(E) { return .success(try body(raw)) } catch { return .failure(error) }
            }
            return try result.get()
        }
    }
}
