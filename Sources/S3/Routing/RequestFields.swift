import HTTP

/// The header fields of a request, and the `x-amz-*` parameters of its query, which stand for header fields: a
/// presigned URL carries there what its sender could not be asked to send.
struct RequestFields: Sendable {
    private let headers: Headers
    private let query: [QueryItems.Item]

    init(_ head: RequestHead, _ query: QueryItems) {
        headers = head.headers
        self.query = query.items.compactMap { item in
            let name = item.name.lowercased()
            guard name.hasPrefix("x-amz-"), !Self.authentication.contains(name) else { return nil }
            return QueryItems.Item(name: name, value: item.value)
        }
    }

    private static let authentication: Set<String> = [
        "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-signedheaders",
        "x-amz-signature", "x-amz-security-token", "x-amz-content-sha256",
    ]

    /// The first value of a name; lower case.
    subscript(_ name: String) -> String? { headers[name] ?? query.first { $0.name == name }?.value }

    /// All values of a name, joined as RFC 9110, section 5.3, has it; nil if there is none.
    func joined(_ name: String) -> String? {
        let values = headers.all(name)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    /// Every `x-amz-*` field in order, those of the query last; names in lower case.
    var amazonFields: [(name: String, value: String)] {
        headers.fields.filter { $0.name.hasPrefix("x-amz-") }.map { ($0.name, $0.value) }
            + query.map { ($0.name, $0.value) }
    }

    var contentLength: String? { headers["content-length"] }
    var isChunked: Bool { headers["transfer-encoding"] != nil }
}
