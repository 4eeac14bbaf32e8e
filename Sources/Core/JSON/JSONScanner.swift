/// The characters of a text, with the place of the next one; strings, names and numbers of JSON and JSON5.
struct JSONScanner {
    private let scalars: [Unicode.Scalar]
    private var index = 0

    init(_ bytes: [UInt8]) throws(JSONError) {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = bytes.starts(with: mark) ? bytes[3...] : bytes[...]
        guard let string = String(validating: text, as: UTF8.self) else {
            throw JSONError(.notUTF8, at: JSONPosition(line: 1, column: 1))
        }
        scalars = Array(string.unicodeScalars)
    }

    var isAtEnd: Bool { index == scalars.count }
    var peek: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    mutating func advance() { index += 1 }

    /// Takes the text if it comes next.
    mutating func take(_ text: String) -> Bool {
        guard scalars[index...].starts(with: text.unicodeScalars) else { return false }
        index += text.unicodeScalars.count
        return true
    }

    /// Counted from the beginning: only members and errors ask, and a configuration is short.
    var position: JSONPosition {
        var line = 1
        var start = 0
        for offset in 0..<min(index, scalars.count) where scalars[offset] == "\n" {
            line += 1
            start = offset + 1
        }
        return JSONPosition(line: line, column: index - start + 1)
    }

    func error(_ reason: JSONError.Reason) -> JSONError { JSONError(reason, at: position) }

    func unexpected() -> JSONError {
        guard let peek else { return error(.unexpectedEnd) }
        return error(.unexpectedCharacter(peek.debugDescription))
    }

    // MARK: Classes of characters

    /// ECMAScript's line ends.
    static func isLineEnd(_ character: Unicode.Scalar) -> Bool {
        switch character {
        case "\n", "\r", "\u{2028}", "\u{2029}": true
        default: false
        }
    }

    /// JSON5's white space.
    static func isSpace(_ character: Unicode.Scalar) -> Bool {
        switch character {
        case "\u{0B}", "\u{0C}", "\u{A0}", "\u{FEFF}": true
        default: isLineEnd(character) || character.properties.generalCategory == .spaceSeparator
        }
    }

