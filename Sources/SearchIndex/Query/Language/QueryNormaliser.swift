import Core

/// Turns the language's tree into the index's: words into terms, names of buckets into identifiers, dates and sizes into
/// numbers. `QueryNormaliser+Text.swift` has what becomes of words.
struct QueryNormaliser {
    let context: QueryContext
    var analyzer = Analyzer()
    var stemming: Analyzer?
    var buffer = TokenBuffer()
    let folding = TextFolding()

    init(_ context: QueryContext) {
        self.context = context
        stemming = context.schema.stemmer.map { Analyzer(stemmer: $0) }
    }

    mutating func query(_ node: Query.Node) throws(QueryError) -> IndexQuery {
        switch node {
        case .everything: return .all
        case .and(let nodes): return Self.and(try queries(nodes))
        case .or(let nodes): return Self.or(try queries(nodes))
        case .not(let node): return .not(try query(node))
        case .boost(let node, let factor): return .boost(try query(node), Float(factor))
        case .text(let text, let place): return try words(text, in: .all, place)
        case .field(let field, let test, let place): return try clause(field, test, place)
        }
    }

    private mutating func queries(_ nodes: [Query.Node]) throws(QueryError) -> [IndexQuery] {
        var queries: [IndexQuery] = []
        for node in nodes { queries.append(try query(node)) }
        return queries
    }

    /// Flat; what everything matches is left out, as it neither filters nor scores.
    static func and(_ queries: [IndexQuery]) -> IndexQuery {
        var flat: [IndexQuery] = []
        for query in queries {
            switch query {
            case .and(let inner): flat += inner
            case .all: continue
            default: flat.append(query)
            }
        }
        return flat.isEmpty ? .all : flat.count == 1 ? flat[0] : .and(flat)
    }

    static func or(_ queries: [IndexQuery]) -> IndexQuery {
        var flat: [IndexQuery] = []
        for query in queries {
            if case .or(let inner) = query { flat += inner } else { flat.append(query) }
        }
        return flat.isEmpty ? .none : flat.count == 1 ? flat[0] : .or(flat)
    }

    // MARK: - Fields

    private mutating func clause(
        _ field: QueryField, _ test: Query.Test, _ place: QueryPlace
    ) throws(QueryError) -> IndexQuery {
        switch field {
        case .bucket: return try bucket(test, place)
        case .key, .name: return try wordsOrWhole(field, test, place)
        case .path: return try path(test, place)
        case .fileExtension: return try keyword(.fileExtension, test, place, Self.lowercasedExtension)
        case .contentType: return try contentType(test, place)
        case .owner: return try keyword(.owner, test, place) { Array($0.utf8) }
        case .storageClass: return try keyword(.storageClass, test, place) { Array($0.uppercased().utf8) }
        case .entityTag: return try keyword(.entityTag, test, place, Self.unquotedTag)
        case .version: return try keyword(.version, test, place) { Array($0.utf8) }
        case .size:
            return try column(.size, field, test, place) { text throws(QueryError) in
                let size = try QueryScalar.size(text, at: place)
                return DateInterval(lower: size, upper: size)
            }
        case .modified: return try date(.modified, field, test, place)
        case .metadata(let name): return try metadata(name, test, place)
        }
    }

    private mutating func wordsOrWhole(
        _ field: QueryField, _ test: Query.Test, _ place: QueryPlace
    ) throws(QueryError) -> IndexQuery {
        let isKey = field == .key
        func exact(_ value: String) -> IndexQuery {
            isKey ? .keyExact(Array(value.utf8)) : .exact(.name, Array(value.utf8))
        }
        switch test {
        case .exists: return isKey ? .all : .existsKeyword(.name)
        case .exact(let value): return exact(value)
        case .oneOf(let values):
            return isKey ? Self.or(values.map(exact)) : .oneOf(.name, values.map { Array($0.utf8) })
        case .text(let text): return try words(text, in: isKey ? .key : .name, place)
        case .compare, .range: throw notComparable(field, place)
        }
    }

    private func path(_ test: Query.Test, _ place: QueryPlace) throws(QueryError) -> IndexQuery {
        func prefix(_ value: String) -> IndexQuery { value.isEmpty ? .all : .keyPrefix(Array(value.utf8)) }
        switch test {
        case .exists: return .all
        case .exact(let value): return .keyExact(Array(value.utf8))
        case .oneOf(let values): return Self.or(values.map(prefix))
        case .text(.prefix(let value)), .text(.word(let value)), .text(.phrase(let value, slop: _, endsInPrefix: _)):
            return prefix(value)
        case .text(.wildcard), .text(.fuzzy):
            throw QueryError(.unsupportedForm, "`path:` takes the beginning of a key.", at: place)
        case .compare, .range: throw notComparable(.path, place)
        }
    }

