/// Source: Amazon S3 API Reference, `PutObject` (`API_PutObject.html`).
public struct PutObjectRequest: Sendable, Equatable {
    public var bucket: BucketName
    public var key: ObjectKey
    public var metadata: ObjectMetadata
    public var tags: TagSet
    public var condition: WriteCondition
    public var payload: PayloadDescription

    public init(
        bucket: BucketName, key: ObjectKey, metadata: ObjectMetadata = ObjectMetadata(), tags: TagSet = TagSet(),
        condition: WriteCondition = .none, payload: PayloadDescription
    ) {
        self.bucket = bucket
        self.key = key
        self.metadata = metadata
        self.tags = tags
        self.condition = condition
        self.payload = payload
    }
}

/// Which version of an object is meant.
public enum VersionSelector: Sendable, Equatable {
    case current
    /// `versionId=null`: the version that was written while the bucket kept no versions.
    case null
}

/// GetObject, and HeadObject, which differs only in that it sends no body.
///
/// Source: Amazon S3 API Reference, `GetObject` (`API_GetObject.html`), `HeadObject` (`API_HeadObject.html`).
public struct GetObjectRequest: Sendable, Equatable {
    public var bucket: BucketName
    public var key: ObjectKey
    public var version: VersionSelector
    /// nil: the whole object, or a part.
    public var range: RangeRequest?
    /// `partNumber`: the bytes of one part. Not together with a range. `ObjectDescription.part` is to be filled in then.
    public var part: PartNumber?
    /// If-Range: an entity tag or a date. The range counts only if it fits the object (RFC 9110, section 13.1.5).
    public var ifRange: String?
    public var conditions: ReadConditions
    /// `response-*`: values that stand in for those stored with the object.
    public var overrides: [ObjectMetadata.StandardEntry]
    /// `x-amz-checksum-mode: ENABLED`: the object's checksum is wanted in the answer.
    public var wantsChecksum: Bool

    public init(
        bucket: BucketName, key: ObjectKey, version: VersionSelector = .current, range: RangeRequest? = nil,
        part: PartNumber? = nil, ifRange: String? = nil, conditions: ReadConditions = ReadConditions(),
        overrides: [ObjectMetadata.StandardEntry] = [], wantsChecksum: Bool = false
    ) {
        self.bucket = bucket
        self.key = key
        self.version = version
        self.range = range
        self.part = part
        self.ifRange = ifRange
        self.conditions = conditions
        self.overrides = overrides
        self.wantsChecksum = wantsChecksum
    }
}

/// Source: Amazon S3 API Reference, `DeleteObject` (`API_DeleteObject.html`).
public struct DeleteObjectRequest: Sendable, Equatable {
    public var bucket: BucketName
    public var key: ObjectKey
    public var version: VersionSelector
    public var condition: WriteCondition

    public init(
        bucket: BucketName, key: ObjectKey, version: VersionSelector = .current, condition: WriteCondition = .none
    ) {
        self.bucket = bucket
        self.key = key
        self.version = version
        self.condition = condition
    }
}
