import Metadata
public import S3

/// The tags of an object. Changing them makes no new version and leaves its time of change.
public struct ObjectTagging: Sendable {
    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    public func get(_ request: ObjectRequest) async throws(S3Error) -> TagSet {
        let object = try await context.currentObject(request.bucket, request.key, request.version, withBody: false)
        return try TagSet(rows: object.record.tags)
    }

    public func put(_ request: PutObjectTaggingRequest) async throws(S3Error) {
        try await set(request.tags, request.bucket, request.key, request.version)
    }

    public func delete(_ request: ObjectRequest) async throws(S3Error) {
        try await set(TagSet(), request.bucket, request.key, request.version)
    }

    private func set(
        _ tags: TagSet, _ bucket: BucketName, _ key: ObjectKey, _ version: VersionSelector
    ) async throws(S3Error) {
        let record = try await context.activeBucket(bucket)
        let result = try await context.execute(
            .setTags(bucket: record.bucket, key: key.bytes, tags: tags.rows), at: .key(record.bucket, key.bytes))
        switch result {
        case .stored: return
        case .noSuchBucket: throw .noSuchBucket(bucket)
        case .noSuchKey: throw .missing(key, version)
        case let other: throw ObjectStoreContext.unexpected(other)
        }
    }
}
