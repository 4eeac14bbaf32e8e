public import Core

/// What is copied, and on which conditions.
///
/// Source: Amazon S3 API Reference, `CopyObject` (`API_CopyObject.html`, "x-amz-copy-source").
public struct CopySource: Sendable, Equatable {
    public var bucket: BucketName
    public var key: ObjectKey
    public var version: VersionSelector
    public var conditions: ReadConditions

    public init(
        bucket: BucketName, key: ObjectKey, version: VersionSelector = .current,
        conditions: ReadConditions = ReadConditions()
    ) {
        self.bucket = bucket
        self.key = key
        self.version = version
        self.conditions = conditions
    }

    /// - Throws: `PreconditionFailed` where a GET would answer 304 or 412.
    public func check(tag: EntityTag, lastModified: WallTime) throws(S3Error) {
        let field: String
        switch conditions.evaluate(tag: tag, lastModified: lastModified) {
        case .proceed: return
        case .failed(let name): field = name
        case .notModified: field = conditions.ifNoneMatch == nil ? "If-Modified-Since" : "If-None-Match"
        }
        throw S3Error(
            .preconditionFailed, details: [S3Error.Detail("Condition", "x-amz-copy-source-\(field)")])
    }
}

/// Whether something of the source goes with a copy.
public enum CopyDirective<Value: Sendable & Equatable>: Sendable, Equatable {
    case copy
    /// In the place of the source's.
    case replace(Value)
}

/// Source: Amazon S3 API Reference, `CopyObject` (`API_CopyObject.html`).
public struct CopyObjectRequest: Sendable, Equatable {
    /// Bytes of the source at most: 5 GiB.
    public static let maximumSourceBytes: UInt64 = 5 << 30

    public var bucket: BucketName
    public var key: ObjectKey
    public var source: CopySource
    public var metadata: CopyDirective<ObjectMetadata>
    public var tags: CopyDirective<TagSet>
    /// Of the destination.
    public var condition: WriteCondition
    /// nil: as the source; of a source with a COMPOSITE checksum, the same algorithm over all bytes.
    public var checksumAlgorithm: ChecksumAlgorithm?

    public init(
        bucket: BucketName, key: ObjectKey, source: CopySource, metadata: CopyDirective<ObjectMetadata> = .copy,
        tags: CopyDirective<TagSet> = .copy, condition: WriteCondition = .none,
        checksumAlgorithm: ChecksumAlgorithm? = nil
    ) {
        self.bucket = bucket
        self.key = key
        self.source = source
        self.metadata = metadata
        self.tags = tags
        self.condition = condition
        self.checksumAlgorithm = checksumAlgorithm
    }

    /// The destination is the source.
    public var isOntoItself: Bool { bucket == source.bucket && key == source.key }
}
