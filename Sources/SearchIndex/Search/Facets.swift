public import Core

/// Counts of matching documents by value.
public enum FacetRequest: Sendable, Equatable {
    public enum TermsField: Sendable, Equatable {
        case bucket
        /// `name`, `entityTag` and `version` excepted: their values are nearly all different.
        case keyword(KeywordField)
    }
    /// The most frequent values, `size` of 1 to 100; ties by value.
    case terms(TermsField, size: Int)
    /// Half-open ranges, 1 to 64; nil: open.
    case ranges(ColumnField, [Range])
    /// UTC; buckets without documents are left out, 1,000 at most.
    case dateHistogram(ColumnField, Interval)

    public struct Range: Sendable, Equatable {
        public var lower: Int64?
        public var upper: Int64?
        public init(lower: Int64?, upper: Int64?) {
            self.lower = lower
            self.upper = upper
        }
    }

    public enum Interval: UInt8, Sendable, Equatable { case hour = 1, day, week, month, quarter, year }
}

/// Replies of several shards add up exactly: terms carry all values that a shard saw, up to a limit that is an error when
/// it is exceeded.
public enum FacetReply: Sendable, Equatable {
    public struct Value: Sendable, Equatable {
        public enum Term: Sendable, Equatable, Hashable {
            case bucket(BucketID)
            case bytes([UInt8])
        }
        public var term: Term
        public var count: UInt64
        public init(_ term: Term, _ count: UInt64) {
            self.term = term
            self.count = count
        }
    }
    case terms([Value])
    /// One count for each range asked for.
    case ranges([UInt64])
    /// Start of the interval in milliseconds since 1970, and documents in it; ascending.
    case dateHistogram([Interval])

    public struct Interval: Sendable, Equatable {
        public var startMilliseconds: Int64
        public var count: UInt64
        public init(_ startMilliseconds: Int64, _ count: UInt64) {
            self.startMilliseconds = startMilliseconds
            self.count = count
        }
    }
}
