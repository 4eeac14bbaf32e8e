private import Core

extension ParsedRequest {
    /// `GET` and `POST` with `?search`.
    func search(_ bucket: BucketName?) throws(S3Error) -> SearchRequest {
        var request = SearchRequest(bucket: bucket)
        request.format = Self.wantsXML(fields["accept"]) ? .xml : .json
        for item in query.items { try request.set(item.name, item.value) }
        if method == "POST" {
            request.document = try payload(maximumBytes: SearchRequest.maximumDocumentBytes)
        }
        return request
    }

    /// JSON unless XML is asked for before it.
    static func wantsXML(_ accept: String?) -> Bool {
        for piece in (accept ?? "").split(separator: ",") {
            let type = piece.split(separator: ";").first.map { String($0).trimmingSpaces.lowercased() }
            switch type {
            case "application/json", "application/*", "*/*": return false
            case "application/xml", "text/xml": return true
            default: continue
            }
        }
        return false
    }

    func searchConfiguration(_ bucket: BucketName) throws(S3Error) -> SearchConfigurationRequest {
        switch name {
        case .putSearchConfiguration:
            let document = try payload(maximumBytes: SearchConfigurationRequest.maximumDocumentBytes)
            guard document.length > 0 else { throw S3Error(.missingRequestBody) }
            return SearchConfigurationRequest(bucket: bucket, action: .put(document))
        case .deleteSearchConfiguration: return SearchConfigurationRequest(bucket: bucket, action: .delete)
        default: return SearchConfigurationRequest(bucket: bucket, action: .get)
        }
    }

    /// `GET ?events`.
    func events(_ bucket: BucketName) throws(S3Error) -> EventsRequest {
        var request = EventsRequest(bucket: bucket)
        request.isStream = (fields["accept"] ?? "").lowercased().contains("text/event-stream")
        request.prefix = try keyParameter("prefix") ?? []
        // A client of server-sent events comes back with the last position that it saw (HTML, "Last-Event-ID").
        request.position = fields["last-event-id"] ?? query["after"]
        if let text = query["limit"] {
            request.limit = try SearchRequest.number(text, "limit", 1...EventsRequest.maximumLimit)
        }
        if let text = query["wait"] {
            request.waitMilliseconds = try SearchRequest.number(text, "wait", 0...EventsRequest.maximumWaitMilliseconds)
        }
        return request
    }
}

extension SearchRequest {
    /// Parameters of signatures and the like are none of ours.
    mutating func set(_ name: String, _ value: String) throws(S3Error) {
        switch name {
        case "search", "x-id": break
        case "q": query = value
        case "sort":
            sort = value.split(separator: ",").map { Self.sort(String($0)) }
            guard sort.count <= Self.maximumSortKeys else {
                throw .invalidArgument("At most \(Self.maximumSortKeys) fields to sort by.", name: name, value: value)
            }
        case "limit": limit = try Self.number(value, name, 0...Self.maximumLimit)
        case "cursor": cursor = value.isEmpty ? nil : value
        case "facets":
            facets = Self.splitFacets(value)
            try checkFacets()
        case "highlight": highlights = try Self.flag(value, name)
        case "fields": fields = value.split(separator: ",").map(String.init)
        case "count":
            guard let count = Count(rawValue: value) else {
                throw .invalidArgument("count is none, lower_bound or exact.", name: name, value: value)
            }
            self.count = count
        case "explain": explains = try Self.flag(value, name)
        case "timeout": timeoutMilliseconds = try Self.number(value, name, 1...Self.maximumTimeoutMilliseconds)
        case "partial":
            guard value == "allow" || value == "deny" else {
                throw .invalidArgument("partial is allow or deny.", name: name, value: value)
            }
            allowsPartial = value == "allow"
        case "suggest": suggestion = value
        default:
            guard name.lowercased().hasPrefix("x-amz-") else {
                throw .invalidArgument("A search has no such parameter.", name: name, value: value)
            }
        }
    }

