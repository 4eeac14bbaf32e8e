extension S3Response {
    /// `API_ListObjectVersions.html`.
    /// - Parameter result: the page of `request.objects`.
    public static func listObjectVersions(
        _ result: ListObjectsResult, to request: ListObjectVersionsRequest
    ) -> S3Response {
        var writer = XMLWriter(reserving: 1024 + result.objects.count * 450 + result.commonPrefixes.count * 100)
        writer.open("ListVersionsResult", namespace: XMLWriter.s3Namespace)
        writer.element("Name", request.bucket.text)
        writer.key("Prefix", request.prefix, encoded: request.encodesKeys)
        writer.key("KeyMarker", request.keyMarker, encoded: request.encodesKeys)
        writer.element("VersionIdMarker", request.versionMarker ?? "")
        switch result.next {
        case .key(let key):
            writer.key("NextKeyMarker", key, encoded: request.encodesKeys)
            writer.element("NextVersionIdMarker", "null")
        case .commonPrefix(let prefix):
            writer.key("NextKeyMarker", prefix, encoded: request.encodesKeys)
        case nil: break
        }
        writer.element("MaxKeys", request.maximumKeys)
        if !request.delimiter.isEmpty { writer.key("Delimiter", request.delimiter, encoded: request.encodesKeys) }
        if request.encodesKeys { writer.element("EncodingType", "url") }
        writer.element("IsTruncated", result.next != nil)
        for object in result.objects {
            writer.raw("<Version><Key>")
            writer.text(key: object.key, encoded: request.encodesKeys)
            writer.raw("</Key><VersionId>null</VersionId><IsLatest>true</IsLatest>")
            writer.describe(object, owner: result.owner)
            writer.raw("</Version>")
        }
        writer.commonPrefixes(result.commonPrefixes, encoded: request.encodesKeys)
        writer.close("ListVersionsResult")
        return .document(writer.bytes)
    }
}
