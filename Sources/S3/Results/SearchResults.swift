public import Core

/// What a search found.
public struct SearchResult: Sendable, Equatable {
    public struct Highlight: Sendable, Equatable {
        public var field: String
        /// HTML in which matches stand in `<em>` and all else is escaped.
        public var fragment: String
        public init(field: String, fragment: String) {
            self.field = field
            self.fragment = fragment
        }
    }

    public struct Hit: Sendable, Equatable {
        public var bucket: String
        public var key: ObjectKey
        public var version: String
        public var size: UInt64
        public var modified: WallTime
        public var contentType: String
        public var tag: EntityTag
        public var owner: String
        public var storageClass: String
        public var metadata: [S3Error.Detail]
        public var tags: [S3Error.Detail]
        public var score: Float
        public var highlights: [Highlight] = []
        public var explanation: String?

        public init(
            bucket: String, key: ObjectKey, version: String, size: UInt64, modified: WallTime, contentType: String,
            tag: EntityTag, owner: String, storageClass: String, metadata: [S3Error.Detail], tags: [S3Error.Detail],
            score: Float
        ) {
            self.bucket = bucket
            self.key = key
            self.version = version
            self.size = size
            self.modified = modified
            self.contentType = contentType
            self.tag = tag
            self.owner = owner
            self.storageClass = storageClass
            self.metadata = metadata
            self.tags = tags
            self.score = score
        }
    }

    public struct Facet: Sendable, Equatable {
        public struct Value: Sendable, Equatable {
            public var value: String
            public var count: UInt64
            public init(value: String, count: UInt64) {
                self.value = value
                self.count = count
            }
        }
        /// As the client asked for it.
        public var name: String
        public var values: [Value]
        public init(name: String, values: [Value]) {
            self.name = name
            self.values = values
        }
    }

    public struct Shard: Sendable, Equatable {
        public var shard: UInt32
        /// The log up to which the answer has seen everything.
        public var applied: UInt64
        public init(shard: UInt32, applied: UInt64) {
            self.shard = shard
            self.applied = applied
        }
    }

    public struct MissingShard: Sendable, Equatable {
        public var shard: UInt32
        public var reason: String
        public init(shard: UInt32, reason: String) {
            self.shard = shard
            self.reason = reason
        }
    }

    public struct Suggestion: Sendable, Equatable {
        public var text: String
        public var documents: UInt64
        public init(text: String, documents: UInt64) {
            self.text = text
            self.documents = documents
        }
    }

    public var hits: [Hit] = []
    public var facets: [Facet] = []
    /// nil on the last page.
    public var cursor: String?
    public var count: UInt64?
    public var isCountExact = false
    public var applied: [Shard] = []
    public var missing: [MissingShard] = []
    /// Of a request for suggestions.
    public var suggestions: [Suggestion]?
    /// The query as it was understood.
    public var explanation: String?
    public var tookMicroseconds: UInt64 = 0

    public init() {}
}

/// One change of an object, as a follower of its bucket sees it.
public struct BucketEvent: Sendable, Equatable {
    public enum Kind: String, Sendable, Equatable {
        case put
        case delete
    }
    /// To go on from behind this event.
    public var position: String
    public var kind: Kind
    public var key: ObjectKey
    public var time: WallTime
    /// Of the version that a put brought.
    public var size: UInt64?
    public var tag: EntityTag?

    public init(
        position: String, kind: Kind, key: ObjectKey, time: WallTime, size: UInt64? = nil, tag: EntityTag? = nil
    ) {
        self.position = position
        self.kind = kind
        self.key = key
        self.time = time
        self.size = size
        self.tag = tag
    }
}