    private func bucket(_ test: Query.Test, _ place: QueryPlace) throws(QueryError) -> IndexQuery {
        switch test {
        case .exists: return .all
        case .exact(let name), .text(.word(let name)), .text(.phrase(let name, slop: _, endsInPrefix: false)):
            return buckets { $0 == name }
        case .oneOf(let names): return buckets { names.contains($0) }
        case .text(.prefix(let start)), .text(.phrase(let start, slop: _, endsInPrefix: true)):
            return buckets { $0.hasPrefix(start) }
        case .text(.wildcard(let pattern)):
            let pattern = WildcardPattern(pattern)
            return buckets(pattern.matches)
        case .text(.fuzzy):
            throw QueryError(.unsupportedForm, "`~` is for words of keys and metadata.", at: place)
        case .compare, .range: throw notComparable(.bucket, place)
        }
    }

    /// A bucket that the user may not see and one that does not exist are the same: nothing matches.
    private func buckets(_ isMeant: (String) -> Bool) -> IndexQuery {
        let found = Set(context.buckets.filter { isMeant($0.name) }.map(\.id)).sorted()
        return found.isEmpty ? .none : .buckets(found)
    }

    // MARK: - Values as a whole

    private func keyword(
        _ field: KeywordField, _ test: Query.Test, _ place: QueryPlace, _ form: (String) -> [UInt8]
    ) throws(QueryError) -> IndexQuery {
        switch test {
        case .exists: return .existsKeyword(field)
        case .exact(let value), .text(.word(let value)), .text(.phrase(let value, slop: _, endsInPrefix: false)):
            return .exact(field, form(value))
        case .oneOf(let values): return .oneOf(field, values.map(form))
        case .text(.prefix(let value)), .text(.phrase(let value, slop: _, endsInPrefix: true)):
            return .keywordPrefix(field, form(value))
        case .text(.wildcard(let pattern)): return .keywordWildcard(field, form(pattern))
        case .text(.fuzzy):
            throw QueryError(
                .unsupportedForm, "`~` is for words of keys and metadata; this field is compared as a whole.",
                at: place)
        case .compare, .range:
            throw QueryError(.notComparable, "This field has no order.", at: place)
        }
    }

    /// `image` and `image/` stand for all of the type, `image/png` for itself.
    private func contentType(_ test: Query.Test, _ place: QueryPlace) throws(QueryError) -> IndexQuery {
        if case .text(.word(let value)) = test {
            let type = ContentTypeName.normalised(value)
            if !type.contains(UInt8(ascii: "/")) {
                return .keywordPrefix(.contentType, type + [UInt8(ascii: "/")])
            }
            if type.last == UInt8(ascii: "/") { return .keywordPrefix(.contentType, type) }
        }
        return try keyword(.contentType, test, place, ContentTypeName.normalised)
    }

    /// With or without its dot.
    private static func lowercasedExtension(_ text: String) -> [UInt8] {
        let bytes = Array((text.hasPrefix(".") ? text.dropFirst() : text[...]).utf8)
        return bytes.withUnsafeBytes { KeyName.lowercased($0) }
    }

    /// As S3 shows it or as HTTP does, in quotes.
    private static func unquotedTag(_ text: String) -> [UInt8] {
        let quote = UInt8(ascii: "\"")
        var bytes = text.utf8.map { $0 &- 65 < 26 ? $0 | 0x20 : $0 }[...]
        if bytes.count >= 2, bytes.first == quote, bytes.last == quote { bytes = bytes.dropFirst().dropLast() }
        return Array(bytes)
    }

    // MARK: - Numbers

    private typealias Parse = (String) throws(QueryError) -> DateInterval

    private func date(
        _ column: ColumnField, _ field: QueryField, _ test: Query.Test, _ place: QueryPlace
    ) throws(QueryError) -> IndexQuery {
        let now = context.now
        return try self.column(column, field, test, place) { text throws(QueryError) in
            try QueryScalar.date(text, now: now, at: place)
        }
    }

