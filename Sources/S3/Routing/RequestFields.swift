import HTTP

/// The header fields of a request, and the `x-amz-*` parameters of its query, which stand for header fields: a
/// presigned URL carries there what its sender could not be asked to send.
struct RequestFields: Sendable {
    private let headers: Headers
    private let query: [QueryItems.Item]

    init(_ head: RequestHead, _ query: QueryItems) {
        headers = head.headers
        self.query = query.items.isEmpty ? [] : Self.fields(query)
    }

    private static func fields(_ query: QueryItems) -> [QueryItems.Item] {
        query.items.compactMap { item in
            let name = item.name.lowercased()
            guard name.hasASCIIPrefix("x-amz-"), !authentication.contains(name) else { return nil }
            return QueryItems.Item(name: name, value: item.value)
        }
    }

    private static let authentication: Set<String> = [
        "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-signedheaders",
        "x-amz-signature", "x-amz-security-token", "x-amz-content-sha256",
    ]

    /// The first value of a name; lower case.
    subscript(_ name: String) -> String? {
        if let value = headers[name] { return value }
        return query.isEmpty ? nil : query.first { $0.name == name }?.value
    }

    /// All values of a name, joined as RFC 9110, section 5.3, has it; nil if there is none.
    func joined(_ name: String) -> String? {
        guard let first = headers[name] else { return nil }
        let values = headers.all(name)
        return values.count == 1 ? first : values.joined(separator: ", ")
    }

    /// Calls `body` with every `x-amz-*` field in order, those of the query last; names in lower case.
    func forEachAmazonField(_ body: (_ name: String, _ value: String) throws(S3Error) -> Void) throws(S3Error) {
        let fields = headers.fields
        for index in fields.indices where fields[index].name.utf8.count > 6 {
            let name = fields[index].name
            if name.hasASCIIPrefix("x-amz-") { try body(name, fields[index].value) }
        }
        for item in query { try body(item.name, item.value) }
    }

    var contentLength: String? { headers["content-length"] }
    var isChunked: Bool { headers["transfer-encoding"] != nil }
}
