public import Core
public import SearchIndex

/// Why a shard's index did not answer.
public enum SearchServiceError: Error, Equatable, Sendable {
    /// Trying again may help; says why.
    case unavailable(String)
    case timedOut
    case query(QueryExecutionError)
}

/// What a shard answered, and up to where its log was seen: everything that was acknowledged before the search began.
public struct ShardReply<Value: Sendable>: Sendable {
    public var value: Value
    public var applied: SequenceNumber

    public init(_ value: Value, applied: SequenceNumber) {
        self.value = value
        self.applied = applied
    }
}

/// The indexes of all shards, wherever their leaders are. A search sees every write that was acknowledged before it began.
public protocol SearchService: Sendable {
    /// Shards that hold objects, in key order.
    var shards: [ShardID] { get }
    func statistics(
        of query: IndexQuery, scope: IndexScope, in shard: ShardID, deadline: Instant
    ) async throws(SearchServiceError) -> CorpusStatistics
    func search(
        _ search: IndexSearch, in shard: ShardID, deadline: Instant
    ) async throws(SearchServiceError) -> ShardReply<IndexReply>
    /// Words that begin with `prefix`, most frequent first.
    func suggestions(
        _ prefix: [UInt8], in field: TextField, scope: IndexScope, limit: Int, shard: ShardID, deadline: Instant
    ) async throws(SearchServiceError) -> [(term: [UInt8], documents: UInt64)]
}
