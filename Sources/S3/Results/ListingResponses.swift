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
            writer.raw("<Contents><Key>")
            writer.text(key: object.key, encoded: request.encodesKeys)
            writer.raw("</Key>")
            writer.describe(object, owner: owner)
            writer.raw("</Contents>")
        }
        writer.commonPrefixes(result.commonPrefixes, encoded: request.encodesKeys)
        writer.close("ListBucketResult")
        return .document(writer.bytes)
    }
}

extension XMLWriter {
    mutating func key(_ name: StaticString, _ key: [UInt8], encoded: Bool) {
        open(name)
        text(key: key, encoded: encoded)
        close(name)
    }

    mutating func text(key: [UInt8], encoded: Bool) {
        if encoded { text(percentEncoding: key) } else { text(utf8: key) }
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
        raw("<LastModified>")
        append(object.lastModified)
        raw("</LastModified><ETag>&quot;")
        text(object.tag.text)
        raw("&quot;</ETag>")
        if let checksum = object.checksum {
            raw("<ChecksumAlgorithm>")
            text(checksum.algorithm.name)
            raw("</ChecksumAlgorithm><ChecksumType>")
            text(checksum.type.name)
            raw("</ChecksumType>")
        }
        raw("<Size>")
        append(object.size)
        raw("</Size>")
        if let owner { self.owner(owner) }
        raw("<StorageClass>STANDARD</StorageClass>")
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
