/// An object by itself: GetObjectTagging, DeleteObjectTagging, GetObjectAcl.
///
/// Source: Amazon S3 API Reference, `GetObjectTagging` (`API_GetObjectTagging.html`), `DeleteObjectTagging`
/// (`API_DeleteObjectTagging.html`), `GetObjectAcl` (`API_GetObjectAcl.html`).
public struct ObjectRequest: Sendable, Equatable {
    public var bucket: BucketName
    public var key: ObjectKey
    public var version: VersionSelector

    public init(bucket: BucketName, key: ObjectKey, version: VersionSelector = .current) {
        self.bucket = bucket
        self.key = key
        self.version = version
    }
}

/// A bucket by itself: GetBucketTagging, DeleteBucketTagging, GetBucketAcl.
///
/// Source: Amazon S3 API Reference, `GetBucketTagging` (`API_GetBucketTagging.html`), `DeleteBucketTagging`
/// (`API_DeleteBucketTagging.html`), `GetBucketAcl` (`API_GetBucketAcl.html`).
public struct BucketRequest: Sendable, Equatable {
    public var bucket: BucketName

    public init(bucket: BucketName) { self.bucket = bucket }
}

/// Source: Amazon S3 API Reference, `PutObjectTagging` (`API_PutObjectTagging.html`).
public struct PutObjectTaggingRequest: Sendable, Equatable {
    public var bucket: BucketName
    public var key: ObjectKey
    public var version: VersionSelector
    public var document: PayloadDescription
    /// From the document: all tags of the object from now on.
    public var tags: TagSet

    public init(
        bucket: BucketName, key: ObjectKey, version: VersionSelector = .current,
        document: PayloadDescription = PayloadDescription(form: .unsigned, length: 0), tags: TagSet = TagSet()
    ) {
        self.bucket = bucket
        self.key = key
        self.version = version
        self.document = document
        self.tags = tags
    }
}

/// Source: Amazon S3 API Reference, `PutBucketTagging` (`API_PutBucketTagging.html`).
public struct PutBucketTaggingRequest: Sendable, Equatable {
    public var bucket: BucketName
    public var document: PayloadDescription
    /// From the document: all tags of the bucket from now on.
    public var tags: TagSet

    public init(
        bucket: BucketName, document: PayloadDescription = PayloadDescription(form: .unsigned, length: 0),
        tags: TagSet = TagSet()
    ) {
        self.bucket = bucket
        self.document = document
        self.tags = tags
    }
}
