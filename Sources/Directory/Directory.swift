public import Core
public import Replication
import Synchronization

/// The directory as the rest of the program uses it: a cached view, and compare-and-swap changes of typed records.
public final class Directory: Sendable {
    private let store: any ConfigStore
    private let cached = Mutex(DirectoryView())
    /// Called after every change that was made here, with the new view.
    private let listener = Mutex<(@Sendable (DirectoryView) -> Void)?>(nil)

    public init(store: any ConfigStore) { self.store = store }

    public var view: DirectoryView { cached.withLock { $0 } }

    public func onChange(_ body: @escaping @Sendable (DirectoryView) -> Void) { listener.withLock { $0 = body } }

    /// Reads every record again.
    public func refresh() async throws(ConfigError) {
        let records = try await store.list("")
        let view: DirectoryView
        do throws(CodecError) { view = try DirectoryView(records) } catch { throw .unavailable("\(error)") }
        cached.withLock { $0 = view }
        listener.withLock { $0 }?(view)
    }

    /// Changes several records if none of them has changed since `view`.
    public func commit(
        _ changes: [ConfigTransaction.Change], basedOn view: DirectoryView
    ) async throws(ConfigError) -> ConfigOutcome {
        let conditions = changes.map { change in
            switch change {
            case .put(let key, _), .delete(let key): (key: key, revision: view.revisions[key] ?? 0)
            }
        }
        let outcome = try await store.commit(ConfigTransaction(conditions: conditions, changes: changes))
        try await refresh()
        return outcome
    }

    /// Replaces a shard's record of epoch `record.epoch` − 1, as replicas ask for.
    public func swap(_ record: ShardRecord) async -> SwapResult {
        let key = DirectoryKey.shard(record.shard)
        do throws(ConfigError) {
            guard let current = try await store.get(key) else { return .unknown }
            let stored = try Self.decode(current.value)
            if stored == record { return .succeeded(record) }
            guard stored.epoch.next == record.epoch else { return .lost(stored) }
            var writer = ByteWriter()
            record.encode(to: &writer)
            let outcome = try await store.commit(
                ConfigTransaction(
                    conditions: [(key: key, revision: current.revision)],
                    changes: [.put(key: key, value: writer.bytes)]))
            try await refresh()
            if case .committed = outcome { return .succeeded(record) }
            guard let now = try await store.get(key) else { return .unknown }
            return .lost(try Self.decode(now.value))
        } catch {
            return .unknown
        }
    }

    /// The record as the store holds it now.
    public func read(_ shard: ShardID) async throws(ConfigError) -> ShardRecord? {
        guard let record = try await store.get(DirectoryKey.shard(shard)) else { return nil }
        return try Self.decode(record.value)
    }

    private static func decode(_ value: [UInt8]) throws(ConfigError) -> ShardRecord {
        var reader = ByteReader(value)
        do throws(CodecError) { return try ShardRecord(from: &reader) } catch { throw .unavailable("\(error)") }
    }
}
