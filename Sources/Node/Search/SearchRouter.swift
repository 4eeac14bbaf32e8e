import Core
import Directory
import Metadata
import ObjectStore
import Replication
import SearchIndex
import Synchronization

/// `SearchService` over the shards' leaders. As with reads, the right to answer is looked at before and after: what was
/// found is answered only if no other leader can have committed in between.
final class SearchRouter: SearchService {
    private let hub: ReplicaHub
    private static let pause = TimeSpan.milliseconds(10)

    init(hub: ReplicaHub) { self.hub = hub }

    var shards: [ShardID] { hub.directory.view.allShards.map(\.shard).filter { $0 != .system } }

    func statistics(
        of query: IndexQuery, scope: IndexScope, in shard: ShardID, deadline: Instant
    ) async throws(SearchServiceError) -> CorpusStatistics {
        try await ask(shard, deadline) { (snapshot) async throws(IndexError) in
            try await snapshot.statistics(for: query, scope: scope)
        }.value
    }

    func search(
        _ search: IndexSearch, in shard: ShardID, deadline: Instant
    ) async throws(SearchServiceError) -> ShardReply<IndexReply> {
        let clock = hub.clock
        return try await ask(shard, deadline) { (snapshot) async throws(IndexError) in
            try await snapshot.search(search) { @Sendable in clock.now > deadline }
        }
    }

    func suggestions(
        _ prefix: [UInt8], in field: TextField, scope: IndexScope, limit: Int, shard: ShardID, deadline: Instant
    ) async throws(SearchServiceError) -> [(term: [UInt8], documents: UInt64)] {
        let clock = hub.clock
        return try await ask(shard, deadline) { (snapshot) async throws(IndexError) in
            try await snapshot.suggestions(prefix, in: field, scope: scope, limit: limit) { @Sendable in
                clock.now > deadline
            }
        }.value
    }

    private func ask<Value: Sendable>(
        _ shard: ShardID, _ deadline: Instant,
        _ body: (IndexSnapshot) async throws(IndexError) -> Value
    ) async throws(SearchServiceError) -> ShardReply<Value> {
        while true {
            if let leader = hub.leader(of: shard), leader.readerForReads() != nil {
                // What was acknowledged has been applied here.
                let applied = leader.published.withLock { $0.applied }
                let snapshot = try await leader.index.snapshot(reaching: applied, deadline: deadline, clock: hub.clock)
                let value: Value
                do throws(IndexError) { value = try await body(snapshot) } catch {
                    throw refusal(error, leader)
                }
                if leader.readerForReads() != nil { return ShardReply(value, applied: applied) }
            }
            guard hub.clock.now < deadline, await hub.clock.sleep(for: Self.pause) else {
                throw .unavailable("its leader does not serve reads")
            }
        }
    }

    private func refusal(_ error: IndexError, _ leader: ShardReplica) -> SearchServiceError {
        switch error {
        case .timedOut: return .timedOut
        case .query(let error): return .query(error)
        case .damaged(let reason):
            leader.index.mailbox.send(.damaged(reason))
            return .unavailable("its index is damaged and is built anew")
        case .otherVersion: return .unavailable("its index is of another version and is built anew")
        case .closed: return .unavailable("its index is being replaced")
        case .drive(let error):
            if error.isDriveFault {
                hub.driveFailed(leader.host, "the search index could not be read: \(ErrorText.of(error))")
            }
            return .unavailable("its index cannot be read")
        }
    }
}
