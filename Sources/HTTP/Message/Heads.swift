/// The request line and header section of a request, as received.
public struct RequestHead: Sendable, Equatable {
    /// As sent: methods are case-sensitive (RFC 9110 section 9.1).
    public var method: String
    /// The request target as sent, percent-encoding untouched: origin form, without scheme and host.
    public var target: String
    /// 0 or 1: HTTP/1.0 or HTTP/1.1.
    public var minorVersion: Int
    public var headers: Headers

    public init(method: String, target: String, minorVersion: Int = 1, headers: Headers = [:]) {
        self.method = method
        self.target = target
        self.minorVersion = minorVersion
        self.headers = headers
    }

    /// The target up to the first `?`, not decoded.
    public var rawPath: Substring { target[..<(queryMark ?? target.endIndex)] }

    /// What follows the first `?`, not decoded; empty if there is none.
    public var rawQuery: Substring {
        guard let queryMark else { return target[target.endIndex...] }
        return target[target.utf8.index(after: queryMark)...]
    }

    private var queryMark: String.Index? { target.utf8.firstIndex(of: UInt8(ascii: "?")) }
}

/// The status line and header section of a response.
public struct ResponseHead: Sendable, Equatable {
    public var status: Int
    public var headers: Headers

    public init(status: Int, headers: Headers = [:]) {
        self.status = status
        self.headers = headers
    }
}

/// How the end of a body is known.
public enum BodyFraming: Sendable, Equatable {
    case none
    /// In bytes.
    case length(UInt64)
    case chunked
}
