/// Reads JSON (RFC 8259) and JSON5 (specification 1.0.0, spec.json5.org) within limits, and says where an error is.
///
/// Names that come twice are refused in both: which of the two counts would be a guess.
public struct JSONParser {
    public enum Dialect: Sendable {
        /// RFC 8259.
        case json
        /// With comments, trailing commas, names without quotes, single quotes, and ECMAScript's numbers and escapes.
        case json5
    }

    public struct Limits: Sendable {
        public var bytes: Int
        public var depth: Int

        public init(bytes: Int = 16 << 20, depth: Int = 64) {
            self.bytes = bytes
            self.depth = depth
        }
    }

    private let dialect: Dialect
    private let limits: Limits
    private var scanner: JSONScanner

    private init(_ scanner: JSONScanner, _ dialect: Dialect, _ limits: Limits) {
        self.dialect = dialect
        self.limits = limits
        self.scanner = scanner
    }

    /// - Parameter bytes: UTF-8, with or without a byte order mark.
    public static func parse(
        _ bytes: [UInt8], _ dialect: Dialect = .json, limits: Limits = Limits()
    ) throws(JSONError) -> JSONValue {
        guard bytes.count <= limits.bytes else {
            throw JSONError(.tooLarge(limitBytes: limits.bytes), at: JSONPosition(line: 1, column: 1))
        }
        var parser = JSONParser(try JSONScanner(bytes), dialect, limits)
        try parser.skipSpace()
        let value = try parser.value(depth: 0)
        try parser.skipSpace()
        guard parser.scanner.isAtEnd else { throw parser.scanner.error(.trailingText) }
        return value
    }

    public static func parse(
        _ text: String, _ dialect: Dialect = .json, limits: Limits = Limits()
    ) throws(JSONError) -> JSONValue {
        try parse(Array(text.utf8), dialect, limits: limits)
    }

    // MARK: Values

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        guard depth < limits.depth else { throw scanner.error(.tooDeep(limit: limits.depth)) }
        guard let character = scanner.peek else { throw scanner.error(.unexpectedEnd) }
        switch character {
        case "{": return try object(depth: depth)
        case "[": return try array(depth: depth)
        case "\"": return .string(try scanner.string(dialect))
        case "'" where dialect == .json5: return .string(try scanner.string(dialect))
        case "t", "f", "n": return try literal()
        default: return try scanner.number(dialect)
        }
    }

    private mutating func literal() throws(JSONError) -> JSONValue {
        let literals: [(text: String, value: JSONValue)] = [("true", true), ("false", false), ("null", nil)]
        for (text, value) in literals where scanner.take(text) {
            if let next = scanner.peek, JSONScanner.isNamePart(next) { throw scanner.unexpected() }
            return value
        }
        throw scanner.unexpected()
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        scanner.advance()
        var values: [JSONValue] = []
        try skipSpace()
        while scanner.peek != "]" {
            values.append(try value(depth: depth + 1))
            try skipSpace()
            guard try separator(end: "]") else { break }
        }
        try expect("]", "a comma or ]")
        return .array(values)
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        scanner.advance()
        var object = JSONObject()
        var names: Set<String> = []
        try skipSpace()
        while scanner.peek != "}" {
            let position = scanner.position
            let name = try memberName()
            guard names.insert(name).inserted else { throw JSONError(.duplicateName(name), at: position) }
            try skipSpace()
            try expect(":", "a colon")
            try skipSpace()
            object.append(JSONObject.Member(name, try value(depth: depth + 1), at: position))
            try skipSpace()
            guard try separator(end: "}") else { break }
        }
        try expect("}", "a comma or }")
        return .object(object)
    }

    private mutating func memberName() throws(JSONError) -> String {
        switch scanner.peek {
        case nil: throw scanner.error(.unexpectedEnd)
        case "\"": return try scanner.string(dialect)
        case "'" where dialect == .json5: return try scanner.string(dialect)
        default:
            guard dialect == .json5 else { throw scanner.error(.expected(StaticStringName("a name in quotes"))) }
            return try scanner.name()
        }
    }

    /// Takes a comma. False if there is none; a comma right before the end is taken in JSON5 only.
    private mutating func separator(end: Unicode.Scalar) throws(JSONError) -> Bool {
        guard scanner.peek == "," else { return false }
        scanner.advance()
        try skipSpace()
        if scanner.peek == end, dialect == .json { throw scanner.unexpected() }
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar, _ what: StaticString) throws(JSONError) {
        guard let next = scanner.peek else { throw scanner.error(.unexpectedEnd) }
        guard next == character else { throw scanner.error(.expected(StaticStringName(what))) }
        scanner.advance()
    }

    // MARK: Between values

    private mutating func skipSpace() throws(JSONError) {
        while let character = scanner.peek {
            switch character {
            case " ", "\t", "\n", "\r": scanner.advance()
            case "/" where dialect == .json5: try skipComment()
            default:
                guard dialect == .json5, JSONScanner.isSpace(character) else { return }
                scanner.advance()
            }
        }
    }

    private mutating func skipComment() throws(JSONError) {
        if scanner.take("//") {
            while let character = scanner.peek, !JSONScanner.isLineEnd(character) { scanner.advance() }
        } else if scanner.take("/*") {
            while !scanner.take("*/") {
                guard !scanner.isAtEnd else { throw scanner.error(.unexpectedEnd) }
                scanner.advance()
            }
        } else {
            throw scanner.unexpected()
        }
    }
}
