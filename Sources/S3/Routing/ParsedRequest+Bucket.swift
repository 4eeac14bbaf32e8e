extension ParsedRequest {
    /// `API_DeleteObjects.html`.
    func deleteObjects(_ bucket: BucketName) throws(S3Error) -> DeleteObjectsRequest {
        DeleteObjectsRequest(
            bucket: bucket, document: try provedDocument(maximumBytes: DeleteObjectsRequest.maximumDocumentBytes))
    }

    /// A document that must come with a digest: Content-MD5 or a checksum.
    func provedDocument(maximumBytes: UInt64) throws(S3Error) -> PayloadDescription {
        let document = try payload(maximumBytes: maximumBytes)
        guard document.contentMD5 != nil || document.checksum != .none else {
            throw .invalidRequest("Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
        }
        return document
    }

    /// `RESTObjectPOST.html`. The body is a form, and says so.
    func postObject(_ bucket: BucketName) throws(S3Error) -> PostObjectRequest {
        guard let type = fields["content-type"], let boundary = FormBoundary.parse(contentType: type) else {
            throw S3Error(
                .preconditionFailed,
                details: [S3Error.Detail("Condition", "Bucket POST must be of the enclosure-type multipart/form-data")])
        }
        if fields.isChunked { throw .notImplemented(header: "Transfer-Encoding") }
        guard let text = fields.contentLength else { throw S3Error(.missingContentLength) }
        guard let length = Self.number(text) else {
            throw .invalidArgument("The content length is not a number.", name: "Content-Length", value: text)
        }
        let maximum = PayloadDescription.maximumObjectBytes + UInt64(PostObjectRequest.maximumFieldBytes) + 4096
        guard length <= maximum else { throw .entityTooLarge(length, maximum: PayloadDescription.maximumObjectBytes) }
        return PostObjectRequest(bucket: bucket, boundary: boundary, length: length)
    }

    /// `API_ListObjectVersions.html`.
    func listObjectVersions(_ bucket: BucketName) throws(S3Error) -> ListObjectVersionsRequest {
        var request = ListObjectVersionsRequest(bucket: bucket)
        request.prefix = try keyParameter("prefix") ?? []
        request.delimiter = try keyParameter("delimiter") ?? []
        request.maximumKeys = try maximumKeys()
        request.keyMarker = try keyParameter("key-marker") ?? []
        request.encodesKeys = try encodesKeys()
        if let marker = query["version-id-marker"] {
            guard !marker.isEmpty else {
                throw .invalidArgument("A version-id marker cannot be empty.", name: "version-id-marker", value: "")
            }
            guard query["key-marker"] != nil else {
                throw .invalidArgument(
                    "A version-id marker cannot be specified without a key marker.", name: "version-id-marker",
                    value: marker)
            }
            guard marker == "null" else {
                throw .invalidArgument("Invalid version id specified", name: "version-id-marker", value: marker)
            }
            request.versionMarker = marker
        }
        return request
    }
}
