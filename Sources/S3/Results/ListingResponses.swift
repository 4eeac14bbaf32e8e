extension S3Response {
    /// `API_ListObjectsV2.html`, `API_ListObjects.html`.
    public static func listObjects(_ result: ListObjectsResult, to request: ListObjectsRequest) -> S3Response {
        let count = result.objects.count + result.commonPrefixes.count
        var writer = XMLWriter(reserving: 1024 + count * 400)
        writer.open("ListBucketResult", namespace: XMLWriter.s3Namespace)
        writer.element("Name", request.bucket.text)
        writer.key("Prefix", request.prefix, request)
        switch request.version {
        case .v1: writer.continuationV1(result, request)
        case .v2: writer.continuationV2(result, request, count: count)
        }
        writer.element("MaxKeys", request.maximumKeys)
        if !request.delimiter.isEmpty { writer.key("Delimiter", request.delimiter, request) }
        if request.encodesKeys { writer.element("EncodingType", "url") }
        writer.element("IsTruncated", result.next != nil)
        let owner = request.version == .v1 || request.wantsOwner ? result.owner : nil
        for object in result.objects { writer.contents(object, owner, request) }
        for prefix in result.commonPrefixes {
            writer.open("CommonPrefixes")
            writer.key("Prefix", prefix, request)
            writer.close("CommonPrefixes")
        }
        writer.close("ListBucketResult")
        return .document(writer.bytes)
    }
}

extension XMLWriter {
    fileprivate mutating func key(_ name: StaticString, _ key: [UInt8], _ request: ListObjectsRequest) {
        element(name, utf8: request.encodesKeys ? KeyEncoding.encode(key) : key)
    }

    /// `NextMarker` comes only with a delimiter: without one the last key serves.
    fileprivate mutating func continuationV1(_ result: ListObjectsResult, _ request: ListObjectsRequest) {
        key("Marker", request.echo.marker ?? [], request)
        if let next = result.next, !request.delimiter.isEmpty { key("NextMarker", next.bytes, request) }
    }

    fileprivate mutating func continuationV2(
        _ result: ListObjectsResult, _ request: ListObjectsRequest, count: Int
    ) {
        if let startAfter = request.echo.startAfter { key("StartAfter", startAfter, request) }
        if let token = request.echo.continuationToken { element("ContinuationToken", token) }
        if let next = result.next { element("NextContinuationToken", ContinuationToken.encode(next)) }
        element("KeyCount", count)
    }

    fileprivate mutating func contents(_ object: ListedObject, _ owner: Owner?, _ request: ListObjectsRequest) {
        open("Contents")
        key("Key", object.key, request)
        element("LastModified", object.lastModified)
        element("ETag", object.tag.quoted)
        if let checksum = object.checksum {
            element("ChecksumAlgorithm", checksum.algorithm.name)
            element("ChecksumType", checksum.type.name)
        }
        element("Size", object.size)
        if let owner { self.owner(owner) }
        element("StorageClass", "STANDARD")
        close("Contents")
    }
}
