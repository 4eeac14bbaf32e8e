/// A search over the metadata of a bucket's objects, or of all that the requester may list. Roost's own operation.
///
/// Source: Sources/SearchIndex/QueryLanguage.md.
public struct SearchRequest: Sendable, Equatable {
    public static let maximumDocumentBytes: UInt64 = 64 << 10
    public static let maximumLimit = 1000
    public static let maximumSortKeys = 8
    public static let maximumFacets = 32
    public static let maximumTimeoutMilliseconds = 30_000

    public enum Format: Sendable, Equatable { case json, xml }
    public enum Count: String, Sendable, Equatable { case none, lowerBound = "lower_bound", exact }

    public struct Sort: Sendable, Equatable {
        /// `relevance`, `key`, `size`, `modified`, or `meta.NAME` or `tag.NAME` of a declared field.
        public var field: String
        /// The direction that the client gave; nil: the field's own (relevance descending, others ascending).
        public var isDescending: Bool?
        public init(field: String, isDescending: Bool?) {
            self.field = field
            self.isDescending = isDescending
        }
    }

    /// nil: every bucket that the requester may list.
    public var bucket: BucketName?
    /// In the query language; empty: everything.
    public var query = ""
    public var sort: [Sort] = []
    /// 0 to 1,000 hits.
    public var limit = 20
    public var cursor: String?
    /// `FIELD[:SIZE]`, `FIELD[A..B,C..]`, `FIELD:month`.
    public var facets: [String] = []
    public var highlights = false
    /// Members of a hit that are wanted; empty: all.
    public var fields: [String] = []
    public var count = Count.lowerBound
    public var explains = false
    /// 1 to 30,000.
    public var timeoutMilliseconds = 10_000
    /// Shards that do not answer are left out, and named, instead of failing the search.
    public var allowsPartial = false
    /// Words that begin with this are asked for, instead of objects.
    public var suggestion: String?
    public var format = Format.json
    /// Of a POST.
    public var document: PayloadDescription?

    public init(bucket: BucketName?) { self.bucket = bucket }
}

/// The declared fields of a bucket's search: `GET ?search=configuration`, `PUT ?search`, `DELETE ?search`.
public struct SearchConfigurationRequest: Sendable, Equatable {
    public static let maximumDocumentBytes: UInt64 = 64 << 10

    public enum Action: Sendable, Equatable {
        case get
        case put(PayloadDescription)
        case delete
    }

    public var bucket: BucketName
    public var action: Action
    /// From the document of a PUT.
    public var configuration = SearchConfiguration()

    public init(bucket: BucketName, action: Action) {
        self.bucket = bucket
        self.action = action
    }

    public var name: OperationName {
        switch action {
        case .get: .getSearchConfiguration
        case .put: .putSearchConfiguration
        case .delete: .deleteSearchConfiguration
        }
    }
}

/// `{"fields": [{"name": "meta.width", "type": "number"}], "stemmer": "english"}`.
public struct SearchConfiguration: Sendable, Equatable {
    public enum Kind: String, Sendable, Equatable { case number, date, keyword }

    public struct Field: Sendable, Equatable {
        /// `meta.NAME` or `tag.NAME`.
        public var name: String
        public var kind: Kind
        public init(name: String, kind: Kind) {
            self.name = name
            self.kind = kind
        }
    }

    public var fields: [Field] = []
    public var stemmer: String?

    public init(fields: [Field] = [], stemmer: String? = nil) {
        self.fields = fields
        self.stemmer = stemmer
    }
}

/// The changes of a bucket's objects: `GET /{bucket}?events`, as server-sent events or, after a wait, as JSON.
public struct EventsRequest: Sendable, Equatable {
    public static let maximumLimit = 1000
    public static let maximumWaitMilliseconds = 60_000

    public var bucket: BucketName
    /// From the answer before; nil: from now on.
    public var position: String?
    /// Keys that begin with this alone.
    public var prefix: [UInt8] = []
    /// Of one JSON answer.
    public var limit = 1000
    /// A JSON answer waits so long for the first change; 0: not at all.
    public var waitMilliseconds = 0
    public var isStream = false

    public init(bucket: BucketName) { self.bucket = bucket }
}
