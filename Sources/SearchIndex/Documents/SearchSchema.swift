/// What a bucket's owner declared of its metadata (`PUT /{bucket}?search`). All metadata can be searched without any of
/// it: declared fields can be compared, sorted and counted by value as well.
public struct SearchSchema: Sendable, Equatable, Hashable {
    public static let maximumFields = 64

    public enum Kind: UInt8, Sendable, Equatable, Hashable {
        /// A decimal number; what is none has no value.
        case number = 1
        /// A date of the query language, or milliseconds since 1970.
        case date = 2
        /// The value as a whole.
        case keyword = 3
    }

    public struct DeclaredField: Sendable, Equatable, Hashable {
        public var name: MetadataName
        public var kind: Kind
        public init(_ name: MetadataName, _ kind: Kind) {
            self.name = name
            self.kind = kind
        }
    }

    /// At most `maximumFields`, no name twice.
    public var fields: [DeclaredField]
    /// Name of a Snowball algorithm for the values of metadata and tags (`english`, `german`, …); nil: words as they are.
    public var stemmer: String?

    public static let standard = SearchSchema(fields: [], stemmer: nil)

    public init(fields: [DeclaredField], stemmer: String?) {
        self.fields = fields
        self.stemmer = stemmer
    }
}

/// `meta.NAME` or `tag.NAME`.
public struct MetadataName: Sendable, Equatable, Hashable {
    public enum Source: UInt8, Sendable, Equatable, Hashable { case userMetadata = 1, tag = 2 }
    public var source: Source
    /// Of user metadata in lower case; of a tag as it is.
    public var name: String
    public init(_ source: Source, _ name: String) {
        self.source = source
        self.name = name
    }
}
