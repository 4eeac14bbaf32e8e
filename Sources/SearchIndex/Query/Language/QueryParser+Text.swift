/// Words and quotes.
extension QueryParser {
    /// A word as it was written.
    struct Word {
        /// Without backslashes.
        var literal: [UInt8] = []
        /// With wildcards, and backslashes before what is none.
        var pattern: [UInt8] = []
        var stars = 0
        var questionMarks = 0
        var endsInStar = false
    }

    mutating func text() throws(QueryError) -> Query.Text {
        let start = offset
        if peek("\"") {
            let (text, endsInStar) = try quoted()
            return .phrase(text, slop: try slop(), endsInPrefix: endsInStar)
        }
        let word = try word()
        guard offset > start else {
            throw error(
                .missingOperand, "Something to search for is missing here.", start..<min(start + 1, bytes.count),
                expected: Self.operands)
        }
        let literal = String(decoding: word.literal, as: UTF8.self)
        if peek("~") {
            guard word.stars + word.questionMarks == 0 else {
                throw error(
                    .unsupportedForm, "A word has either wildcards or `~`.", start..<(offset + 1),
                    suggestion: String(decoding: bytes[start..<offset], as: UTF8.self))
            }
            return .fuzzy(literal, distance: try distance())
        }
        if word.stars == 1, word.questionMarks == 0, word.endsInStar, word.literal.count > 1 {
            return .prefix(String(literal.dropLast()))
        }
        if word.stars + word.questionMarks > 0 { return .wildcard(String(decoding: word.pattern, as: UTF8.self)) }
        return .word(literal)
    }

    /// Up to white space, a parenthesis, a quote, `^` or `~`.
    private mutating func word() throws(QueryError) -> Word {
        var word = Word()
        while !isAtBoundary {
            let byte = bytes[offset]
            switch byte {
            case UInt8(ascii: "("), UInt8(ascii: "\""), UInt8(ascii: "^"), UInt8(ascii: "~"): return word
            case UInt8(ascii: "\\"):
                let character = try escaped()
                if character == [UInt8(ascii: "*")] || character == [UInt8(ascii: "?")]
                    || character == [UInt8(ascii: "\\")]
                {
                    word.pattern.append(UInt8(ascii: "\\"))
                }
                word.literal += character
                word.pattern += character
                word.endsInStar = false
                continue
            case UInt8(ascii: "*"): word.stars += 1
            case UInt8(ascii: "?"): word.questionMarks += 1
            default: break
            }
            word.endsInStar = byte == UInt8(ascii: "*")
            word.literal.append(byte)
            word.pattern.append(byte)
            offset += 1
        }
        return word
    }

    /// The character behind a backslash.
    mutating func escaped() throws(QueryError) -> ArraySlice<UInt8> {
        let start = offset
        offset += 1
        guard !isAtEnd else {
            throw error(
                .missingOperand, "A backslash stands before the character that it takes as it is.", start..<offset,
                expected: ["a character"], suggestion: "\\\\")
        }
        let first = offset
        offset += 1
        while !isAtEnd, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
        return bytes[first..<offset]
    }

    /// What stands between quotes, and whether it ends in a `*` without a backslash, which is taken off.
    mutating func quoted() throws(QueryError) -> (text: String, endsInStar: Bool) {
        let start = offset
        var literal: [UInt8] = []
        var endsInStar = false
        offset += 1
        while true {
            guard !isAtEnd else {
                throw error(
                    .unterminatedQuote, "This quote is never closed.", start..<(start + 1), expected: ["`\"`"])
            }
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                offset += 1
                if endsInStar { literal.removeLast() }
                return (String(decoding: literal, as: UTF8.self), endsInStar)
            case UInt8(ascii: "\\"):
                guard offset + 1 < bytes.count else {
                    offset += 1
                    continue
                }
                literal += try escaped()
                endsInStar = false
            case let byte:
                literal.append(byte)
                endsInStar = byte == UInt8(ascii: "*")
                offset += 1
            }
        }
    }

    /// A value as a whole: in quotes, or up to white space or a `)` that it does not open itself.
    mutating func exactValue(endsAtComma: Bool = false) throws(QueryError) -> String {
        if peek("\"") {
            let (text, endsInStar) = try quoted()
            return endsInStar ? text + "*" : text
        }
        var literal: [UInt8] = []
        var open = 0
        while !isAtEnd, spaceLength(at: offset) == 0 {
            let byte = bytes[offset]
            if byte == UInt8(ascii: "\\") {
                literal += try escaped()
                continue
            }
            if byte == UInt8(ascii: ")") {
                if open == 0 { break }
                open -= 1
            }
            if byte == UInt8(ascii: "(") { open += 1 }
            if endsAtComma, byte == UInt8(ascii: ",") { break }
            literal.append(byte)
            offset += 1
        }
        return String(decoding: literal, as: UTF8.self)
    }

    /// `~` and perhaps 1 or 2.
    private mutating func distance() throws(QueryError) -> Int? {
        let start = offset
        offset += 1
        let digits = take(while: DateInterval.isDigit)
        if isAtBoundary || peek("^") {
            switch digits {
            case []: return nil
            case [UInt8(ascii: "1")]: return 1
            case [UInt8(ascii: "2")]: return 2
            default: break
            }
        }
        skipWord()
        throw error(
            .invalidDistance, "`~` behind a word is followed by 1, 2 or nothing.", start..<offset,
            expected: ["1", "2"], suggestion: "~2")
    }

    /// `~` and a digit, behind a phrase.
    private mutating func slop() throws(QueryError) -> Int {
        guard peek("~") else { return 0 }
        let start = offset
        offset += 1
        let digits = take(while: DateInterval.isDigit)
        if let digit = digits.first, digits.count == 1, isAtBoundary || peek("^") { return Int(digit - 48) }
        skipWord()
        throw error(
            .invalidDistance, "`~` behind a phrase is followed by how far its words may be off, 0 to 9.",
            start..<offset, expected: ["a digit"], suggestion: "~9")
    }
}