    static func number(_ text: String, _ name: String, _ range: ClosedRange<Int>) throws(S3Error) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw .invalidArgument(
                "\(name) is a number from \(range.lowerBound) to \(range.upperBound).", name: name, value: text)
        }
        return number
    }

    private func checkFacets() throws(S3Error) {
        guard facets.count <= Self.maximumFacets else {
            throw .invalidArgument("At most \(Self.maximumFacets) facets.", name: "facets", value: "")
        }
    }

    private static func flag(_ text: String, _ name: String) throws(S3Error) -> Bool {
        switch text {
        case "", "true", "1": return true
        case "false", "0": return false
        default: throw .invalidArgument("\(name) is true or false.", name: name, value: text)
        }
    }

    private static func sort(_ text: String) -> Sort {
        switch text.utf8.first {
        case UInt8(ascii: "-"): return Sort(field: String(text.dropFirst()), isDescending: true)
        case UInt8(ascii: "+"), UInt8(ascii: " "): return Sort(field: String(text.dropFirst()), isDescending: false)
        default: return Sort(field: text, isDescending: nil)
        }
    }

    /// At commas that are not within brackets.
    private static func splitFacets(_ text: String) -> [String] {
        var list: [String] = []
        var current = ""
        var isInside = false
        for character in text {
            if character == ",", !isInside {
                list.append(current)
                current = ""
                continue
            }
            if character == "[" { isInside = true }
            if character == "]" { isInside = false }
            current.append(character)
        }
        list.append(current)
        return list.filter { !$0.isEmpty }
    }

    /// The members of a POST's document have the names of the parameters; lists may be lists.
    /// - Throws: `InvalidRequest` that says where.
    mutating func accept(document: [UInt8]) throws(S3Error) {
        guard !document.isEmpty else { return }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONParser.parse(
                document, limits: JSONParser.Limits(bytes: Int(Self.maximumDocumentBytes), depth: 8))
        } catch {
            throw .invalidRequest("The document is no JSON: \(error).")
        }
        guard let object = value.object else { throw .invalidRequest("The document must be a JSON object.") }
        for member in object.members {
            switch member.value {
            case .null: continue
            case .string(let text): try set(member.name, text)
            case .integer(let number): try set(member.name, "\(number)")
            case .boolean(let flag): try set(member.name, flag ? "true" : "false")
            case .array(let values):
                let texts = values.compactMap(\.string)
                guard texts.count == values.count else {
                    throw .invalidArgument("A list of texts is expected.", name: member.name, value: "")
                }
                if member.name == "facets" {
                    facets = texts
                    try checkFacets()
                } else {
                    try set(member.name, texts.joined(separator: ","))
                }
            case .number, .object:
                throw .invalidArgument(
                    "A text, a whole number or a list of texts is expected.", name: member.name, value: "")
            }
        }
    }
}

extension SearchConfiguration {
    /// - Throws: `InvalidRequest` that says what is wrong.
    init(document: [UInt8]) throws(S3Error) {
        self.init()
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONParser.parse(document, limits: JSONParser.Limits(bytes: 64 << 10, depth: 8))
        } catch {
            throw .invalidRequest("The document is no JSON: \(error).")
        }
        guard let object = value.object else { throw .invalidRequest("The document must be a JSON object.") }
        for member in object.members {
            switch (member.name, member.value) {
            case ("fields", .array(let list)):
                for item in list { fields.append(try Self.field(item)) }
            case ("stemmer", .string(let name)): stemmer = name
            case ("stemmer", .null): stemmer = nil
            default:
                throw .invalidRequest("A search configuration has \"fields\" and \"stemmer\", not \"\(member.name)\".")
            }
        }
    }

    private static func field(_ value: JSONValue) throws(S3Error) -> Field {
        guard let name = value["name"]?.string, let type = value["type"]?.string else {
            throw .invalidRequest("A field has a \"name\" and a \"type\".")
        }
        guard let kind = Kind(rawValue: type) else {
            throw .invalidRequest("The type of a field is number, date or keyword, not \"\(type)\".")
        }
        return Field(name: name, kind: kind)
    }
}
