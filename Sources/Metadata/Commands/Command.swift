public import Core

/// A change of a shard's state as its log carries it. The numbers are part of the log's format: never reused.
public enum Command: Sendable, Equatable {
    /// A gateway begins to talk to the shard; an older session of the same owner ends.
    case openSession(owner: UniqueID, session: UInt64)
    /// Makes `record` the current version. Its ordinals are set when it is applied.
    case putObject(bucket: BucketID, key: [UInt8], record: ObjectRecord, body: [UInt8]?, condition: Condition)
    case deleteObject(bucket: BucketID, key: [UInt8], condition: Condition)
    /// Up to 1,000 keys of one shard, each decided by itself.
    case deleteObjects(bucket: BucketID, [ConditionalDelete])
    /// A new version of the same bytes, which stay where they are.
    case rewriteMetadata(MetadataRewrite)
    /// Changes the current version in place; its ordinal stays.
    case setTags(bucket: BucketID, key: [UInt8], tags: [ObjectRecord.Tag])
    case upload(UploadCommand)
    /// System shard.
    case identity(IdentityCommand)
    /// The shard's copy of a bucket: writes are taken from now on.
    case openBucket(bucket: BucketID)
    /// Refused if the bucket has an object or upload in this shard.
    case closeBucket(bucket: BucketID)
    /// After a close: the bucket's copy goes.
    case forgetBucket(bucket: BucketID)
    /// System shard.
    case reserveBucketName(name: String, bucket: BucketID, owner: String, region: String)
    case setBucketState(name: String, bucket: BucketID, state: BucketState)
    /// What was configured goes with it.
    case removeBucketName(name: String, bucket: BucketID)
    /// System shard: nil takes the configuration away.
    case configureBucket(name: String, bucket: BucketID, kind: UInt8, bytes: [UInt8]?)
    /// A covering shard's copy of how a bucket's objects are to be indexed; nil: as usual.
    case setSearchSchema(bucket: BucketID, bytes: [UInt8]?)
    /// The fragments of these blobs are gone. Names of parts and tables are passed over: `clearParts` ends those.
    case clearGarbage([GarbageName])
    /// The fragments of the parts up to a part number, or up to a page of a part table, are gone; their rows go too, and
    /// with the last of them the garbage row.
    case clearParts(GarbageName, through: UInt16)
    /// Asks, in log order, whether a blob is referred to; if not, it must never be from now on.
    case condemn(bucket: BucketID, key: [UInt8], blob: BlobID)
}

/// One key of a `deleteObjects`.
public struct ConditionalDelete: Sendable, Equatable {
    public var key: [UInt8]
    public var condition: Condition

    public init(key: [UInt8], condition: Condition = .none) {
        self.key = key
        self.condition = condition
    }
}

/// What a copy of an object onto itself changes.
public struct MetadataRewrite: Sendable, Equatable {
    public var bucket: BucketID
    public var key: [UInt8]
    /// Of the version that was read; another one is refused as changed.
    public var ordinal: UInt64
    public var standardFields: [ObjectRecord.StandardField]
    public var userMetadata: [ObjectRecord.UserField]
    public var tags: [ObjectRecord.Tag]
    public var condition: Condition

    public init(
        bucket: BucketID, key: [UInt8], ordinal: UInt64, standardFields: [ObjectRecord.StandardField],
        userMetadata: [ObjectRecord.UserField], tags: [ObjectRecord.Tag], condition: Condition
    ) {
        self.bucket = bucket
        self.key = key
        self.ordinal = ordinal
        self.standardFields = standardFields
        self.userMetadata = userMetadata
        self.tags = tags
        self.condition = condition
    }

    func encode(to writer: inout ByteWriter) {
        bucket.encode(to: &writer)
        writer.write(key)
        writer.write(ordinal)
        ObjectRecord.encode(standardFields, to: &writer)
        ObjectRecord.encode(userMetadata, to: &writer)
        ObjectRecord.encode(tags, to: &writer)
        condition.encode(to: &writer)
    }

    init(from reader: inout ByteReader) throws(CodecError) {
        bucket = try BucketID(from: &reader)
        key = try reader.readBytes()
        ordinal = try reader.read()
        standardFields = try ObjectRecord.standardFields(from: &reader)
        userMetadata = try ObjectRecord.userFields(from: &reader)
        tags = try ObjectRecord.tags(from: &reader)
        condition = try Condition(from: &reader)
    }
}
