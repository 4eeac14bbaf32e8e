extension S3Response {
    /// `API_ListObjectsV2.html`, `API_ListObjects.html`.
    public static func listObjects(_ result: ListObjectsResult, to request: ListObjectsRequest) -> S3Response {
        let count = result.objects.count + result.commonPrefixes.count
        var writer = XMLWriter(reserving: 1024 + count * 400)
        writer.open("ListBucketResult", namespace: XMLWriter.s3Namespace)
        writer.element("Name", request.bucket.text)
        writer.key("Prefix", request.prefix, encoded: request.encodesKeys)
        switch request.version {
        case .v1: writer.continuationV1(result, request)
        case .v2: writer.continuationV2(result, request, count: count)
        }
        writer.element("MaxKeys", request.maximumKeys)
        if !request.delimiter.isEmpty { writer.key("Delimiter", request.delimiter, encoded: request.encodesKeys) }
        if request.encodesKeys { writer.element("EncodingType", "url") }
        writer.element("IsTruncated", result.next != nil)
        let owner = request.version == .v1 || request.wantsOwner ? result.owner : nil
        for object in result.objects {
            writer.open("Contents")
            writer.key("Key", object.key, encoded: request.encodesKeys)
            writer.describe(object, owner: owner)
            writer.close("Contents")
        }
        writer.commonPrefixes(result.commonPrefixes, encoded: request.encodesKeys)
        writer.close("ListBucketResult")
        return .document(writer.bytes)
    }
}

extension XMLWriter {
    mutating func key(_ name: StaticString, _ key: [UInt8], encoded: Bool) {
        element(name, utf8: encoded ? KeyEncoding.encode(key) : key)
    }

    mutating func commonPrefixes(_ prefixes: [[UInt8]], encoded: Bool) {
        for prefix in prefixes {
            open("CommonPrefixes")
            key("Prefix", prefix, encoded: encoded)
            close("CommonPrefixes")
        }
    }

    /// All but key and version.
    mutating func describe(_ object: ListedObject, owner: Owner?) {
        element("LastModified", object.lastModified)
        element("ETag", object.tag.quoted)
        if let checksum = object.checksum {
            element("ChecksumAlgorithm", checksum.algorithm.name)
            element("ChecksumType", checksum.type.name)
        }
        element("Size", object.size)
        if let owner { self.owner(owner) }
        element("StorageClass", "STANDARD")
    }

    /// `NextMarker` comes only with a delimiter: without one the last key serves.
    fileprivate mutating func continuationV1(_ result: ListObjectsResult, _ request: ListObjectsRequest) {
        key("Marker", request.echo.marker ?? [], encoded: request.encodesKeys)
        if let next = result.next, !request.delimiter.isEmpty {
            key("NextMarker", next.bytes, encoded: request.encodesKeys)
        }
    }

    fileprivate mutating func continuationV2(
        _ result: ListObjectsResult, _ request: ListObjectsRequest, count: Int
    ) {
        if let startAfter = request.echo.startAfter { key("StartAfter", startAfter, encoded: request.encodesKeys) }
        if let token = request.echo.continuationToken { element("ContinuationToken", token) }
        if let next = result.next { element("NextContinuationToken", ContinuationToken.encode(next)) }
        element("KeyCount", count)
    }
}