    /// - Parameter interval: what a value stands for in the column.
    private func column(
        _ column: ColumnField, _ field: QueryField, _ test: Query.Test, _ place: QueryPlace, _ interval: Parse
    ) throws(QueryError) -> IndexQuery {
        switch test {
        case .exists: return .range(column, lower: nil, upper: nil)
        case .exact(let text), .text(.word(let text)), .text(.phrase(let text, slop: _, endsInPrefix: false)):
            let value = try interval(text)
            return .range(column, lower: value.lower, upper: value.upper)
        case .oneOf(let texts):
            var ranges: [IndexQuery] = []
            for text in texts {
                let value = try interval(text)
                ranges.append(.range(column, lower: value.lower, upper: value.upper))
            }
            return Self.or(ranges)
        case .compare(let comparison, let text):
            let value = try interval(text)
            switch comparison {
            case .greaterOrEqual: return .range(column, lower: value.lower, upper: nil)
            case .lessOrEqual: return .range(column, lower: nil, upper: value.upper)
            case .greater: return value.upper == .max ? .none : .range(column, lower: value.upper + 1, upper: nil)
            case .less: return value.lower == .min ? .none : .range(column, lower: nil, upper: value.lower - 1)
            }
        case .range(let lower, let upper):
            return try range(column, lower, upper, place, interval)
        case .text:
            throw QueryError(
                .unsupportedForm, "`\(field.name)` is compared as a number or a date; it has no words.", at: place)
        }
    }

    private func range(
        _ column: ColumnField, _ lower: Query.Bound?, _ upper: Query.Bound?, _ place: QueryPlace, _ interval: Parse
    ) throws(QueryError) -> IndexQuery {
        var least: Int64?
        var greatest: Int64?
        if let lower {
            let value = try interval(lower.value)
            if !lower.isIncluded, value.upper == .max { return .none }
            least = lower.isIncluded ? value.lower : value.upper + 1
        }
        if let upper {
            let value = try interval(upper.value)
            if !upper.isIncluded, value.lower == .min { return .none }
            greatest = upper.isIncluded ? value.upper : value.lower - 1
            if let lower, try interval(lower.value).lower > value.upper {
                throw QueryError(
                    .invalidRange, "The range ends (\(upper.value)) before it begins (\(lower.value)).", at: place)
            }
        }
        if let least, let greatest, least > greatest { return .none }
        return .range(column, lower: least, upper: greatest)
    }

    func notComparable(_ field: QueryField, _ place: QueryPlace) -> QueryError {
        QueryError(
            .notComparable, "`\(field.name)` has no order; size, modified and declared metadata can be compared.",
            at: place)
    }

    // MARK: - Metadata

    private mutating func metadata(
        _ name: MetadataName, _ test: Query.Test, _ place: QueryPlace
    ) throws(QueryError) -> IndexQuery {
        let field = QueryField.metadata(name)
        let kind = context.schema.fields.first { $0.name == name }?.kind
        switch (test, kind) {
        case (.exists, _): return .exists(name)
        case (.exact(let value), _): return .exact(.metadata(name), Self.keywordValue(value))
        case (.compare, .date), (.range, .date), (.text(.word), .date), (.oneOf, .date):
            return try date(.declared(name), field, test, place)
        case (.compare, .number), (.range, .number), (.text(.word), .number), (.oneOf, .number):
            return try column(.declared(name), field, test, place) { text throws(QueryError) in
                guard let number = DeclaredValue.number(text) else {
                    throw QueryError(
                        .invalidNumber, "`\(text)` is no number, and `\(field.name)` is declared as one.", at: place,
                        expected: ["a decimal number"])
                }
                let value = ColumnValue.of(number)
                return DateInterval(lower: value, upper: value)
            }
        case (.compare, .keyword), (.range, .keyword):
            throw QueryError(
                .notComparable, "`\(field.name)` is declared a keyword, which has no order.", at: place,
                expected: ["a declaration as number or date"])
        case (.compare, nil), (.range, nil):
            throw QueryError(
                .undeclaredField,
                "`\(field.name)` can be compared once the bucket's owner declares it a number or a date"
                    + " (PUT /BUCKET?search).", at: place,
                expected: ["a word", "a phrase in quotes", "`\(field.name)=VALUE`"])
        case (.oneOf(let values), _): return .oneOf(.metadata(name), values.map(Self.keywordValue))
        case (.text(let text), _): return try words(text, in: .metadata(name), place)
        }
    }

    /// As the index keeps it: no more than its beginning.
    static func keywordValue(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        return Array(bytes[..<bytes.withUnsafeBytes { UTF8Reader.cut($0, to: 1024) }])
    }
}
