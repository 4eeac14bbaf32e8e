/// `field=value` and `field:value`.
extension QueryParser {
    /// nil if no field begins here. A name that is no field is an error, lest a slip of the pen searches for words.
    mutating func fielded() throws(QueryError) -> Query.Node? {
        let start = offset
        guard let name = try fieldName() else { return nil }
        let nameEnd = offset
        guard let field = QueryField(name) else {
            let suggestion = FieldSuggestion.nearest(to: name)
            let hint =
                suggestion.map { "; perhaps \($0) is meant" }
                ?? "; to search for it as text, put it in quotes or a backslash before the `\(character(nameEnd))`"
            throw error(
                .unknownField, "There is no field `\(name)`\(hint).", start..<nameEnd, expected: QueryField.names,
                suggestion: suggestion)
        }
        if let outer = groupField {
            throw error(
                .unsupportedForm, "A field within the group of `\(outer.name):` is not possible.",
                start..<(nameEnd + 1))
        }
        let isExact = peek("=")
        offset += 1
        guard !isAtBoundary else {
            throw error(
                .missingValue, "`\(name)\(isExact ? "=" : ":")` is followed by a value, without a space.",
                start..<offset, expected: [isExact ? "a value" : "a word, a phrase or a comparison"])
        }
        if isExact {
            try countClause(start)
            let valueStart = offset
            let value = try exactValue()
            try check(value, of: field, valueStart..<offset)
            return .field(field, .exact(value), place(start: start))
        }
        if peek("(") {
            groupField = field
            defer { groupField = nil }
            return try group()
        }
        try countClause(start)
        let test = try value(of: field)
        return .field(field, test, place(start: start))
    }

    private func character(_ index: Int) -> Character {
        Character(Unicode.Scalar(index < bytes.count ? bytes[index] : UInt8(ascii: ":")))
    }

    /// Goes on to the `:` or `=` behind a name; stays where it was if none is there. A name begins with a letter; behind
    /// `meta.` and `tag.` it may stand in quotes or have backslashes.
    private mutating func fieldName() throws(QueryError) -> String? {
        let start = offset
        var name = take(while: Self.isNamePart)
        guard let first = name.first, first | 0x20 >= UInt8(ascii: "a"), first | 0x20 <= UInt8(ascii: "z") else {
            offset = start
            return nil
        }
        if [Array("meta.".utf8)[...], Array("tag.".utf8)[...]].contains(where: { name.starts(with: $0) }) {
            offset = start + (name.first == UInt8(ascii: "m") ? 5 : 4)
            name = bytes[start..<offset] + (try metadataName())
        }
        guard peek(":") || peek("=") else {
            offset = start
            return nil
        }
        return String(decoding: name, as: UTF8.self)
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z") || DateInterval.isDigit(byte)
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }

    private mutating func metadataName() throws(QueryError) -> [UInt8] {
        if peek("\"") {
            let (text, endsInStar) = try quoted()
            return Array((endsInStar ? text + "*" : text).utf8)
        }
        var name: [UInt8] = []
        while !isAtBoundary {
            switch bytes[offset] {
            case UInt8(ascii: ":"), UInt8(ascii: "="), UInt8(ascii: "("), UInt8(ascii: "\""): return name
            case UInt8(ascii: "\\"): name += try escaped()
            case let byte:
                name.append(byte)
                offset += 1
            }
        }
        return name
    }

    // MARK: - Values

    /// What follows `field:`, a group excepted.
    mutating func value(of field: QueryField) throws(QueryError) -> Query.Test {
        let start = offset
        if acceptLoneStar() { return .exists }
        if bytes[offset...].starts(with: "IN(".utf8) { return .oneOf(try list(of: field)) }
        switch bytes[offset] {
        case UInt8(ascii: ">"), UInt8(ascii: "<"): return try comparison(of: field)
        case UInt8(ascii: "["), UInt8(ascii: "{"): return try bracket(of: field)
        default: break
        }
        switch field.kind {
        case .size, .date: return try scalar(of: field)
        case .declared:
            if let range = try dotted(of: field) { return range }
            return .text(try text())
        case .keyPrefix: return .text(.prefix(try keyPrefix()))
        case .words: return .text(try text())
        case .keyword:
            let text = try text()
            if case .fuzzy = text {
                throw error(
                    .unsupportedForm, "`~` is for words of keys and metadata; `\(field.name)` is compared as a whole.",
                    start..<offset)
            }
            return .text(text)
        }
    }

    /// A number or a date, or two of them with `..` between.
    private mutating func scalar(of field: QueryField) throws(QueryError) -> Query.Test {
        if let range = try dotted(of: field) { return range }
        let start = offset
        let value = try exactValue()
        try check(value, of: field, start..<offset)
        return .text(.word(value))
    }

