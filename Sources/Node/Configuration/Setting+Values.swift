import Core

/// A value as it was given: text from a flag or the environment, JSON from the file.
enum GivenValue: Sendable, Equatable {
    case texts([String])
    case json(JSONValue)

    /// nil unless it is one text.
    var text: String? {
        switch self {
        case .texts(let texts): texts.count == 1 ? texts[0] : nil
        case .json(let value): value.string
        }
    }

    /// A text, or a list of texts.
    var textList: [String]? {
        switch self {
        case .texts(let texts): return texts
        case .json(.string(let text)): return [text]
        case .json(.array(let values)):
            let texts = values.compactMap(\.string)
            return texts.count == values.count ? texts : nil
        case .json: return nil
        }
    }

    var integer: Int? {
        switch self {
        case .texts: text.flatMap { Int($0) }
        case .json(let value): value.integer.flatMap { Int(exactly: $0) }
        }
    }
}

extension Setting {
    /// Puts the value into the configuration.
    /// - Throws: `.invalidValue` with what is expected instead.
    func apply(
        _ value: GivenValue, from source: ConfigurationError.Source, to configuration: inout Configuration
    ) throws(ConfigurationError) {
        func refuse(_ expected: String) -> ConfigurationError {
            .invalidValue(setting: name, reason: "must be \(expected)", source)
        }
        switch kind {
        case .text(let path):
            guard let text = value.text, !text.isEmpty else { throw refuse("a text that is not empty") }
            configuration[keyPath: path] = text
        case .optionalText(let path):
            guard let text = value.text, !text.isEmpty else { throw refuse("a text that is not empty") }
            configuration[keyPath: path] = text
        case .texts(let path):
            guard let texts = value.textList, !texts.contains("") else { throw refuse("a list of texts") }
            configuration[keyPath: path] = texts
        case .folders(let path):
            guard let texts = value.textList, !texts.contains("") else { throw refuse("a list of folders") }
            var folders: [String] = []
            for text in texts {
                guard let expanded = NumberPattern.expand(text) else {
                    throw refuse("a list of folders; {FIRST...LAST} takes two numbers, at most 1,000 in all")
                }
                folders += expanded
            }
            configuration[keyPath: path] = folders
        case .integer(let path, let range):
            guard let integer = value.integer, range.contains(integer) else {
                throw refuse("a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            configuration[keyPath: path] = integer
        case .bytes(let path, let range):
            guard let bytes = value.integer ?? value.text.flatMap(Self.bytes), range.contains(bytes) else {
                throw refuse("a number of bytes from \(range.lowerBound) to \(range.upperBound), such as 512MiB")
            }
            configuration[keyPath: path] = bytes
        case .address(let path):
            guard let address = value.text.flatMap({ ListenAddress($0) }) else { throw refuse("HOST:PORT") }
            configuration[keyPath: path] = address
        case .choice(let words, let set):
            guard let word = value.text, words.contains(word) else {
                throw refuse("one of \(words.joined(separator: ", "))")
            }
            set(&configuration, word)
        }
    }

    /// `64KiB`, `512 MiB`, `1GiB`; nil for anything else.
    private static func bytes(_ text: String) -> Int? {
        for (suffix, shift) in [("KiB", 10), ("MiB", 20), ("GiB", 30)] where text.hasSuffix(suffix) {
            var digits = text.dropLast(suffix.count)
            if digits.last == " " { digits.removeLast() }
            guard let number = Int(digits), number >= 0, number <= Int.max >> shift else { return nil }
            return number << shift
        }
        return nil
    }
}

/// `{1...6}` in a path: one path for each number.
enum NumberPattern {
    static let maximumPaths = 1000

    /// The text itself if it has no braces. Several patterns multiply; numbers are as wide as the first is written.
    /// - Returns: nil if a pattern is malformed, descends, or would give more than `maximumPaths`.
    static func expand(_ text: String) -> [String]? {
        guard let open = text.firstIndex(of: "{") else { return text.contains("}") ? nil : [text] }
        guard let close = text[open...].firstIndex(of: "}") else { return nil }
        let body = text[text.index(after: open)..<close]
        let parts = body.split(separator: "...", omittingEmptySubsequences: false)
        guard parts.count == 2, let first = number(parts[0]), let last = number(parts[1]), first <= last,
            last - first < maximumPaths, let tails = expand(String(text[text.index(after: close)...]))
        else { return nil }
        var paths: [String] = []
        for number in first...last {
            let digits = "\(number)"
            let zeros = String(repeating: "0", count: max(0, parts[0].count - digits.count))
            for tail in tails { paths.append("\(text[..<open])\(zeros)\(digits)\(tail)") }
        }
        return paths.count <= maximumPaths ? paths : nil
    }

    private static func number(_ text: Substring) -> Int? {
        guard (1...9).contains(text.utf8.count), text.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return Int(text)
    }
}
