import Metadata
public import S3

/// Gives an upload and all its parts up; the collector takes the parts later.
public struct AbortMultipartUpload: Sendable {
    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    public func run(_ request: AbortMultipartUploadRequest) async throws(S3Error) {
        let bucket = try await context.activeBucket(request.bucket)
        let name = try context.uploadName(bucket, request.key, request.upload)
        switch try await context.execute(.upload(.abort(name)), at: .key(bucket.bucket, request.key.bytes)) {
        case .done: return
        case .noSuchUpload: throw .noSuchUpload(request.upload)
        case let other: throw ObjectStoreContext.unexpected(other)
        }
    }
}
