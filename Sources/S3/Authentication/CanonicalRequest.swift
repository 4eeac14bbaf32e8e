import Core
import HTTP

/// The names of the headers that a signature covers: lower case, divided by semicolons, as they were sent.
struct SignedHeaders: Sendable, Equatable {
    let text: String

    init(_ text: String) { self.text = text }

    init(_ names: [String]) { text = names.joined(separator: ";") }

    func contains(_ name: String) -> Bool {
        let list = text.utf8.span
        let name = name.utf8.span
        var start = 0
        while start + name.count <= list.count {
            let end = Self.end(list, from: start)
            if list.extracting(start..<end).equals(name) { return true }
            start = end + 1
        }
        return false
    }

    /// Where the name that begins at `start` ends.
    static func end(_ list: Span<UInt8>, from start: Int) -> Int {
        var end = start
        while end < list.count, list[unchecked: end] != UInt8(ascii: ";") { end &+= 1 }
        return end
    }
}

/// The form of a request over which its signature is made.
///
/// Source: Amazon S3 API Reference, "Signature Calculations for the Authorization Header"
/// (`sig-v4-header-based-auth.html`, task 1).
struct CanonicalRequest {
    private(set) var bytes: [UInt8] = []

    /// For the details of an error.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Which form of path and query is signed. S3 encodes once, by its own rules; some clients (curl, and botocore with a
    /// query of the caller's making) sign what they send, which is another text if it has escapes that are not needed,
    /// or lacks some.
    enum Form {
        case normalized, asSent
    }

    /// - Parameter payloadHash: the value of `x-amz-content-sha256`, or what stands for it.
    init(_ head: RequestHead, signedHeaders: SignedHeaders, payloadHash: String, form: Form) {
        bytes.reserveCapacity(2048)
        bytes.append(contentsOf: head.method.utf8)
        bytes.append(Self.newline)
        let target = head.target.utf8.span
        var mark = 0
        while mark < target.count, target[unchecked: mark] != UInt8(ascii: "?") { mark &+= 1 }
        append(path: target.extracting(0..<mark), form)
        bytes.append(Self.newline)
        if mark + 1 < target.count { append(query: target.extracting(mark + 1..<target.count), form) }
        bytes.append(Self.newline)
        append(signedHeaders, head.headers)
        bytes.append(Self.newline)
        bytes.append(contentsOf: signedHeaders.text.utf8)
        bytes.append(Self.newline)
        bytes.append(contentsOf: payloadHash.utf8)
    }

    private static let newline = UInt8(ascii: "\n")

    /// The second text of a signature: `AWS4-HMAC-SHA256`, time, scope and the hash of the canonical request.
    func stringToSign(timestamp: String, scope: CredentialScope) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(192)
        text.append(contentsOf: "AWS4-HMAC-SHA256\n".utf8)
        text.append(contentsOf: timestamp.utf8)
        text.append(Self.newline)
        scope.append(to: &text)
        text.append(Self.newline)
        LowerHex.append(SHA256.of(bytes), to: &text)
        return text
    }

    private mutating func append(_ text: Span<UInt8>) {
        text.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }

    private mutating func append(path: Span<UInt8>, _ form: Form) {
        if form == .asSent || PercentEncoding.isCanonical(path, keepsSlash: true) {
            append(path)
        } else if let decoded = PercentEncoding.decode(path, plusIsSpace: false) {
            PercentEncoding.encode(decoded, keepsSlash: true, to: &bytes)
        } else {
            append(path)
        }
    }

    // MARK: Query

    /// All parameters but the signature itself, in the order of their encoded names, then values.
    private mutating func append(query: Span<UInt8>, _ form: Form) {
        var pieces = QueryPiece.all(in: query)
        pieces.removeAll { query.extracting($0.name).equals("X-Amz-Signature") }
        guard form == .asSent || pieces.allSatisfy({ Self.isCanonical($0, in: query) }) else {
            appendEncoded(pieces, of: query)
            return
        }
        query.withUnsafeBufferPointer { text in
            pieces.sort { left, right in
                let name = text[left.name]
                let other = text[right.name]
                if name.elementsEqual(other) { return text[left.value].lexicographicallyPrecedes(text[right.value]) }
                return name.lexicographicallyPrecedes(other)
            }
        }
        for (index, piece) in pieces.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: "&")) }
            append(query.extracting(piece.name))
            bytes.append(UInt8(ascii: "="))
            append(query.extracting(piece.value))
        }
    }

    private static func isCanonical(_ piece: QueryPiece, in query: Span<UInt8>) -> Bool {
        PercentEncoding.isCanonical(query.extracting(piece.name), keepsSlash: false)
            && PercentEncoding.isCanonical(query.extracting(piece.value), keepsSlash: false)
    }

    private mutating func appendEncoded(_ pieces: [QueryPiece], of query: Span<UInt8>) {
        var items: [(name: [UInt8], value: [UInt8])] = []
        for piece in pieces {
            items.append((Self.encoded(query.extracting(piece.name)), Self.encoded(query.extracting(piece.value))))
        }
        items.sort { left, right in
            left.name == right.name
                ? left.value.lexicographicallyPrecedes(right.value) : left.name.lexicographicallyPrecedes(right.name)
        }
        for (index, item) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: "&")) }
            bytes += item.name
            bytes.append(UInt8(ascii: "="))
            bytes += item.value
        }
    }

    private static func encoded(_ text: Span<UInt8>) -> [UInt8] {
        var encoded: [UInt8] = []
        // Broken escapes are refused before a signature is looked at.
        PercentEncoding.encode(PercentEncoding.decode(text, plusIsSpace: true) ?? [], keepsSlash: false, to: &encoded)
        return encoded
    }

    // MARK: Headers

    private mutating func append(_ signedHeaders: SignedHeaders, _ headers: Headers) {
        let list = signedHeaders.text.utf8.span
        let fields = headers.fields
        let lengths = fields.map { $0.name.utf8.count }
        var start = 0
        while start <= list.count {
            let end = SignedHeaders.end(list, from: start)
            let name = list.extracting(start..<end)
            append(name)
            bytes.append(UInt8(ascii: ":"))
            append(valuesOf: name, fields, lengths)
            bytes.append(Self.newline)
            start = end + 1
        }
    }

    /// All values of a name, joined by commas, each with its runs of white space made one space.
    /// - Parameter lengths: of the fields' names.
    private mutating func append(valuesOf name: Span<UInt8>, _ fields: [Headers.Field], _ lengths: [Int]) {
        var isFirst = true
        for index in fields.indices where lengths[index] == name.count && fields[index].name.utf8.span.equals(name) {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            append(folding: fields[index].value.utf8.span)
        }
    }

    private mutating func append(folding value: Span<UInt8>) {
        if Self.isFolded(value) {
            append(value)
            return
        }
        var spaceWaits = false
        var isEmpty = true
        for index in value.indices {
            let byte = value[index]
            if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") {
                spaceWaits = !isEmpty
            } else {
                if spaceWaits { bytes.append(UInt8(ascii: " ")) }
                spaceWaits = false
                isEmpty = false
                bytes.append(byte)
            }
        }
    }

    /// The usual case: no tabs, no two spaces side by side, none at the ends.
    private static func isFolded(_ value: Span<UInt8>) -> Bool {
        var previous = UInt8(ascii: " ")
        var index = 0
        while index < value.count {
            let byte = value[unchecked: index]
            if byte == UInt8(ascii: "\t") || (byte == UInt8(ascii: " ") && previous == byte) { return false }
            previous = byte
            index &+= 1
        }
        return value.isEmpty || previous != UInt8(ascii: " ")
    }
}
