public import S3

/// Access control lists are not kept: the owner has full control, and nobody else any.
public struct AccessControl: Sendable {
    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    public func get(_ request: BucketRequest) async throws(S3Error) {
        _ = try await context.activeBucket(request.bucket)
    }

    public func get(_ request: ObjectRequest) async throws(S3Error) {
        _ = try await context.currentObject(request.bucket, request.key, request.version, withBody: false)
    }

    /// - Throws: `NotImplemented` for a list that says anything else.
    public func put(_ request: PutBucketACLRequest, by requester: Requester) async throws(S3Error) {
        _ = try await context.activeBucket(request.bucket)
        try request.access?.check(owner: requester.owner)
    }

    /// - Throws: `NotImplemented` for a list that says anything else.
    public func put(_ request: PutObjectACLRequest, by requester: Requester) async throws(S3Error) {
        _ = try await context.currentObject(request.bucket, request.key, request.version, withBody: false)
        try request.access?.check(owner: requester.owner)
    }
}
