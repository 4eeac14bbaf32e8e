public import Core
private import HTTP

/// Answers of Roost's own operations. Source: Sources/SearchIndex/QueryLanguage.md.
extension S3Response {
    public static func search(_ result: SearchResult, to request: SearchRequest) -> S3Response {
        switch request.format {
        case .json: .json(result.json(fields: Set(request.fields)))
        case .xml: .document(result.xml(fields: Set(request.fields)))
        }
    }

    public static func searchConfiguration(_ configuration: SearchConfiguration) -> S3Response {
        .json(configuration.json)
    }

    public static func putSearchConfiguration() -> S3Response { .empty(status: 200) }

    public static func deleteSearchConfiguration() -> S3Response { .empty(status: 204) }

    /// - Parameter position: behind the last event that was looked at, shown or not.
    public static func events(_ events: [BucketEvent], position: String) -> S3Response {
        .json(["events": .array(events.map(\.json)), "position": .string(position)])
    }

    static func json(_ value: JSONValue) -> S3Response {
        let bytes = value.encoded()
        return S3Response(
            head: ResponseHead(
                status: 200, headers: ["content-type": "application/json", "content-length": "\(bytes.count)"]),
            body: bytes)
    }
}

extension S3Error {
    /// The error as those operations show it that answer in JSON.
    public func jsonResponse(resource: String, requestID: String) -> S3Response {
        var error: JSONObject = ["code": .string(code.rawValue), "message": .string(message)]
        for detail in details {
            let name = detail.name.prefix(1).lowercased() + detail.name.dropFirst()
            if let number = Int64(detail.value), Self.numbers.contains(detail.name) {
                error[name] = .integer(number)
            } else if detail.name == "Expected" {
                error[name] = .array((error[name]?.array ?? []) + [.string(detail.value)])
            } else {
                error[name] = .string(detail.value)
            }
        }
        error["resource"] = .string(resource)
        error["requestId"] = .string(requestID)
        var response = S3Response.json(["error": .object(error)])
        response.head.status = status
        for header in headers { response.head.headers.set(header.name, header.value) }
        return response
    }

    /// Details of a query's error that are numbers.
    private static let numbers: Set<String> = ["Offset", "Length", "Column"]
}

extension BucketEvent {
    public var json: JSONValue {
        var object: JSONObject = [
            "type": .string(kind.rawValue), "key": .string(key.text), "time": .string(Timestamp.iso8601(time)),
        ]
        if let size { object["size"] = JSONValue(size) }
        if let tag { object["etag"] = .string(tag.text) }
        object["position"] = .string(position)
        return .object(object)
    }
}

extension SearchConfiguration {
    var json: JSONValue {
        var object: JSONObject = [
            "fields": .array(fields.map { ["name": .string($0.name), "type": .string($0.kind.rawValue)] })
        ]
        if let stemmer { object["stemmer"] = .string(stemmer) }
        return .object(object)
    }
}

extension SearchResult.Hit {
    func json(fields: Set<String>) -> JSONValue {
        var object = JSONObject()
        func add(_ name: String, _ value: @autoclosure () -> JSONValue) {
            if fields.isEmpty || fields.contains(name) { object[name] = value() }
        }
        object["bucket"] = .string(bucket)
        object["key"] = .string(key.text)
        add("version", .string(version))
        add("size", JSONValue(size))
        add("modified", .string(Timestamp.iso8601(modified)))
        add("type", .string(contentType))
        add("etag", .string(tag.text))
        add("owner", .string(owner))
        add("class", .string(storageClass))
        add("metadata", .object(Self.object(metadata, "meta.", fields)))
        add("tags", .object(Self.object(tags, "tag.", fields)))
        // `meta.NAME` alone asks for one of them.
        for (member, prefix, list) in [("metadata", "meta.", metadata), ("tags", "tag.", tags)]
        where !fields.isEmpty && !fields.contains(member) && fields.contains(where: { $0.hasPrefix(prefix) }) {
            object[member] = .object(Self.object(list.filter { fields.contains(prefix + $0.name) }, prefix, []))
        }
        add("score", .number(Double(score)))
        if !highlights.isEmpty {
            var shown = JSONObject()
            for highlight in highlights {
                shown[highlight.field] = .array(
                    (shown[highlight.field]?.array ?? []) + [.string(highlight.fragment)])
            }
            object["highlights"] = .object(shown)
        }
        if let explanation { object["explanation"] = .string(explanation) }
        return .object(object)
    }

