/// A piece of a text that a search found, with what was found in it.
public struct Highlight: Sendable, Equatable {
    public struct Part: Sendable, Equatable {
        /// Bytes of the source.
        public var range: Range<Int>
        public var isMatch: Bool
        public init(_ range: Range<Int>, isMatch: Bool) {
            self.range = range
            self.isMatch = isMatch
        }
    }

    /// One after another without gaps, none empty; matches never touch each other.
    public var parts: [Part]

    public init(_ parts: [Part]) { self.parts = parts }

    /// Of the source.
    public var range: Range<Int> { (parts.first?.range.lowerBound ?? 0)..<(parts.last?.range.upperBound ?? 0) }

    /// HTML: matches between `<em>` and `</em>`, everything that has a meaning in HTML escaped. What is no UTF-8 shows as
    /// U+FFFD.
    /// - Parameter source: the text that was highlighted.
    public func html(of source: [UInt8]) -> String {
        var html: [UInt8] = []
        for part in parts {
            if part.isMatch { html += "<em>".utf8 }
            for byte in source[part.range] {
                switch byte {
                case UInt8(ascii: "&"): html += "&amp;".utf8
                case UInt8(ascii: "<"): html += "&lt;".utf8
                case UInt8(ascii: ">"): html += "&gt;".utf8
                case UInt8(ascii: "\""): html += "&quot;".utf8
                case UInt8(ascii: "'"): html += "&#39;".utf8
                default: html.append(byte)
                }
            }
            if part.isMatch { html += "</em>".utf8 }
        }
        return String(decoding: html, as: UTF8.self)
    }
}