    static func isNameStart(_ character: Unicode.Scalar) -> Bool {
        if character == "$" || character == "_" { return true }
        switch character.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber:
            return true
        default: return false
        }
    }

    static func isNamePart(_ character: Unicode.Scalar) -> Bool {
        if isNameStart(character) || character == "\u{200C}" || character == "\u{200D}" { return true }
        switch character.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .decimalNumber, .connectorPunctuation: return true
        default: return false
        }
    }

    static func isDigit(_ character: Unicode.Scalar?) -> Bool {
        guard let character else { return false }
        return ("0"..."9").contains(character)
    }

    // MARK: Names and strings

    /// ECMAScript 5.1's IdentifierName.
    mutating func name() throws(JSONError) -> String {
        var text = String.UnicodeScalarView()
        while let character = peek {
            if character == "\\" {
                advance()
                guard take("u") else { throw error(.invalidEscape) }
                text.append(try unicodeEscape())
            } else if text.isEmpty ? Self.isNameStart(character) : Self.isNamePart(character) {
                text.append(character)
                advance()
            } else {
                break
            }
        }
        guard let first = text.first, Self.isNameStart(first), text.allSatisfy(Self.isNamePart) else {
            throw unexpected()
        }
        return String(text)
    }

    mutating func string(_ dialect: JSONParser.Dialect) throws(JSONError) -> String {
        let quote = peek
        advance()
        var text = String.UnicodeScalarView()
        while let character = peek {
            if character == quote {
                advance()
                return String(text)
            }
            switch character {
            case "\\":
                advance()
                try escape(dialect, to: &text)
            case "\n", "\r":
                throw error(.controlCharacterInString)
            default:
                guard dialect == .json5 || character.value >= 0x20 else { throw error(.controlCharacterInString) }
                text.append(character)
                advance()
            }
        }
        throw error(.unexpectedEnd)
    }

    private mutating func escape(
        _ dialect: JSONParser.Dialect, to text: inout String.UnicodeScalarView
    ) throws(JSONError) {
        guard let character = peek else { throw error(.unexpectedEnd) }
        advance()
        switch character {
        case "\"", "\\", "/": text.append(character)
        case "b": text.append("\u{08}")
        case "f": text.append("\u{0C}")
        case "n": text.append("\n")
        case "r": text.append("\r")
        case "t": text.append("\t")
        case "u": text.append(try unicodeEscape())
        default:
            guard dialect == .json5 else { throw error(.invalidEscape) }
            try escapeJSON5(character, to: &text)
        }
    }

    private mutating func escapeJSON5(
        _ character: Unicode.Scalar, to text: inout String.UnicodeScalarView
    ) throws(JSONError) {
        switch character {
        case "v": text.append("\u{0B}")
        case "0":
            guard !Self.isDigit(peek) else { throw error(.invalidEscape) }
            text.append("\0")
        case "x": text.append(try scalar(try hexadecimal(digits: 2)))
        case "\r": _ = take("\n")
        case "\n", "\u{2028}", "\u{2029}": break
        default:
            guard !Self.isDigit(character) else { throw error(.invalidEscape) }
            text.append(character)
        }
    }

    /// The four digits behind `\u`, and those of the second half of a surrogate pair.
    private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let first = try hexadecimal(digits: 4)
        guard (0xD800..<0xDC00).contains(first) else { return try scalar(first) }
        guard take("\\u") else { throw error(.invalidEscape) }
        let second = try hexadecimal(digits: 4)
        guard (0xDC00..<0xE000).contains(second) else { throw error(.invalidEscape) }
        return try scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    }

    private func scalar(_ value: UInt32) throws(JSONError) -> Unicode.Scalar {
        guard let scalar = Unicode.Scalar(value) else { throw error(.invalidEscape) }
        return scalar
    }

    private mutating func hexadecimal(digits: Int) throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let digit = peek?.hexadecimalValue else { throw error(.invalidEscape) }
            value = value << 4 | digit
            advance()
        }
        return value
    }

    // MARK: Numbers

    mutating func number(_ dialect: JSONParser.Dialect) throws(JSONError) -> JSONValue {
        let start = index
        var isNegative = false
        if peek == "-" || (peek == "+" && dialect == .json5) {
            isNegative = peek == "-"
            advance()
        }
        if dialect == .json5, let value = try numberJSON5(isNegative) { return value }
        let whole = takeDigits()
        var isInteger = true
        var fraction = 0
        if peek == "." {
            isInteger = false
            advance()
            fraction = takeDigits()
        }
        let hasDigits =
            switch dialect {
            case .json: whole > 0 && (isInteger || fraction > 0)
            case .json5: whole + fraction > 0
            }
        guard hasDigits else {
            if index == start { throw unexpected() }
            throw error(.invalidNumber)
        }
        // A zero stands alone before the point.
        let first = scalars[start] == "-" || scalars[start] == "+" ? start + 1 : start
        guard whole <= 1 || scalars[first] != "0" else { throw error(.invalidNumber) }
        if peek == "e" || peek == "E" {
            isInteger = false
            advance()
            if peek == "+" || peek == "-" { advance() }
            guard takeDigits() > 0 else { throw error(.invalidNumber) }
        }
        if let next = peek, Self.isNamePart(next) || next == "." { throw error(.invalidNumber) }
        var text = String(String.UnicodeScalarView(scalars[start..<index]))
        if isInteger, let integer = Int64(text), integer != 0 || !isNegative { return .integer(integer) }
        // Swift wants digits on both sides of the point.
        if text.hasPrefix("+") { text.removeFirst() }
        if text.hasPrefix(".") { text = "0\(text)" }
        if text.hasPrefix("-.") { text = "-0\(text.dropFirst())" }
        if text.hasSuffix(".") { text += "0" }
        text = text.split(separator: ".e", omittingEmptySubsequences: false).joined(separator: ".0e")
        text = text.split(separator: ".E", omittingEmptySubsequences: false).joined(separator: ".0E")
        guard let double = Double(text), double.isFinite else { throw error(.invalidNumber) }
        return .number(double)
    }

    /// What only JSON5 has: hexadecimal numbers, Infinity and NaN.
    private mutating func numberJSON5(_ isNegative: Bool) throws(JSONError) -> JSONValue? {
        if take("Infinity") { return .number(isNegative ? -.infinity : .infinity) }
        if take("NaN") { return .number(.nan) }
        guard take("0x") || take("0X") else { return nil }
        var value: UInt64 = 0
        var digits = 0
        while let digit = peek?.hexadecimalValue {
            guard value >> 59 == 0 else { throw error(.invalidNumber) }
            value = value << 4 | UInt64(digit)
            digits += 1
            advance()
        }
        guard digits > 0 else { throw error(.invalidNumber) }
        if let next = peek, Self.isNamePart(next) { throw error(.invalidNumber) }
        return .integer(isNegative ? -Int64(value) : Int64(value))
    }

    private mutating func takeDigits() -> Int {
        var count = 0
        while Self.isDigit(peek) {
            count += 1
            advance()
        }
        return count
    }
}

extension Unicode.Scalar {
    fileprivate var hexadecimalValue: UInt32? {
        switch self {
        case "0"..."9": value - 0x30
        case "a"..."f": value - 0x61 + 10
        case "A"..."F": value - 0x41 + 10
        default: nil
        }
    }
}
