import Core

/// User metadata beyond printable ASCII: encoded words in header fields, decoded before they are stored, encoded again
/// when they are given back.
///
/// Source: RFC 2047, sections 2 and 4; Amazon S3 User Guide, "User-defined object metadata" (`UsingMetadata.html`).
enum EncodedWord {
    /// The value itself if it is printable ASCII, otherwise one UTF-8 encoded word in base64.
    static func encode(_ value: String) -> String {
        let isPlain = value.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !value.contains("=?")
        return isPlain ? value : "=?UTF-8?B?\(Base64.encode(Array(value.utf8)))?="
    }

    /// Decodes the value if it is one encoded word, or several divided by spaces; anything else is the value itself.
    static func decode(_ value: String) -> String {
        guard value.hasPrefix("=?"), value.hasSuffix("?=") else { return value }
        var bytes: [UInt8] = []
        for word in value.split(separator: " ") {
            guard let decoded = decodeWord(word) else { return value }
            bytes += decoded
        }
        return String(validating: bytes, as: UTF8.self) ?? value
    }

    private static func decodeWord(_ word: Substring) -> [UInt8]? {
        let parts = word.split(separator: "?", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0] == "=", parts[4] == "=",
            ["utf-8", "us-ascii"].contains(parts[1].lowercased())
        else { return nil }
        switch parts[2] {
        case "B", "b": return Base64.decode(parts[3])
        case "Q", "q": return decodeQ(Array(parts[3].utf8))
        default: return nil
        }
    }

    /// RFC 2047, section 4.2: `_` is a space, `=XX` a byte.
    private static func decodeQ(_ text: [UInt8]) -> [UInt8]? {
        var bytes: [UInt8] = []
        var index = 0
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "_"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "="):
                guard index + 2 < text.count,
                    let byte = Hexadecimal.decode(String(decoding: text[index + 1...index + 2], as: UTF8.self))
                else { return nil }
                bytes += byte
                index += 2
            case let character: bytes.append(character)
            }
            index += 1
        }
        return bytes
    }
}
