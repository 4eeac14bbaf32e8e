/// What has become of each object of a DeleteObjects.
public struct DeleteObjectsResult: Sendable, Equatable {
    /// In the order of the request.
    public var outcomes: [Outcome]

    public struct Outcome: Sendable, Equatable {
        public var target: DeleteObjectsRequest.Target
        /// nil: it is gone, or was not there.
        public var error: S3Error?

        public init(_ target: DeleteObjectsRequest.Target, error: S3Error? = nil) {
            self.target = target
            self.error = error
        }
    }

    public init(outcomes: [Outcome]) { self.outcomes = outcomes }
}

extension S3Response {
    /// `API_DeleteObjects.html`.
    public static func deleteObjects(_ result: DeleteObjectsResult, to request: DeleteObjectsRequest) -> S3Response {
        var writer = XMLWriter(reserving: 256 + (request.isQuiet ? 0 : result.outcomes.count * 128))
        writer.open("DeleteResult", namespace: XMLWriter.s3Namespace)
        for outcome in result.outcomes {
            guard let error = outcome.error else {
                if !request.isQuiet { writer.deleted(outcome.target) }
                continue
            }
            writer.open("Error")
            writer.element("Key", utf8: outcome.target.key.bytes)
            if outcome.target.version == .null { writer.element("VersionId", "null") }
            writer.element("Code", error.code.rawValue)
            writer.element("Message", error.message)
            writer.close("Error")
        }
        writer.close("DeleteResult")
        return .document(writer.bytes)
    }
}

extension XMLWriter {
    fileprivate mutating func deleted(_ target: DeleteObjectsRequest.Target) {
        open("Deleted")
        element("Key", utf8: target.key.bytes)
        if target.version == .null { element("VersionId", "null") }
        close("Deleted")
    }
}
