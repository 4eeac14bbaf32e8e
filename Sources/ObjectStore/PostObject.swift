public import S3

/// An upload from a form: a PutObject whose file ends where the form says, at a length that nobody announced.
public struct PostObject: Sendable {
    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    public func run(
        _ upload: PostObjectUpload, body form: FormBody, by requester: Requester
    ) async throws(S3Error) -> PutObjectResult {
        var request = upload.put
        let source = LookAheadSource(form)
        // Of a small file the length is known at once, and it is stored inline like any other.
        let limit = context.limits.inlineBytes
        let count = try await source.lookAhead(limit + 1)
        if count <= limit { request.payload.length = UInt64(count) }
        let body = ObjectBody(source, request.payload, signing: nil, lookingAhead: source)
        return try await PutObject(context).run(request, body: body, by: requester)
    }
}
