extension Query: CustomStringConvertible {
    /// The query in one form of its many: reading it gives the same tree.
    public var description: String {
        if root == .everything { return "" }
        return QueryPrinter.text(of: root)
    }
}

enum QueryPrinter {
    static func text(of node: Query.Node) -> String {
        switch node {
        case .everything: "*"
        case .and(let nodes): nodes.map { text(of: $0, within: .and) }.joined(separator: " AND ")
        case .or(let nodes): nodes.map { text(of: $0, within: .or) }.joined(separator: " OR ")
        case .not(let node): "NOT " + text(of: node, within: .not)
        case .boost(let node, let factor): text(of: node, within: .boost) + "^" + decimal(factor)
        case .text(let words, _): text(of: words)
        case .field(let field, let test, _): name(of: field) + text(of: test, of: field)
        }
    }

    private enum Context { case and, or, not, boost }

    private static func text(of node: Query.Node, within context: Context) -> String {
        let needsParentheses =
            switch (node, context) {
            case (.everything, _), (.text, _): false
            case (.and, .or): false
            case (.and, _), (.or, _): true
            case (.not, .boost), (.boost, .boost), (.field, .boost): true
            case (.not, _), (.boost, _), (.field, _): false
            }
        return needsParentheses ? "(" + text(of: node) + ")" : text(of: node)
    }

    private static func text(of words: Query.Text) -> String {
        switch words {
        case .word(let word): escaped(word)
        case .prefix(let word): escaped(word) + "*"
        case .wildcard(let pattern): pattern.isEmpty ? "\"\"" : escapedPattern(pattern)
        case .fuzzy(let word, let distance): escaped(word) + "~" + (distance.map(String.init) ?? "")
        case .phrase(let phrase, let slop, let endsInPrefix):
            quoted(phrase, endsInPrefix: endsInPrefix) + (slop > 0 ? "~\(slop)" : "")
        }
    }

    private static func text(of test: Query.Test, of field: QueryField) -> String {
        switch test {
        case .exists: ":*"
        case .exact(let value): "=" + exact(value)
        case .oneOf(let values): ":IN(" + values.map(exact).joined(separator: ", ") + ")"
        case .compare(let comparison, let value): ":" + comparison.rawValue + exact(value)
        case .range(let lower, let upper):
            ":" + (lower?.isIncluded == false ? "{" : "[") + bound(lower) + " TO " + bound(upper)
                + (upper?.isIncluded == false ? "}" : "]")
        case .text(let words): ":" + text(of: words, of: field)
        }
    }

    private static func text(of words: Query.Text, of field: QueryField) -> String {
        switch (field.kind, words) {
        case (.size, .word(let value)), (.date, .word(let value)): exact(value)
        case (.keyPrefix, .prefix(let prefix)): quoted(prefix)
        default: text(of: words)
        }
    }

    private static func bound(_ bound: Query.Bound?) -> String { bound.map { exact($0.value) } ?? "*" }

    private static func name(of field: QueryField) -> String {
        guard case .metadata(let metadata) = field else { return field.name }
        let isPlain = metadata.name.utf8.allSatisfy(isPlain)
        return (metadata.source == .tag ? "tag." : "meta.") + (isPlain ? metadata.name : quoted(metadata.name))
    }

    /// Bare if that is enough.
    private static func exact(_ value: String) -> String {
        !value.isEmpty && value.utf8.allSatisfy(isPlain) ? value : quoted(value)
    }

    private static func quoted(_ text: String, endsInPrefix: Bool = false) -> String {
        var result = "\""
        for character in text.unicodeScalars {
            if character == "\"" || character == "\\" || character == "*" { result += "\\" }
            result.unicodeScalars.append(character)
        }
        return result + (endsInPrefix ? "*\"" : "\"")
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z") || DateInterval.isDigit(byte)
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "/")
    }

    /// A word, with a backslash before all that could mean something.
    private static func escaped(_ word: String) -> String {
        var result = ""
        let needsFirst = ["AND", "OR", "NOT"].contains(word) || word.hasPrefix("-") || word.hasPrefix("IN")
        for (index, character) in word.unicodeScalars.enumerated() {
            // Two dots would make a range of it.
            let isSecondDot = character == "." && result.last == "."
            if index == 0 && needsFirst || isSecondDot || !isBare(character, isFirst: index == 0) { result += "\\" }
            result.unicodeScalars.append(character)
        }
        return result
    }

    private static func escapedPattern(_ pattern: String) -> String {
        var result = ""
        var isQuoted = false
        for (index, character) in pattern.unicodeScalars.enumerated() {
            if isQuoted {
                result.unicodeScalars.append(character)
                isQuoted = false
            } else if character == "\\" {
                result += "\\"
                isQuoted = true
            } else {
                let isWildcard = character == "*" || character == "?"
                if !isWildcard, !isBare(character, isFirst: index == 0) || index == 0 && character == "-" {
                    result += "\\"
                }
                result.unicodeScalars.append(character)
            }
        }
        return result
    }

    private static func isBare(_ character: Unicode.Scalar, isFirst: Bool) -> Bool {
        if character.value >= 0x80 { return character.value != 0xA0 && character.value != 0x3000 }
        let byte = UInt8(truncatingIfNeeded: character.value)
        if isPlain(byte) { return true }
        // Between words' characters only: `key:` and `a=b` would be read as fields, `a..b` as a range.
        return !isFirst && [UInt8(ascii: ","), UInt8(ascii: "+"), UInt8(ascii: "@"), UInt8(ascii: "'")].contains(byte)
    }

    private static func decimal(_ factor: Double) -> String {
        factor == factor.rounded() ? String(Int(factor)) : String(factor)
    }
}
