public import Core

/// What a peer sent that is not acceptable HTTP. The connection cannot be trusted afterwards: answer with `status` and
/// close it, because the place where the next message begins is no longer known (RFC 9112 section 11.2).
public enum ParseError: Error, Equatable, Sendable {
    /// A line ends in LF without CR, or a CR stands alone (RFC 9112 section 2.2).
    case bareLineFeed
    /// The request line is not `method SP target SP version` (RFC 9112 section 3).
    case requestLine
    /// The status line is not `version SP status SP reason` (RFC 9112 section 4).
    case statusLine
    /// A method longer than any that exists (RFC 9112 section 3).
    case methodTooLong
    /// A form of target that does not fit the method, or a character that must be percent-encoded (section 3.2).
    case target
    /// CONNECT: this is not a proxy.
    case connectRefused
    case requestLineTooLong
    /// Not HTTP/1.x.
    case version
    /// A name that is no token, or white space before the colon (RFC 9112 section 5.1).
    case fieldName
    /// A control character, or bytes that are not UTF-8 (RFC 9110 section 5.5).
    case fieldValue
    /// A field line that begins with white space (obs-fold, RFC 9112 section 5.2).
    case foldedField
    case tooManyFields
    case headTooLarge
    /// None, several, or one that is no host and port (RFC 9112 section 3.2).
    case host
    /// Not one decimal number that fits 63 bits (RFC 9112 section 6.3).
    case contentLength
    /// Both framings at once, or a coding that makes the body's end unknown (RFC 9112 sections 6.1 and 6.3).
    case ambiguousFraming
    /// A transfer coding other than `chunked` (RFC 9112 section 6.1).
    case transferCoding
    /// Anything but `100-continue` (RFC 9110 section 10.1.1).
    case expectation
    /// A chunk's size line or its end (RFC 9112 section 7.1).
    case chunk
    /// Chunk extensions or trailers beyond their limits (RFC 9112 sections 7.1.1 and 7.1.2).
    case chunkOverhead

    /// The status that tells the client.
    public var status: Int {
        switch self {
        case .requestLineTooLong: 414
        case .tooManyFields, .headTooLarge: 431
        case .methodTooLong, .connectRefused, .transferCoding: 501
        case .version: 505
        case .expectation: 417
        default: 400
        }
    }
}

/// Why an exchange could not go on. After any of these but `.bodyTooLarge` the connection is good for an error
/// response at most.
public enum HTTPError: Error, Equatable, Sendable {
    case parse(ParseError)
    /// The body is longer than the caller allowed; in bytes.
    case bodyTooLarge(limit: Int)
    /// The peer did not make progress in time.
    case timedOut
    /// The peer closed the connection in the middle of a message.
    case closed
    /// The server shuts down, or the exchange was given up.
    case aborted
    case transport(TransportError)

    /// The status that tells the client, where one can still be sent.
    public var status: Int {
        switch self {
        case .parse(let error): error.status
        case .bodyTooLarge: 413
        case .timedOut: 408
        case .closed, .aborted, .transport: 400
        }
    }

    init(_ error: TransportError) {
        switch error {
        case .closed: self = .closed
        case .timedOut: self = .timedOut
        default: self = .transport(error)
        }
    }
}
