/// The parameters of a request's query in the order in which they came, decoded. A name may come more than once, and
/// without a value (`?uploads`).
struct QueryItems: Sendable, Equatable {
    struct Item: Sendable, Equatable {
        var name: String
        /// Empty if there is none.
        var value: String
    }

    /// Parameters of one request at most.
    static let maximumItems = 256

    private(set) var items: [Item] = []

    init(items: [Item] = []) { self.items = items }

    /// - Throws: `InvalidURI` if an escape is broken, the text is not UTF-8 or there are too many parameters.
    init(_ query: Substring) throws(S3Error) {
        if query.isEmpty { return }
        for piece in query.split(separator: "&", omittingEmptySubsequences: true) {
            guard items.count < Self.maximumItems else { throw S3Error(.invalidURI) }
            let equals = piece.firstIndex(of: "=")
            let name = try Self.decode(equals.map { piece[..<$0] } ?? piece)
            let value = try equals.map { (index) throws(S3Error) in
                try Self.decode(piece[piece.index(after: index)...])
            }
            items.append(Item(name: name, value: value ?? ""))
        }
    }

    private static func decode(_ text: Substring) throws(S3Error) -> String {
        guard let bytes = PercentEncoding.decode(text, plusIsSpace: true),
            let string = String(validating: bytes, as: UTF8.self)
        else { throw S3Error(.invalidURI) }
        return string
    }

    /// The first value of a name.
    subscript(_ name: String) -> String? { items.first { $0.name == name }?.value }

    func contains(_ name: String) -> Bool { items.contains { $0.name == name } }
}
