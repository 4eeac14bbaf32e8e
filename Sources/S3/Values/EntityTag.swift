private import Core

/// An object's entity tag without its quotes: the MD5 of a single upload, or the MD5 of the parts' MD5s, a dash and
/// their number.
///
/// Source: Amazon S3 API Reference, "Common response headers" (`RESTCommonResponseHeaders.html`, ETag).
public struct EntityTag: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    public init(text: String) { self.text = text }

    /// - Parameters:
    ///   - md5: 16 bytes.
    ///   - parts: the number of parts of a multipart upload, nil for a single one.
    public init(md5: [UInt8], parts: Int? = nil) {
        text = Hexadecimal.encode(md5) + (parts.map { "-\($0)" } ?? "")
    }

    /// - Parameter text: with its quotes or without.
    init(unquoting text: String) {
        let bytes = text.utf8.span
        let quote = UInt8(ascii: "\"")
        let isQuoted = bytes.count >= 2 && bytes[0] == quote && bytes[bytes.count - 1] == quote
        self.init(text: isQuoted ? bytes.extracting(1..<bytes.count - 1).string : text)
    }

    /// As in a header field or a listing: in quotes.
    public var quoted: String { "\"\(text)\"" }
    public var description: String { quoted }
}
