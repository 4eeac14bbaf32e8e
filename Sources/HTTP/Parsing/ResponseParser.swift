/// The head of a response, and how its body is to be read.
public struct ParsedResponse: Sendable {
    public var head: ResponseHead
    public var body: BodyDecoder
    public var keepsAlive: Bool
}

/// Incremental parser of response heads, for the client side (RFC 9112 section 4).
///
/// States: start line → fields → (response returned) → start line.
public struct ResponseParser: Sendable {
    private enum State {
        case startLine
        case fields(status: Int, minorVersion: Int)
    }

    private var state = State.startLine
    private var scanner = LineScanner()
    private var fields = FieldSection()
    private var headBytes = 0
    private let limits: HeadLimits

    public init(limits: HeadLimits = HeadLimits()) { self.limits = limits }

    /// - Parameters:
    ///   - method: of the request that this answers: a response to HEAD has no body.
    ///   - consumed: increased by the bytes that are done with.
    /// - Returns: nil when more input is needed. Interim responses (1xx) are returned like others, without a body.
    public mutating func parse(
        _ input: Span<UInt8>, answering method: String, consumed: inout Int
    ) throws(ParseError) -> ParsedResponse? {
        var position = 0
        defer { consumed += position }
        while let length = try scanner.lineLength(in: input, from: position) {
            let line = input.extracting(position..<position + length)
            position += length + 2
            headBytes += length + 2
            guard headBytes <= limits.headBytes else { throw .headTooLarge }
            switch state {
            case .startLine:
                let (status, minorVersion) = try Self.statusLine(line)
                state = .fields(status: status, minorVersion: minorVersion)
            case .fields(let status, let minorVersion):
                guard line.isEmpty else {
                    try fields.add(line, limits: limits)
                    continue
                }
                let response = try finish(status: status, minorVersion: minorVersion, method: method)
                self = ResponseParser(limits: limits)
                return response
            }
        }
        guard headBytes + scanner.pending <= limits.headBytes else { throw .headTooLarge }
        return nil
    }

    /// `HTTP/1.x SP 3DIGIT SP [reason]`; the last space may be missing (RFC 9112 section 4).
    private static func statusLine(_ line: Span<UInt8>) throws(ParseError) -> (status: Int, minorVersion: Int) {
        guard line.count >= 12, let text = text(line.extracting(0..<12)) else { throw .statusLine }
        guard text.hasPrefix("HTTP/") else { throw .statusLine }
        guard text.hasPrefix("HTTP/1.") else { throw .version }
        let minor = line[7] &- 0x30
        guard minor < 10, line[8] == Characters.space, line.count == 12 || line[12] == Characters.space else {
            throw .statusLine
        }
        var status = 0
        for index in 9..<12 {
            let digit = line[index] &- 0x30
            guard digit < 10 else { throw .statusLine }
            status = status * 10 + Int(digit)
        }
        guard status >= 100 else { throw .statusLine }
        return (status, min(Int(minor), 1))
    }

    /// The rules of RFC 9112 section 6.3.
    private func finish(status: Int, minorVersion: Int, method: String) throws(ParseError) -> ParsedResponse {
        let headers = fields.headers
        let keepsAlive = Framing.keepsAlive(minorVersion: minorVersion, headers)
        let head = ResponseHead(status: status, headers: headers)
        if method == "HEAD" || status < 200 || status == 204 || status == 304 {
            return ParsedResponse(head: head, body: BodyDecoder(.none), keepsAlive: keepsAlive)
        }
        let length = try Framing.contentLength(headers)
        if try Framing.isChunked(headers) {
            guard length == nil else { throw .ambiguousFraming }
            return ParsedResponse(head: head, body: BodyDecoder(.chunked), keepsAlive: keepsAlive)
        }
        guard let length else { return ParsedResponse(head: head, body: .untilClose, keepsAlive: false) }
        return ParsedResponse(head: head, body: BodyDecoder(.length(length)), keepsAlive: keepsAlive)
    }
}
