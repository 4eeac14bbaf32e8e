extension S3Operation {
    /// Completes the operation with the document that its `body` asked for.
    /// - Throws: `MalformedXML`, and what the operation says of its document.
    public mutating func accept(document: [UInt8]) throws(S3Error) {
        switch self {
        case .createBucket(var request):
            request.locationConstraint = try CreateBucketConfiguration.parse(document)
            self = .createBucket(request)
        case .putBucketTagging(var request):
            request.tags = try TaggingDocument.parse(document, of: .bucket)
            self = .putBucketTagging(request)
        case .putObjectTagging(var request):
            request.tags = try TaggingDocument.parse(document, of: .object)
            self = .putObjectTagging(request)
        case .putBucketACL(var request):
            if request.access == nil { request.access = try AccessControlDocument.parse(document) }
            self = .putBucketACL(request)
        case .putObjectACL(var request):
            if request.access == nil { request.access = try AccessControlDocument.parse(document) }
            self = .putObjectACL(request)
        case .deleteObjects(var request):
            (request.objects, request.isQuiet) = try DeleteDocument.parse(document)
            self = .deleteObjects(request)
        case .completeMultipartUpload(var request):
            request.parts = try CompletedParts.parse(document)
            self = .completeMultipartUpload(request)
        case .search(var request):
            try request.accept(document: document)
            self = .search(request)
        case .searchConfiguration(var request):
            request.configuration = try SearchConfiguration(document: document)
            self = .searchConfiguration(request)
        default:
            preconditionFailure("\(name.rawValue) takes no document")
        }
    }
}
