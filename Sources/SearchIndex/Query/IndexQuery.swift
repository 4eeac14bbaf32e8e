public import Core

/// A query as the index executes it: fields are known, words are analysed, dates and sizes are numbers, bucket names are
/// identifiers. The query language (`Query/Language`) ends here, and execution (`Search`) begins here.
public indirect enum IndexQuery: Sendable, Equatable {
    case all
    case none
    /// Two or more.
    case and([IndexQuery])
    case or([IndexQuery])
    case not(IndexQuery)
    /// Multiplies the score; greater than 0.
    case boost(IndexQuery, Float)

    // Scored by BM25.
    case term(TextField, [UInt8])
    case phrase(TextField, Phrase)
    /// Expanded to the field's terms that fit, `QueryLimits.expandedTerms` at most; documents score by a constant 1.
    case prefix(TextField, [UInt8])
    /// `*` any bytes, `?` one character; a backslash quotes.
    case wildcard(TextField, [UInt8])
    /// Levenshtein distance in characters, 1 or 2; the first character must fit.
    case fuzzy(TextField, [UInt8], distance: Int)

    // Filters: they do not score (0), alone or beside scored clauses.
    case exact(KeywordField, [UInt8])
    case oneOf(KeywordField, [[UInt8]])
    case keywordPrefix(KeywordField, [UInt8])
    case keywordWildcard(KeywordField, [UInt8])
    case keyExact([UInt8])
    case keyPrefix([UInt8])
    /// Sorted, without repetition.
    case buckets([BucketID])
    /// Both ends included; nil: open. Values are in the column's order-preserving form (`ColumnValue`).
    case range(ColumnField, lower: Int64?, upper: Int64?)
    case exists(MetadataName)
    /// A non-empty content type, extension, …
    case existsKeyword(KeywordField)
}

/// Words at fixed distances. Positions are relative: 0 for the first, growing.
public struct Phrase: Sendable, Equatable {
    public struct Word: Sendable, Equatable {
        public var term: [UInt8]
        public var position: Int
        public init(_ term: [UInt8], at position: Int) {
            self.term = term
            self.position = position
        }
    }
    public var words: [Word]
    /// The sum of moves that the words may be off, as in Lucene's sloppy phrase; 0 to 9.
    public var slop: Int
    /// The last word stands for all terms that begin with it.
    public var endsInPrefix: Bool
    public init(_ words: [Word], slop: Int = 0, endsInPrefix: Bool = false) {
        self.words = words
        self.slop = slop
        self.endsInPrefix = endsInPrefix
    }
}

/// A space of words, with positions and its own statistics.
public enum TextField: Sendable, Equatable, Hashable {
    /// What a query without a field searches: words of the key, of user metadata values and of tag values.
    case all
    /// Words of the key.
    case key
    /// Words of the key's last component.
    case name
    /// Words of one metadata or tag value.
    case metadata(MetadataName)
}

/// A value as a whole, without positions.
public enum KeywordField: Sendable, Equatable, Hashable {
    /// The key's last component, as it is.
    case name
    /// What follows the last dot of the name, in lower case.
    case fileExtension
    /// Content type in lower case, without parameters.
    case contentType
    case owner
    case storageClass
    case entityTag
    case version
    /// A metadata or tag value, as it is.
    case metadata(MetadataName)
}

/// A number a document, or none.
public enum ColumnField: Sendable, Equatable, Hashable {
    case size
    /// Milliseconds since 1970, UTC.
    case modified
    /// Of a declared field of the kinds number and date. A bucket that did not declare it has no values.
    case declared(MetadataName)
}

/// Numbers in an order-preserving form, so that every column is one of Int64.
public enum ColumnValue {
    /// Doubles keep their order; NaN is not a value.
    public static func of(_ number: Double) -> Int64 {
        let bits = Int64(bitPattern: (number == 0 ? 0 : number).bitPattern)
        return bits >= 0 ? bits : bits ^ Int64.max
    }

    public static func number(_ value: Int64) -> Double {
        Double(bitPattern: UInt64(bitPattern: value >= 0 ? value : value ^ Int64.max))
    }
}

/// What a query may be at most; each is an error when exceeded, and nothing is cut in silence.
public enum QueryLimits {
    public static let queryBytes = 4096
    public static let clauses = 64
    public static let depth = 16
    /// Over all shards and segments, of one prefix, wildcard or fuzzy clause.
    public static let expandedTerms = 1024
}
