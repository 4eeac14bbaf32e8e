/// Reads a query by recursive descent. The grammar is that of QueryLanguage.md; each method reads the production of its
/// name.
///
/// Words are not split off beforehand: what ends a word depends on the field it belongs to. `QueryParser+Fields.swift`
/// reads what follows a field, `QueryParser+Text.swift` words and quotes.
struct QueryParser {
    let bytes: [UInt8]
    var offset = 0
    private var clauses = 0
    private var depth = 0
    /// The field of the group that is being read: `key:(a OR b)`.
    var groupField: QueryField?

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func query() throws(QueryError) -> Query.Node {
        guard bytes.count <= QueryLimits.queryBytes else {
            throw error(
                .queryTooLong, "The query has \(bytes.count) bytes, and may have \(QueryLimits.queryBytes).",
                0..<bytes.count)
        }
        try checkUTF8()
        skipSpace()
        if isAtEnd { return .everything }
        let node = try or()
        guard isAtEnd else {
            throw error(
                .unbalancedParenthesis, "This `)` closes nothing.", offset..<(offset + 1), expected: ["an operator"])
        }
        return node
    }

    // MARK: - Operators

    mutating func or() throws(QueryError) -> Query.Node {
        var nodes = [try and()]
        while acceptKeyword("OR") { nodes.append(try and()) }
        return nodes.count == 1 ? nodes[0] : .or(nodes)
    }

    private mutating func and() throws(QueryError) -> Query.Node {
        var nodes = [try unary()]
        while true {
            skipSpace()
            if !acceptKeyword("AND") {
                if isAtEnd || peek(")") || isKeyword("OR") { break }
            }
            nodes.append(try unary())
        }
        return nodes.count == 1 ? nodes[0] : .and(nodes)
    }

    private mutating func unary() throws(QueryError) -> Query.Node {
        skipSpace()
        if acceptKeyword("NOT") || acceptMinus() {
            try descend()
            defer { depth -= 1 }
            return .not(try unary())
        }
        return try boosted()
    }

    private mutating func boosted() throws(QueryError) -> Query.Node {
        let node = try primary()
        guard peek("^") else { return node }
        let start = offset
        offset += 1
        let digits = take { DateInterval.isDigit($0) || $0 == UInt8(ascii: ".") }
        let text = String(decoding: digits, as: UTF8.self)
        guard let factor = DeclaredValue.number(text), factor >= 0.001, factor <= 1000, isAtBoundary else {
            skipWord()
            throw error(
                .invalidBoost, "`^` is followed by a factor of 0.001 to 1000.", start..<offset,
                expected: ["a decimal number like 2 or 0.5"])
        }
        return .boost(node, factor)
    }

    private mutating func primary() throws(QueryError) -> Query.Node {
        guard !isAtEnd, !peek(")") else {
            throw error(
                .missingOperand, "Something to search for is missing here.", offset..<min(offset + 1, bytes.count),
                expected: Self.operands)
        }
        for keyword in ["AND", "OR"] where isKeyword(keyword) {
            throw error(
                .missingOperand, "\(keyword) stands between two clauses; the one before it is missing.",
                offset..<(offset + keyword.utf8.count), expected: Self.operands, suggestion: "\"\(keyword)\"")
        }
        try checkOperators()
        if peek("(") { return try group() }
        if let fielded = try fielded() { return fielded }
        let start = offset
        try countClause(start)
        if let field = groupField {
            let test = try value(of: field)
            return .field(field, test, place(start: start))
        }
        if acceptLoneStar() { return .everything }
        let text = try text()
        return .text(text, place(start: start))
    }

    static let operands = ["a word", "a phrase in quotes", "a field like size:", "`(`"]

    mutating func group() throws(QueryError) -> Query.Node {
        let start = offset
        offset += 1
        try descend()
        defer { depth -= 1 }
        let node = try or()
        guard peek(")") else {
            throw error(
                .unbalancedParenthesis, "This `(` is never closed.", start..<(start + 1), expected: ["`)`"])
        }
        offset += 1
        return node
    }

    // MARK: - Limits

    /// - Parameter start: where the clause begins.
    mutating func countClause(_ start: Int) throws(QueryError) {
        clauses += 1
        guard clauses <= QueryLimits.clauses else {
            throw error(
                .tooManyClauses, "The query has more than \(QueryLimits.clauses) clauses.", start..<bytes.count)
        }
    }

