import Core

extension ParsedRequest {
    /// `API_CreateMultipartUpload.html`.
    func createMultipartUpload(_ bucket: BucketName, _ key: ObjectKey) throws(S3Error) -> CreateMultipartUploadRequest {
        CreateMultipartUploadRequest(
            bucket: bucket, key: key, metadata: try metadata(), tags: try headerTags(),
            checksum: try multipartChecksum())
    }

    /// `API_UploadPart.html`.
    func uploadPart(_ bucket: BucketName, _ key: ObjectKey) throws(S3Error) -> UploadPartRequest {
        UploadPartRequest(
            bucket: bucket, key: key, upload: uploadID, part: try requiredPartNumber(),
            payload: try payload(maximumBytes: MultipartLimits.maximumPartBytes))
    }

    /// `API_UploadPartCopy.html`.
    func uploadPartCopy(_ bucket: BucketName, _ key: ObjectKey) throws(S3Error) -> UploadPartCopyRequest {
        UploadPartCopyRequest(
            bucket: bucket, key: key, upload: uploadID, part: try requiredPartNumber(), source: try copySource(),
            range: try copySourceRange())
    }

    /// `API_CompleteMultipartUpload.html`. The checksum fields of the head are about the object, not the document.
    func completeMultipartUpload(
        _ bucket: BucketName, _ key: ObjectKey
    ) throws(S3Error) -> CompleteMultipartUploadRequest {
        var request = CompleteMultipartUploadRequest(
            bucket: bucket, key: key, upload: uploadID,
            document: try payload(
                maximumBytes: CompleteMultipartUploadRequest.maximumDocumentBytes, readsChecksum: false),
            condition: try putCondition())
        if let text = fields["x-amz-mp-object-size"] {
            guard let size = Self.number(text) else {
                throw .invalidRequest("Value for x-amz-mp-object-size header is invalid.")
            }
            request.objectSize = size
        }
        request.checksumType = try checksumType()
        let given = try checksumFields()
        guard given.count <= 1 else { throw Self.severalChecksums }
        if let (algorithm, text) = given.first {
            guard let checksum = ObjectChecksum(algorithm: algorithm, objectText: text) else {
                throw .invalidRequest("Value for \(algorithm.headerName) header is invalid.")
            }
            request.checksum = checksum
        }
        return request
    }

    /// `API_AbortMultipartUpload.html`.
    func abortMultipartUpload(_ bucket: BucketName, _ key: ObjectKey) -> AbortMultipartUploadRequest {
        AbortMultipartUploadRequest(bucket: bucket, key: key, upload: uploadID)
    }

    /// `API_ListParts.html`.
    func listParts(_ bucket: BucketName, _ key: ObjectKey) throws(S3Error) -> ListPartsRequest {
        ListPartsRequest(
            bucket: bucket, key: key, upload: uploadID,
            maximumParts: try count(query["max-parts"], "max-parts", maximum: ListPartsRequest.maximumPage),
            marker: try count(query["part-number-marker"], "part-number-marker", maximum: .max, empty: 0))
    }

    /// `API_ListMultipartUploads.html`.
    func listMultipartUploads(_ bucket: BucketName) throws(S3Error) -> ListMultipartUploadsRequest {
        var request = ListMultipartUploadsRequest(bucket: bucket)
        request.prefix = try keyParameter("prefix") ?? []
        request.delimiter = try keyParameter("delimiter") ?? []
        request.maximumUploads = try count(
            query["max-uploads"], "max-uploads", maximum: ListMultipartUploadsRequest.maximumPage)
        request.keyMarker = try keyParameter("key-marker") ?? []
        if !request.keyMarker.isEmpty, let marker = query["upload-id-marker"], !marker.isEmpty {
            request.uploadMarker = UploadID(text: marker)
        }
        request.encodesKeys = try encodesKeys()
        return request
    }

    // MARK: Parts and uploads

    /// Whether there is such an upload the store knows: an ID that it never gave names none.
    private var uploadID: UploadID { UploadID(text: query["uploadId"] ?? "") }

    private func requiredPartNumber() throws(S3Error) -> PartNumber {
        let text = query["partNumber"] ?? ""
        guard let number = PartNumber(text) else { throw Self.badPartNumber(text) }
        return number
    }

    static func badPartNumber(_ text: String) -> S3Error {
        .invalidArgument(
            "Part number must be an integer between 1 and 10000, inclusive", name: "partNumber", value: text)
    }

    /// `bytes=first-last`, both of them.
    private func copySourceRange() throws(S3Error) -> Range<UInt64>? {
        guard let text = fields["x-amz-copy-source-range"] else { return nil }
        guard case .from(let first, let last?) = RangeRequest(text), last < .max else {
            throw .invalidArgument(
                "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
                    + "zero-based offsets of the first and last bytes to copy",
                name: "x-amz-copy-source-range", value: text)
        }
        return first..<last + 1
    }

    // MARK: Checksums

    /// Of the upload. Not every algorithm goes with every type: see `ChecksumAlgorithm.multipartTypes`.
    private func multipartChecksum() throws(S3Error) -> MultipartChecksum? {
        let type = try checksumType()
        guard let algorithm = try checksumAlgorithm() else {
            guard type == nil else {
                throw .invalidRequest(
                    "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.")
            }
            return nil
        }
        let types = algorithm.multipartTypes
        guard let type else { return MultipartChecksum(algorithm, types[0]) }
        guard types.contains(type) else {
            throw .invalidRequest(
                "The \(type.name) checksum type cannot be used with the \(algorithm.name.lowercased()) checksum "
                    + "algorithm.")
        }
        return MultipartChecksum(algorithm, type)
    }

    private func checksumType() throws(S3Error) -> ChecksumType? {
        guard let text = fields["x-amz-checksum-type"] else { return nil }
        guard let type = ChecksumType(name: text) else {
            throw .invalidRequest("Value for x-amz-checksum-type header is invalid.")
        }
        return type
    }

    /// `x-amz-checksum-algorithm`, of uploads and copies.
    func checksumAlgorithm() throws(S3Error) -> ChecksumAlgorithm? {
        guard let text = fields["x-amz-checksum-algorithm"] else { return nil }
        guard let algorithm = ChecksumAlgorithm(name: text) else {
            throw .invalidRequest(
                "Checksum algorithm provided is unsupported. Please try again with any of the valid "
                    + "types: [\(ChecksumAlgorithm.allCases.map(\.name).joined(separator: ", "))]")
        }
        return algorithm
    }
}
