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
