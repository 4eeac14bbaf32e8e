extension String {
    /// Without spaces and tabs at both ends (the optional white space of RFC 9110, section 5.6.3).
    var trimmingSpaces: String {
        let isSpace = { (character: UInt8) in character == UInt8(ascii: " ") || character == UInt8(ascii: "\t") }
        guard let first = utf8.first, let last = utf8.last, isSpace(first) || isSpace(last) else { return self }
        var view = utf8[...]
        while let first = view.first, isSpace(first) { view.removeFirst() }
        while let last = view.last, isSpace(last) { view.removeLast() }
        return String(Substring(view))
    }
}

extension Span<UInt8> {
    /// The text of bytes that are known to be UTF-8.
    var string: String { withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) } }

    func equals(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        var index = 0
        while index < count {
            guard self[unchecked: index] == other[unchecked: index] else { return false }
            index &+= 1
        }
        return true
    }

    func equals(_ text: StaticString) -> Bool { count == text.utf8CodeUnitCount && hasPrefix(text) }

    func hasPrefix(_ text: StaticString) -> Bool {
        guard count >= text.utf8CodeUnitCount else { return false }
        for index in 0..<text.utf8CodeUnitCount {
            // Safe: within the static string.
            guard unsafe self[unchecked: index] == text.utf8Start[index] else { return false }
        }
        return true
    }
}

extension String {
    /// Byte for byte, which for what HTTP and S3 compare is the same and quicker than the equality of strings.
    func isSame(as other: String) -> Bool { utf8.count == other.utf8.count && utf8.span.equals(other.utf8.span) }

    func hasASCIIPrefix(_ prefix: StaticString) -> Bool { utf8.span.hasPrefix(prefix) }
}