    private static func object(_ list: [S3Error.Detail], _ prefix: String, _ fields: Set<String>) -> JSONObject {
        var object = JSONObject()
        for item in list { object[item.name] = .string(item.value) }
        return object
    }
}

extension SearchResult {
    func json(fields: Set<String>) -> JSONValue {
        if let suggestions {
            return [
                "suggestions": .array(
                    suggestions.map { ["text": .string($0.text), "documents": JSONValue($0.documents)] })
            ]
        }
        var object: JSONObject = ["took_us": JSONValue(tookMicroseconds)]
        if let count {
            object["count"] = ["value": JSONValue(count), "relation": .string(isCountExact ? "eq" : "gte")]
        }
        object["hits"] = .array(hits.map { $0.json(fields: fields) })
        if !facets.isEmpty {
            object["facets"] = .array(
                facets.map { facet in
                    [
                        "name": .string(facet.name),
                        "values": .array(
                            facet.values.map { ["value": .string($0.value), "count": JSONValue($0.count)] }),
                    ]
                })
        }
        if let cursor { object["cursor"] = .string(cursor) }
        object["applied"] = .array(
            applied.map { ["shard": JSONValue($0.shard), "sequence": JSONValue($0.applied)] })
        if !missing.isEmpty {
            object["partial"] = .array(
                missing.map { ["shard": JSONValue($0.shard), "reason": .string($0.reason)] })
        }
        if let explanation { object["explanation"] = .string(explanation) }
        return .object(object)
    }

    func xml(fields: Set<String>) -> [UInt8] {
        var writer = XMLWriter(reserving: 1024 + hits.count * 512)
        writer.open("SearchResult", namespace: XMLWriter.s3Namespace)
        for suggestion in suggestions ?? [] {
            writer.open("Suggestion")
            writer.element("Text", suggestion.text)
            writer.element("Documents", suggestion.documents)
            writer.close("Suggestion")
        }
        if let count {
            writer.element("Count", count)
            writer.element("IsCountExact", isCountExact)
        }
        for hit in hits { hit.write(to: &writer, fields: fields) }
        for facet in facets {
            writer.open("Facet")
            writer.element("Name", facet.name)
            for value in facet.values {
                writer.open("Value")
                writer.element("Value", value.value)
                writer.element("Count", value.count)
                writer.close("Value")
            }
            writer.close("Facet")
        }
        if let cursor { writer.element("Cursor", cursor) }
        for shard in applied {
            writer.open("Applied")
            writer.element("Shard", UInt64(shard.shard))
            writer.element("Sequence", shard.applied)
            writer.close("Applied")
        }
        for shard in missing {
            writer.open("Partial")
            writer.element("Shard", UInt64(shard.shard))
            writer.element("Reason", shard.reason)
            writer.close("Partial")
        }
        if let explanation { writer.element("Explanation", explanation) }
        writer.element("TookMicroseconds", tookMicroseconds)
        writer.close("SearchResult")
        return writer.bytes
    }
}

extension SearchResult.Hit {
    func write(to writer: inout XMLWriter, fields: Set<String>) {
        func wants(_ name: String) -> Bool { fields.isEmpty || fields.contains(name) }
        writer.open("Hit")
        writer.element("Bucket", bucket)
        writer.element("Key", utf8: key.bytes)
        if wants("version") { writer.element("VersionId", version) }
        if wants("size") { writer.element("Size", size) }
        if wants("modified") { writer.element("LastModified", modified) }
        if wants("type") { writer.element("ContentType", contentType) }
        if wants("etag") { writer.element("ETag", tag.quoted) }
        if wants("owner") { writer.element("Owner", owner) }
        if wants("class") { writer.element("StorageClass", storageClass) }
        for item in metadata where wants("metadata") || fields.contains("meta." + item.name) {
            writer.open("Metadata")
            writer.element("Name", item.name)
            writer.element("Value", item.value)
            writer.close("Metadata")
        }
        for item in tags where wants("tags") || fields.contains("tag." + item.name) {
            writer.open("Tag")
            writer.element("Key", item.name)
            writer.element("Value", item.value)
            writer.close("Tag")
        }
        if wants("score") { writer.element("Score", "\(score)") }
        for highlight in highlights {
            writer.open("Highlight")
            writer.element("Field", highlight.field)
            writer.element("Fragment", highlight.fragment)
            writer.close("Highlight")
        }
        if let explanation { writer.element("Explanation", explanation) }
        writer.close("Hit")
    }
}
