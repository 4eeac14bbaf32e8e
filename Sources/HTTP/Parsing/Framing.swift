/// Decides how a message's body ends and whether the connection lives on (RFC 9112 sections 6.3 and 9.3). Requests are
/// judged strictly: whatever two recipients could read differently is refused, which is what stops request smuggling.
enum Framing {
    /// The value of Content-Length, if there is one.
    static func contentLength(_ headers: Headers) throws(ParseError) -> UInt64? {
        var length: UInt64?
        for field in headers.fields where field.name == "content-length" {
            // A repeated field is refused even if the values agree: a peer that sends it is broken or hostile.
            guard length == nil, let value = decimal(field.value) else { throw .contentLength }
            length = value
        }
        return length
    }

    /// Whether the message is chunked. `chunked` must be the only coding: no other is implemented.
    static func isChunked(_ headers: Headers) throws(ParseError) -> Bool {
        var codings: [Substring] = []
        var present = false
        for field in headers.fields where field.name == "transfer-encoding" {
            present = true
            codings += field.value.split(separator: ",", omittingEmptySubsequences: false)
        }
        guard present else { return false }
        let names = codings.map { trimmed($0).lowercased() }
        guard names.allSatisfy({ !$0.isEmpty }) else { throw .ambiguousFraming }
        if names == ["chunked"] { return true }
        // `chunked` anywhere but at the end, or twice, leaves the end of the body unknown.
        guard !names.dropLast().contains("chunked") else { throw .ambiguousFraming }
        throw .transferCoding
    }

    static func ofRequest(minorVersion: Int, _ headers: Headers) throws(ParseError) -> BodyFraming {
        let length = try contentLength(headers)
        guard try isChunked(headers) else {
            guard let length, length > 0 else { return .none }
            return .length(length)
        }
        // RFC 9112 section 6.1: a server may reject both at once, and must treat chunked in HTTP/1.0 as faulty.
        guard length == nil, minorVersion >= 1 else { throw .ambiguousFraming }
        return .chunked
    }

    /// RFC 9112 section 9.3.
    static func keepsAlive(minorVersion: Int, _ headers: Headers) -> Bool {
        var keepAlive = minorVersion >= 1
        for field in headers.fields where field.name == "connection" {
            for option in field.value.split(separator: ",") {
                switch trimmed(option).lowercased() {
                case "close": return false
                case "keep-alive": keepAlive = true
                default: continue
                }
            }
        }
        return keepAlive
    }

    /// RFC 9110 section 10.1.1. Ignored in HTTP/1.0.
    static func expectsContinue(minorVersion: Int, _ headers: Headers) throws(ParseError) -> Bool {
        guard minorVersion >= 1 else { return false }
        var expects = false
        for field in headers.fields where field.name == "expect" {
            guard field.value.lowercased() == "100-continue" else { throw .expectation }
            expects = true
        }
        return expects
    }

    /// Digits only, below 2^63.
    static func decimal(_ text: String) -> UInt64? {
        guard !text.isEmpty, text.utf8.count <= 19, text.utf8.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
        guard let value = UInt64(text), value <= UInt64(Int64.max) else { return nil }
        return value
    }

    static func trimmed(_ text: Substring) -> Substring {
        var rest = text
        while let first = rest.utf8.first, Characters.isBlank(first) { rest = rest.dropFirst() }
        while let last = rest.utf8.last, Characters.isBlank(last) { rest = rest.dropLast() }
        return rest
    }
}
