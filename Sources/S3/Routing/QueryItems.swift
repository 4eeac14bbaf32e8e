import HTTP

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

    /// Most requests have none.
    init(_ head: RequestHead) throws(S3Error) {
        let query = head.rawQuery
        if query.isEmpty { self.init() } else { try self.init(query) }
    }

    /// - Throws: `InvalidURI` if an escape is broken, the text is not UTF-8 or there are too many parameters.
    init(_ query: Substring) throws(S3Error) {
        if query.isEmpty { return }
        let text = query.utf8.span
        for piece in QueryPiece.all(in: text) {
            guard items.count < Self.maximumItems else { throw S3Error(.invalidURI) }
            items.append(
                Item(
                    name: try Self.decode(text.extracting(piece.name)),
                    value: try Self.decode(text.extracting(piece.value))))
        }
    }

    private static func decode(_ text: Span<UInt8>) throws(S3Error) -> String {
        // A target is ASCII; most names and values are what they are.
        if PercentEncoding.isPlain(text) { return text.string }
        guard let bytes = PercentEncoding.decode(text, plusIsSpace: true),
            let string = String(validating: bytes, as: UTF8.self)
        else { throw S3Error(.invalidURI) }
        return string
    }

    /// The first value of a name.
    subscript(_ name: String) -> String? { items.first { $0.name == name }?.value }

    func contains(_ name: String) -> Bool { items.contains { $0.name == name } }
}

/// Where a parameter stands in a query: what lies between `&`, divided at the first `=`.
struct QueryPiece {
    var name: Range<Int>
    /// Empty if there is none.
    var value: Range<Int>

    /// In their order, those left out that are empty.
    static func all(in text: Span<UInt8>) -> [QueryPiece] {
        var pieces: [QueryPiece] = []
        if text.isEmpty { return pieces }
        pieces.reserveCapacity(8)
        var start = 0
        var equals: Int?
        for index in 0...text.count {
            let character = index < text.count ? text[unchecked: index] : UInt8(ascii: "&")
            if character == UInt8(ascii: "="), equals == nil { equals = index }
            guard character == UInt8(ascii: "&") else { continue }
            if index > start {
                let end = equals ?? index
                pieces.append(QueryPiece(name: start..<end, value: min(end + 1, index)..<index))
            }
            start = index + 1
            equals = nil
        }
        return pieces
    }
}
