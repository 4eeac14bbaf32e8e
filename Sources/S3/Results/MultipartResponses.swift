private import HTTP

/// Answers of multipart uploads: the shapes of the API pages that each function names.
extension S3Response {
    /// `API_CreateMultipartUpload.html`.
    public static func createMultipartUpload(
        _ upload: UploadID, to request: CreateMultipartUploadRequest
    ) -> S3Response {
        var writer = XMLWriter()
        writer.open("InitiateMultipartUploadResult", namespace: XMLWriter.s3Namespace)
        writer.element("Bucket", request.bucket.text)
        writer.element("Key", utf8: request.key.bytes)
        writer.element("UploadId", upload.text)
        writer.close("InitiateMultipartUploadResult")
        var response = S3Response.document(writer.bytes)
        if let checksum = request.checksum {
            response.head.headers.add("x-amz-checksum-algorithm", checksum.algorithm.name)
            response.head.headers.add("x-amz-checksum-type", checksum.type.name)
        }
        return response
    }

    /// `API_UploadPart.html`.
    public static func uploadPart(_ result: UploadPartResult) -> S3Response {
        var headers: Headers = ["etag": result.tag.quoted]
        if let checksum = result.checksum { headers.add(checksum.algorithm.headerName, checksum.text) }
        return .empty(status: 200, headers: headers)
    }

    /// `API_UploadPartCopy.html`.
    public static func uploadPartCopy(_ result: CopyResult) -> S3Response {
        copy(result, "CopyPartResult", isObject: false)
    }

    /// `API_CopyObject.html`.
    public static func copyObject(_ result: CopyResult) -> S3Response {
        copy(result, "CopyObjectResult", isObject: true)
    }

    private static func copy(_ result: CopyResult, _ name: StaticString, isObject: Bool) -> S3Response {
        var writer = XMLWriter()
        writer.open(name, namespace: XMLWriter.s3Namespace)
        writer.element("LastModified", result.lastModified)
        writer.element("ETag", result.tag.quoted)
        if let checksum = result.checksum {
            if isObject { writer.element("ChecksumType", checksum.type.name) }
            writer.element(checksum.algorithm.elementName, checksum.text)
        }
        writer.close(name)
        var response = S3Response.document(writer.bytes)
        if let version = result.sourceVersion { response.head.headers.add("x-amz-copy-source-version-id", version) }
        return response
    }

    /// `API_CompleteMultipartUpload.html`.
    /// - Parameter location: the object's URL.
    public static func completeMultipartUpload(
        _ result: CompleteMultipartUploadResult, to request: CompleteMultipartUploadRequest, location: String
    ) -> S3Response {
        var writer = XMLWriter()
        writer.open("CompleteMultipartUploadResult", namespace: XMLWriter.s3Namespace)
        writer.element("Location", location)
        writer.element("Bucket", request.bucket.text)
        writer.element("Key", utf8: request.key.bytes)
        writer.element("ETag", result.tag.quoted)
        if let checksum = result.checksum {
            writer.element(checksum.algorithm.elementName, checksum.text)
            writer.element("ChecksumType", checksum.type.name)
        }
        writer.close("CompleteMultipartUploadResult")
        return .document(writer.bytes)
    }

    /// `API_AbortMultipartUpload.html`.
    public static func abortMultipartUpload() -> S3Response { .empty(status: 204) }

    /// `API_ListParts.html`.
    public static func listParts(_ result: ListPartsResult, to request: ListPartsRequest) -> S3Response {
        var writer = XMLWriter(reserving: 1024 + result.parts.count * 300)
        writer.open("ListPartsResult", namespace: XMLWriter.s3Namespace)
        writer.element("Bucket", request.bucket.text)
        writer.element("Key", utf8: request.key.bytes)
        writer.element("UploadId", request.upload.text)
        writer.owner(result.initiator, "Initiator")
        writer.owner(result.owner)
        writer.element("StorageClass", "STANDARD")
        writer.element("PartNumberMarker", request.marker)
        writer.element("NextPartNumberMarker", result.parts.last?.number.value ?? 0)
        writer.element("MaxParts", request.maximumParts)
        writer.element("IsTruncated", result.isTruncated)
        writer.multipartChecksum(result.checksum)
        for part in result.parts {
            writer.open("Part")
            writer.element("PartNumber", part.number.value)
            writer.element("LastModified", part.lastModified)
            writer.element("ETag", part.tag.quoted)
            writer.element("Size", part.size)
            if let checksum = part.checksum { writer.element(checksum.algorithm.elementName, checksum.text) }
            writer.close("Part")
        }
        writer.close("ListPartsResult")
        return .document(writer.bytes)
    }

    /// `API_ListMultipartUploads.html`.
    public static func listMultipartUploads(
        _ result: ListMultipartUploadsResult, to request: ListMultipartUploadsRequest
    ) -> S3Response {
        var writer = XMLWriter(reserving: 1024 + result.uploads.count * 600)
        writer.open("ListMultipartUploadsResult", namespace: XMLWriter.s3Namespace)
        writer.element("Bucket", request.bucket.text)
        writer.key("KeyMarker", request.keyMarker, encoded: request.encodesKeys)
        writer.element("UploadIdMarker", request.uploadMarker?.text ?? "")
        switch result.next {
        case .upload(let key, let upload):
            writer.key("NextKeyMarker", key, encoded: request.encodesKeys)
            writer.element("NextUploadIdMarker", upload.text)
        case .commonPrefix(let prefix):
            writer.key("NextKeyMarker", prefix, encoded: request.encodesKeys)
            writer.element("NextUploadIdMarker", "")
        case nil: break
        }
        writer.key("Prefix", request.prefix, encoded: request.encodesKeys)
        if !request.delimiter.isEmpty { writer.key("Delimiter", request.delimiter, encoded: request.encodesKeys) }
        if request.encodesKeys { writer.element("EncodingType", "url") }
        writer.element("MaxUploads", request.maximumUploads)
        writer.element("IsTruncated", result.next != nil)
        for upload in result.uploads {
            writer.open("Upload")
            writer.key("Key", upload.key, encoded: request.encodesKeys)
            writer.element("UploadId", upload.upload.text)
            writer.owner(upload.initiator, "Initiator")
            writer.owner(upload.owner)
            writer.element("StorageClass", "STANDARD")
            writer.element("Initiated", upload.initiated)
            writer.multipartChecksum(upload.checksum)
            writer.close("Upload")
        }
        writer.commonPrefixes(result.commonPrefixes, encoded: request.encodesKeys)
        writer.close("ListMultipartUploadsResult")
        return .document(writer.bytes)
    }
}

extension XMLWriter {
    fileprivate mutating func multipartChecksum(_ checksum: MultipartChecksum?) {
        guard let checksum else { return }
        element("ChecksumAlgorithm", checksum.algorithm.name)
        element("ChecksumType", checksum.type.name)
    }
}
