/// `method SP request-target SP HTTP-version`, with single spaces (RFC 9112 section 3).
struct RequestLine: Sendable {
    var method: String
    /// Origin form, or `*`.
    var target: String
    /// From an absolute-form target.
    var authority: String?
    var minorVersion: Int

    private static let longestMethod = 32
    private static let versionLength = 8

    init(_ line: Span<UInt8>) throws(ParseError) {
        var end = 0
        while end < line.count, Characters.isToken(line[unchecked: end]) { end &+= 1 }
        guard end > 0, end < line.count, line[end] == Characters.space else { throw .requestLine }
        guard end <= Self.longestMethod else { throw .methodTooLong }
        let start = end + 1
        let versionStart = line.count - Self.versionLength
        guard versionStart > start + 1, line[versionStart - 1] == Characters.space else { throw .requestLine }
        minorVersion = try Self.version(line.extracting(versionStart..<line.count))
        method = asciiText(line.extracting(0..<end))
        guard method != "CONNECT" else { throw .connectRefused }

        let raw = line.extracting(start..<versionStart - 1)
        var index = 0
        while index < raw.count {
            guard Characters.isTarget(raw[unchecked: index]) else {
                throw raw[index] == Characters.space ? .requestLine : .target
            }
            index &+= 1
        }
        let text = asciiText(raw)
        if raw[0] == UInt8(ascii: "/") {
            target = text
        } else if raw.count == 1, raw[0] == UInt8(ascii: "*") {
            guard method == "OPTIONS" else { throw .target }
            target = text
        } else {
            (authority, target) = try Self.absolute(text, method: method)
        }
    }

    /// `HTTP/1.0` or `HTTP/1.1`; a higher minor version is served as 1.1 (RFC 9110 section 2.5).
    private static func version(_ octets: Span<UInt8>) throws(ParseError) -> Int {
        let prefix: StaticString = "HTTP/"
        for index in 0..<5 {
            // Safe: the static string has five octets.
            guard unsafe octets[index] == prefix.utf8Start[index] else { throw .requestLine }
        }
        let major = octets[5] &- UInt8(ascii: "0")
        let minor = octets[7] &- UInt8(ascii: "0")
        guard major < 10, octets[6] == UInt8(ascii: "."), minor < 10 else { throw .requestLine }
        guard major == 1 else { throw .version }
        return min(Int(minor), 1)
    }

    /// `http://authority/path?query` → authority and origin form (RFC 9112 section 3.2.2).
    private static func absolute(_ text: String, method: String) throws(ParseError) -> (String, String) {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { throw .target }
        let scheme = text[..<colon].lowercased()
        let rest = text[colon...]
        guard scheme == "http" || scheme == "https", rest.hasPrefix("://") else { throw .target }
        let hierarchy = rest.dropFirst(3)
        let end = hierarchy.firstIndex { $0 == "/" || $0 == "?" } ?? hierarchy.endIndex
        let authority = hierarchy[..<end]
        guard !authority.isEmpty, authority.utf8.allSatisfy(Characters.isHost) else { throw .target }
        let path = hierarchy[end...]
        if path.isEmpty { return (String(authority), method == "OPTIONS" ? "*" : "/") }
        return (String(authority), path.hasPrefix("?") ? "/" + path : String(path))
    }
}
