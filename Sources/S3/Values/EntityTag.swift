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
        let isQuoted = text.utf8.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"")
        self.init(text: isQuoted ? String(text.dropFirst().dropLast()) : text)
    }

    /// As in a header field or a listing: in quotes.
    public var quoted: String { "\"\(text)\"" }
    public var description: String { quoted }
}
