import Metadata
public import S3

/// Without versioning a delete removes the current version; its blob becomes garbage, which the collector takes later.
public struct DeleteObject: Sendable {
    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    public func run(_ request: DeleteObjectRequest) async throws(S3Error) {
        let bucket = try await context.activeBucket(request.bucket)
        let result = try await context.execute(
            .deleteObject(
                bucket: bucket.bucket, key: request.key.bytes, condition: Condition(request.condition)),
            at: .key(bucket.bucket, request.key.bytes))
        switch result {
        case .deleted: return
        case .noSuchBucket: throw .noSuchBucket(request.bucket)
        case .noSuchKey: throw .noSuchKey(request.key)
        case .conditionFailed: throw S3Error(.preconditionFailed, details: [S3Error.Detail("Condition", "If-Match")])
        case let other: throw ObjectStoreContext.unexpected(other)
        }
    }
}