    /// `a..b`; nil, and nothing read, if it is no such thing.
    private mutating func dotted(of field: QueryField) throws(QueryError) -> Query.Test? {
        let start = offset
        guard !peek("\"") else { return nil }
        var end = offset
        var dots: Int?
        while end < bytes.count, spaceLength(at: end) == 0, bytes[end] != UInt8(ascii: ")") {
            // Backslashes, quotes and wildcards make it text.
            if [UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "*"), UInt8(ascii: "?")].contains(bytes[end]) {
                return nil
            }
            if dots == nil, end > start, bytes[end...].starts(with: "..".utf8) {
                dots = end
                end += 1
            }
            end += 1
        }
        guard let dots, dots + 2 < end else {
            // Of numbers and dates nothing else can be meant.
            if dots != nil, field.kind != .declared {
                throw error(
                    .invalidRange, "A range needs a value at either side of `..`.", start..<end,
                    expected: ["a value", "`>=` or `<=` for a range that is open"])
            }
            return nil
        }
        offset = end
        let lower = String(decoding: bytes[start..<dots], as: UTF8.self)
        let upper = String(decoding: bytes[(dots + 2)..<end], as: UTF8.self)
        try check(lower, of: field, start..<dots)
        try check(upper, of: field, (dots + 2)..<end)
        return .range(lower: Query.Bound(lower), upper: Query.Bound(upper))
    }

    private mutating func comparison(of field: QueryField) throws(QueryError) -> Query.Test {
        let start = offset
        let comparison = Query.Comparison.allCases.first { bytes[offset...].starts(with: $0.rawValue.utf8) }
        guard let comparison else { preconditionFailure("called at > or <") }
        offset += comparison.rawValue.utf8.count
        try checkComparable(field, start..<offset)
        let valueStart = offset
        let value = try exactValue()
        guard offset > valueStart else {
            throw error(
                .missingValue, "`\(comparison.rawValue)` is followed by a value, without a space.", start..<offset,
                expected: ["a number or a date"])
        }
        try check(value, of: field, valueStart..<offset)
        return .compare(comparison, value)
    }

    /// `[a TO b]`; braces exclude an end.
    private mutating func bracket(of field: QueryField) throws(QueryError) -> Query.Test {
        let start = offset
        let includesLower = peek("[")
        offset += 1
        try checkComparable(field, start..<offset)
        let lower = try bound(of: field, start)
        skipSpace()
        guard acceptKeyword("TO") else { throw invalidBracket(start) }
        let upper = try bound(of: field, start)
        skipSpace()
        guard peek("]") || peek("}") else { throw invalidBracket(start) }
        let includesUpper = peek("]")
        offset += 1
        return .range(
            lower: lower.map { Query.Bound($0, isIncluded: includesLower) },
            upper: upper.map { Query.Bound($0, isIncluded: includesUpper) })
    }

    private func invalidBracket(_ start: Int) -> QueryError {
        error(
            .invalidRange, "A range is written [LOWER TO UPPER]; braces leave an end out, `*` leaves it open.",
            start..<min(max(offset, start + 1), bytes.count), expected: ["[LOWER TO UPPER]"])
    }

    /// nil: `*`.
    private mutating func bound(of field: QueryField, _ bracketStart: Int) throws(QueryError) -> String? {
        skipSpace()
        let start = offset
        let value: String
        if peek("\"") {
            value = try quoted().text
        } else {
            while !isAtEnd, spaceLength(at: offset) == 0, !peek("]"), !peek("}") { offset += 1 }
            value = String(decoding: bytes[start..<offset], as: UTF8.self)
        }
        guard offset > start else { throw invalidBracket(bracketStart) }
        if value == "*" { return nil }
        try check(value, of: field, start..<offset)
        return value
    }

    private mutating func list(of field: QueryField) throws(QueryError) -> [String] {
        let start = offset
        offset += 3
        var values: [String] = []
        while true {
            skipSpace()
            let valueStart = offset
            let value = try exactValue(endsAtComma: true)
            guard offset > valueStart else { break }
            try check(value, of: field, valueStart..<offset)
            if !values.isEmpty { try countClause(valueStart) }
            values.append(value)
            skipSpace()
            if peek(")") {
                offset += 1
                return values
            }
            guard peek(",") else { break }
            offset += 1
        }
        throw error(
            .invalidList, "A list is written IN(VALUE, VALUE); a value with commas or spaces stands in quotes.",
            start..<min(offset + 1, bytes.count), expected: ["a value", "`,`", "`)`"])
    }

    /// What keys begin with. A `*` at its end says the same, and is taken off.
    private mutating func keyPrefix() throws(QueryError) -> String {
        if peek("\"") { return try quoted().text }
        let valueStart = offset
        let value = try exactValue()
        let written = bytes[valueStart..<offset]
        guard
            let star = written.indices.first(where: { index in
                written[index] == UInt8(ascii: "*")
                    && (index == valueStart || written[index - 1] != UInt8(ascii: "\\"))
            })
        else { return value }
        guard star == offset - 1 else {
            throw error(
                .unsupportedForm,
                "`path:` takes the beginning of a key; only `name:`, `key:` and metadata take wildcards.",
                valueStart..<offset, suggestion: String(decoding: bytes[valueStart..<star], as: UTF8.self))
        }
        return String(value.dropLast())
    }

    // MARK: - Checks

    private func checkComparable(_ field: QueryField, _ range: Range<Int>) throws(QueryError) {
        switch field.kind {
        case .size, .date, .declared: return
        case .words, .keyword, .keyPrefix:
            throw error(
                .notComparable,
                "`\(field.name)` has no order; size, modified and declared metadata can be compared.", range,
                expected: ["a word", "a phrase in quotes"])
        }
    }

    /// Sizes and dates can be checked as they are read; declared fields only when the bucket is known.
    private func check(_ value: String, of field: QueryField, _ range: Range<Int>) throws(QueryError) {
        switch field.kind {
        case .size: _ = try QueryScalar.size(value, at: QueryPlace(range, of: bytes))
        case .date: _ = try QueryScalar.date(value, now: 0, at: QueryPlace(range, of: bytes))
        case .words, .keyword, .keyPrefix, .declared: return
        }
    }
}
