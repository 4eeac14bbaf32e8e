/// The head of a request, and what follows from it.
public struct ParsedRequest: Sendable, Equatable {
    public var head: RequestHead
    public var framing: BodyFraming
    /// What the client wants; the server may close all the same.
    public var keepsAlive: Bool
    public var expectsContinue: Bool
}

/// Incremental parser of request heads (RFC 9112). It takes whole lines as they arrive, so that how the bytes were cut
/// into packets never changes the outcome. After an error the parser and the connection are done for.
///
/// States: start line → fields → (request returned) → start line.
public struct RequestParser: Sendable {
    private enum State {
        case startLine
        case fields(RequestLine)
    }

    private var state = State.startLine
    private var scanner = LineScanner()
    private var fields = FieldSection()
    private var headBytes = 0
    private var emptyLines = 0
    private let limits: HeadLimits

    public init(limits: HeadLimits = HeadLimits()) { self.limits = limits }

    /// True before the first byte of a request has been seen.
    public var isAtStart: Bool {
        if case .startLine = state { headBytes == 0 && scanner.pending == 0 } else { false }
    }

    /// - Parameters:
    ///   - input: what has arrived and was not consumed yet.
    ///   - consumed: increased by the bytes that are done with; the caller drops them before the next call.
    /// - Returns: a request when its head is complete; nil when more input is needed.
    public mutating func parse(_ input: Span<UInt8>, consumed: inout Int) throws(ParseError) -> ParsedRequest? {
        var position = 0
        defer { consumed += position }
        while let length = try scanner.lineLength(in: input, from: position) {
            let line = input.extracting(position..<position + length)
            position += length + 2
            headBytes += length + 2
            if case .startLine = state {
                guard length <= limits.startLineBytes else { throw .requestLineTooLong }
            }
            guard headBytes <= limits.headBytes else { throw .headTooLarge }
            if let request = try take(line) { return request }
        }
        switch state {
        case .startLine:
            guard scanner.pending <= limits.startLineBytes + 2 else { throw .requestLineTooLong }
        case .fields:
            guard headBytes + scanner.pending <= limits.headBytes else { throw .headTooLarge }
        }
        return nil
    }

    private mutating func take(_ line: Span<UInt8>) throws(ParseError) -> ParsedRequest? {
        switch state {
        case .startLine:
            if line.isEmpty {
                // RFC 9112 section 2.2: empty lines before a request are skipped; a few, not a stream of them.
                emptyLines += 1
                guard emptyLines <= 4 else { throw .requestLine }
                headBytes = 0
                return nil
            }
            state = .fields(try RequestLine(line))
            return nil
        case .fields(let requestLine):
            guard line.isEmpty else {
                try fields.add(line, limits: limits)
                return nil
            }
            let request = try finish(requestLine)
            self = RequestParser(limits: limits)
            return request
        }
    }

    private func finish(_ line: RequestLine) throws(ParseError) -> ParsedRequest {
        var headers = fields.headers
        let special = fields.special
        try check(hosts: headers, minorVersion: line.minorVersion)
        // Section 3.2.2: the authority of an absolute target replaces the Host field.
        if let authority = line.authority { headers.set("host", authority) }
        let hasFraming = !special.isDisjoint(with: [.contentLength, .transferEncoding])
        return ParsedRequest(
            head: RequestHead(
                method: line.method, target: line.target, minorVersion: line.minorVersion, headers: headers),
            framing: hasFraming ? try Framing.ofRequest(minorVersion: line.minorVersion, headers) : .none,
            keepsAlive: special.contains(.connection)
                ? Framing.keepsAlive(minorVersion: line.minorVersion, headers) : line.minorVersion >= 1,
            expectsContinue: special.contains(.expect)
                ? try Framing.expectsContinue(minorVersion: line.minorVersion, headers) : false)
    }

    /// RFC 9112 section 3.2: exactly one in HTTP/1.1.
    private func check(hosts headers: Headers, minorVersion: Int) throws(ParseError) {
        var count = 0
        for field in headers.fields where field.name == "host" {
            count += 1
            guard field.value.utf8.allSatisfy(Characters.isHost) else { throw .host }
        }
        guard count == 1 || (count == 0 && minorVersion == 0) else { throw .host }
    }
}
