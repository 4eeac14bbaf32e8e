import Core
public import HTTP

/// Answers of the operations on objects: the fields of the API pages that each function names.
extension S3Response {
    /// `API_PutObject.html`.
    public static func putObject(_ result: PutObjectResult) -> S3Response {
        var headers: Headers = ["etag": result.tag.quoted]
        headers.add(result.checksum)
        return .empty(status: 200, headers: headers)
    }

    /// `API_DeleteObject.html`: the same whether or not there was an object.
    public static func deleteObject() -> S3Response { .empty(status: 204) }

    /// The head of the answer to a GET or HEAD; the caller sends the bytes that `decision` names, none for 304 and
    /// HEAD. `API_GetObject.html`, `API_HeadObject.html`; the fields of a 304 are those of RFC 9110, section 15.4.5.
    public static func getObject(
        _ object: ObjectDescription, _ decision: ReadDecision, to request: GetObjectRequest
    ) -> ResponseHead {
        var headers = Headers()
        headers.add("last-modified", Timestamp.httpDate(object.lastModified))
        headers.add("etag", object.tag.quoted)
        switch decision {
        case .notModified:
            for field in [ObjectMetadata.StandardField.cacheControl, .expires] {
                if let value = request.override(field) ?? object.metadata[field] {
                    headers.add(field.headerName, value)
                }
            }
            return ResponseHead(status: 304, headers: headers)
        case .whole:
            headers.add("content-length", "\(object.size)")
        case .part(let range):
            headers.add("content-length", "\(range.upperBound - range.lowerBound)")
            headers.add("content-range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(object.size)")
        }
        headers.add("accept-ranges", "bytes")
        for field in ObjectMetadata.StandardField.allCases {
            let fallback = field == .contentType ? ObjectMetadata.defaultContentType : nil
            if let value = request.override(field) ?? object.metadata[field] ?? fallback {
                headers.add(field.headerName, value)
            }
        }
        for entry in object.metadata.user { headers.add("x-amz-meta-\(entry.name)", EncodedWord.encode(entry.value)) }
        if object.tagCount > 0 { headers.add("x-amz-tagging-count", "\(object.tagCount)") }
        if request.part != nil, let count = object.partCount { headers.add("x-amz-mp-parts-count", "\(count)") }
        if request.wantsChecksum, let checksum = request.checksum(of: object, decision) { headers.add(checksum) }
        return ResponseHead(status: decision == .whole ? 200 : 206, headers: headers)
    }
}

extension GetObjectRequest {
    /// Of a range of the bytes the checksum of the whole proves nothing, and SDKs would hold it against the range.
    fileprivate func checksum(of object: ObjectDescription, _ decision: ReadDecision) -> ObjectChecksum? {
        if part != nil { return object.part.map(\.checksum) ?? object.checksum }
        return decision == .whole ? object.checksum : nil
    }

    fileprivate func override(_ field: ObjectMetadata.StandardField) -> String? {
        overrides.first { $0.field == field }?.value
    }
}

extension Headers {
    fileprivate mutating func add(_ checksum: ObjectChecksum) {
        add(checksum.algorithm.headerName, checksum.text)
        add("x-amz-checksum-type", checksum.type.name)
    }
}
