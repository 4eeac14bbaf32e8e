extension ParsedRequest {
    /// `API_CopyObject.html`.
    func copyObject(_ bucket: BucketName, _ key: ObjectKey) throws(S3Error) -> CopyObjectRequest {
        try refuseVersion()
        var request = CopyObjectRequest(bucket: bucket, key: key, source: try copySource())
        request.condition = try putCondition()
        request.checksumAlgorithm = try checksumAlgorithm()
        if try directive("x-amz-metadata-directive", "Unknown metadata directive.") {
            request.metadata = .replace(try metadata())
        }
        if try directive("x-amz-tagging-directive", "Unknown tagging directive.") {
            request.tags = .replace(try headerTags())
        }
        let changesNothing =
            request.metadata == .copy && request.checksumAlgorithm == nil && fields["x-amz-storage-class"] == nil
        if request.isOntoItself, changesNothing {
            throw .invalidRequest(
                "This copy request is illegal because it is trying to copy an object to itself without changing the "
                    + "object's metadata, storage class, website redirect location or encryption attributes.")
        }
        return request
    }

    /// True for REPLACE.
    private func directive(_ name: String, _ message: String) throws(S3Error) -> Bool {
        switch fields[name] {
        case nil, "COPY": return false
        case "REPLACE": return true
        case let value?: throw .invalidArgument(message, name: name, value: value)
        }
    }

    /// `bucket/key`, with a slash before it or not, percent-encoded, and `?versionId=` behind it.
    func copySource() throws(S3Error) -> CopySource {
        let text = fields["x-amz-copy-source"] ?? ""
        let malformed = S3Error.invalidArgument(
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey", name: "x-amz-copy-source",
            value: text)
        let marker = "?versionId="
        var path = text[...]
        var version = VersionSelector.current
        if let mark = text.firstIndex(of: "?"), text[mark...].hasPrefix(marker) {
            path = text[..<mark]
            switch text[mark...].dropFirst(marker.count) {
            case "null": version = .null
            case "": throw .invalidArgument("Version id cannot be the empty string", name: "versionId", value: "")
            default: throw .notImplemented(parameter: "x-amz-copy-source: versionId")
            }
        }
        guard var bytes = PercentEncoding.decode(path, plusIsSpace: true)?[...] else { throw malformed }
        if bytes.first == UInt8(ascii: "/") { bytes.removeFirst() }
        guard let slash = bytes.firstIndex(of: UInt8(ascii: "/")), slash > bytes.startIndex,
            slash + 1 < bytes.endIndex, let bucket = String(validating: bytes[..<slash], as: UTF8.self)
        else { throw malformed }
        return CopySource(
            bucket: try BucketName(bucket), key: try ObjectKey(Array(bytes[(slash + 1)...])), version: version,
            conditions: try readConditions(prefix: "x-amz-copy-source-"))
    }
}
