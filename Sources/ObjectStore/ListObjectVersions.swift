public import S3

/// Of a bucket that keeps no versions: a page of its objects, each with the one version that it has.
public struct ListObjectVersions: Sendable {
    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    public func run(
        _ request: ListObjectVersionsRequest, by requester: Requester
    ) async throws(S3Error) -> ListObjectsResult {
        try await ListObjects(context).run(request.objects, by: requester)
    }
}
