public import Core

/// One search in one index: what a gateway sends to each shard.
public struct IndexSearch: Sendable, Equatable {
    public var query: IndexQuery
    public var scope: IndexScope
    /// Empty: by relevance, best first. Ties always go by (bucket, key), ascending.
    public var sort: [SortKey]
    /// 0 to 1,000 hits.
    public var limit: Int
    /// Only hits that come after this one.
    public var after: SortPosition?
    public var facets: [FacetRequest]
    public var count: CountMode
    /// Gathered over all shards before; nil: this index alone.
    public var statistics: CorpusStatistics?

    public init(
        query: IndexQuery, scope: IndexScope = .everything, sort: [SortKey] = [], limit: Int = 10,
        after: SortPosition? = nil, facets: [FacetRequest] = [], count: CountMode = .none,
        statistics: CorpusStatistics? = nil
    ) {
        self.query = query
        self.scope = scope
        self.sort = sort
        self.limit = limit
        self.after = after
        self.facets = facets
        self.count = count
        self.statistics = statistics
    }
}

/// What the asking user may list. Nothing outside of it shows in hits, counts, facets or suggestions.
public enum IndexScope: Sendable, Equatable {
    case everything
    /// Ascending, without repetition.
    case buckets([BucketID])
}

public struct SortKey: Sendable, Equatable {
    public enum Field: Sendable, Equatable {
        case relevance
        /// Unsigned bytes.
        case key
        case column(ColumnField)
        /// A declared keyword, by unsigned bytes.
        case keyword(MetadataName)
    }
    public var field: Field
    /// Documents without a value come last, whatever the direction.
    public var isDescending: Bool
    public init(_ field: Field, isDescending: Bool) {
        self.field = field
        self.isDescending = isDescending
    }
}

public enum SortValue: Sendable, Equatable {
    case score(Float)
    case number(Int64)
    case bytes([UInt8])
    case missing
}

/// A place in the order of hits: a cursor's contents, and what gateways merge by.
public struct SortPosition: Sendable, Equatable {
    /// One for each sort key; for relevance alone the score.
    public var values: [SortValue]
    public var bucket: BucketID
    public var key: [UInt8]
    public init(values: [SortValue], bucket: BucketID, key: [UInt8]) {
        self.values = values
        self.bucket = bucket
        self.key = key
    }

    /// The order of hits under `sort`: true if this comes before `other`.
    public func precedes(_ other: SortPosition, under sort: [SortKey]) -> Bool {
        for (index, (left, right)) in zip(values, other.values).enumerated() where left != right {
            let isDescending = index < sort.count ? sort[index].isDescending : true
            switch (left, right) {
            case (.missing, _): return false
            case (_, .missing): return true
            case (.score(let left), .score(let right)): return isDescending ? left > right : left < right
            case (.number(let left), .number(let right)): return isDescending ? left > right : left < right
            case (.bytes(let left), .bytes(let right)):
                return isDescending
                    ? right.lexicographicallyPrecedes(left) : left.lexicographicallyPrecedes(right)
            default: preconditionFailure("values of different kinds under one sort key")
            }
        }
        if bucket != other.bucket { return bucket < other.bucket }
        return key.lexicographicallyPrecedes(other.key)
    }
}

public enum CountMode: UInt8, Sendable, Equatable {
    case none = 0
    /// Whatever was counted on the way; says whether it is all.
    case lowerBound = 1
    case exact = 2
}

public struct IndexHit: Sendable, Equatable {
    /// BM25; 0 where nothing scores.
    public var score: Float
    public var position: SortPosition
    public init(score: Float, position: SortPosition) {
        self.score = score
        self.position = position
    }
}

public struct IndexReply: Sendable, Equatable {
    /// In order, `limit` at most.
    public var hits: [IndexHit] = []
    /// Matching documents of the scope, whatever `after` says; nil without a count.
    public var count: UInt64?
    public var isCountExact = false
    /// In the order of the requests.
    public var facets: [FacetReply] = []
    public init() {}
}
