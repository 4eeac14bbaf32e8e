public import Core

/// What a query's meaning depends on beside its text.
public struct QueryContext: Sendable {
    /// Milliseconds since 1970: what `now` stands for.
    public var now: Int64
    /// Those that the asking user may list; what is not among them is as if it were not there.
    public var buckets: [(name: String, id: BucketID)]
    /// The declarations that hold for the buckets searched.
    public var schema: SearchSchema

    public init(now: Int64, buckets: [(name: String, id: BucketID)] = [], schema: SearchSchema = .standard) {
        self.now = now
        self.buckets = buckets
        self.schema = schema
    }
}

extension Query {
    /// The query as an index executes it.
    ///
    /// Throws what only now can be wrong: comparisons of fields that are not declared, text without words, patterns that
    /// fit nothing.
    public func normalised(_ context: QueryContext) throws(QueryError) -> IndexQuery {
        var normaliser = QueryNormaliser(context)
        return try normaliser.query(root)
    }
}