    private mutating func descend() throws(QueryError) {
        depth += 1
        guard depth <= QueryLimits.depth else {
            throw error(
                .tooDeep, "Groups and negations are more than \(QueryLimits.depth) deep here.",
                max(offset - 1, 0)..<offset)
        }
    }

    private func checkUTF8() throws(QueryError) {
        // Safe: the array lives through the call.
        let invalid: Int? = bytes.withUnsafeBytes { bytes in
            var reader = UTF8Reader(bytes)
            while true {
                let start = reader.offset
                guard let character = reader.next() else { return nil }
                // U+FFFD itself has three bytes.
                if character == UTF8Reader.replacement, reader.offset - start == 1 { return start }
            }
        }
        guard let invalid else { return }
        throw error(.invalidUTF8, "The query is not UTF-8 here.", invalid..<(invalid + 1))
    }

    /// Operators of other languages would be read as words, and mean nothing or the contrary.
    private func checkOperators() throws(QueryError) {
        for (operation, keyword) in [("&&", "AND"), ("||", "OR"), ("!", "NOT ")]
        where bytes[offset...].starts(with: operation.utf8) {
            throw error(
                .unknownOperator, "`\(operation)` is no operator here.", offset..<(offset + operation.utf8.count),
                expected: ["AND", "OR", "NOT"], suggestion: keyword)
        }
    }

    // MARK: - Errors

    func place(start: Int) -> QueryPlace { QueryPlace(start..<offset, of: bytes) }

    func error(
        _ code: QueryError.Code, _ message: String, _ range: Range<Int>, expected: [String] = [],
        suggestion: String? = nil
    ) -> QueryError {
        QueryError(
            code, message, at: QueryPlace(range, of: bytes), expected: expected, suggestion: suggestion)
    }
}

// MARK: - Characters

extension QueryParser {
    var isAtEnd: Bool { offset >= bytes.count }

    func peek(_ character: Unicode.Scalar) -> Bool { !isAtEnd && bytes[offset] == UInt8(ascii: character) }

    /// Whether a clause may end here.
    var isAtBoundary: Bool { isAtEnd || peek(")") || spaceLength(at: offset) > 0 }

    /// ASCII white space, and the spaces that keyboards have: U+00A0 and the ideographic one, U+3000.
    func spaceLength(at index: Int) -> Int {
        guard index < bytes.count else { return 0 }
        switch bytes[index] {
        case 0x20, 0x09...0x0D: return 1
        case 0xC2: return index + 1 < bytes.count && bytes[index + 1] == 0xA0 ? 2 : 0
        case 0xE3:
            return index + 2 < bytes.count && bytes[index + 1] == 0x80 && bytes[index + 2] == 0x80 ? 3 : 0
        default: return 0
        }
    }

    mutating func skipSpace() {
        while true {
            let length = spaceLength(at: offset)
            guard length > 0 else { return }
            offset += length
        }
    }

    /// Goes on behind what a person would take for one word, to show it in an error.
    mutating func skipWord() {
        while !isAtBoundary { offset += 1 }
    }

    mutating func take(while isPart: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let start = offset
        while !isAtEnd, isPart(bytes[offset]) { offset += 1 }
        return bytes[start..<offset]
    }

    func isKeyword(_ keyword: String) -> Bool {
        guard bytes[min(offset, bytes.count)...].starts(with: keyword.utf8) else { return false }
        let end = offset + keyword.utf8.count
        if end == bytes.count || spaceLength(at: end) > 0 { return true }
        return bytes[end] == UInt8(ascii: "(") || bytes[end] == UInt8(ascii: ")") || bytes[end] == UInt8(ascii: "\"")
    }

    /// Skips space before it, too.
    mutating func acceptKeyword(_ keyword: String) -> Bool {
        skipSpace()
        guard isKeyword(keyword) else { return false }
        offset += keyword.utf8.count
        return true
    }

    private mutating func acceptMinus() -> Bool {
        guard peek("-"), offset + 1 < bytes.count, spaceLength(at: offset + 1) == 0 else { return false }
        offset += 1
        return true
    }

    mutating func acceptLoneStar() -> Bool {
        guard peek("*") else { return false }
        offset += 1
        if isAtBoundary || peek("^") || peek("(") || peek("\"") { return true }
        offset -= 1
        return false
    }
}
