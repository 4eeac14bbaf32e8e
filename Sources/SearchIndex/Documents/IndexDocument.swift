public import Core

/// What the index knows of an object: its current version's metadata. One document a (bucket, key); a later one takes
/// the place of the earlier.
public struct IndexDocument: Sendable, Equatable {
    public var bucket: BucketID
    /// UTF-8, 1 to 1,024 bytes.
    public var key: [UInt8]
    public var sizeBytes: UInt64
    /// Milliseconds since 1970.
    public var modifiedMilliseconds: Int64
    /// The Content-Type header as sent; empty if none was.
    public var contentType: String
    /// As S3 shows it, without quotes: 32 hex digits, with `-N` behind them for an object of N parts.
    public var entityTag: String
    public var owner: String
    public var storageClass: String
    /// `null`, or the version ID as S3 shows it.
    public var version: String
    /// Names in lower case, without `x-amz-meta-`.
    public var userMetadata: [Field]
    public var tags: [Field]

    public struct Field: Sendable, Equatable {
        public var name: String
        public var value: String
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(
        bucket: BucketID, key: [UInt8], sizeBytes: UInt64, modifiedMilliseconds: Int64, contentType: String = "",
        entityTag: String = "", owner: String = "", storageClass: String = "STANDARD", version: String = "null",
        userMetadata: [Field] = [], tags: [Field] = []
    ) {
        self.bucket = bucket
        self.key = key
        self.sizeBytes = sizeBytes
        self.modifiedMilliseconds = modifiedMilliseconds
        self.contentType = contentType
        self.entityTag = entityTag
        self.owner = owner
        self.storageClass = storageClass
        self.version = version
        self.userMetadata = userMetadata
        self.tags = tags
    }
}

/// A change of one document. The schema is the bucket's as it stood when the change was read.
public enum IndexChange: Sendable, Equatable {
    case put(IndexDocument, SearchSchema)
    case delete(BucketID, key: [UInt8])
}
