import Core
import HTTP

/// What a request says about its signature, parsed and checked for form, before any secret is looked up.
///
/// Source: Amazon S3 API Reference, "Using the Authorization Header" (`sigv4-auth-using-authorization-header.html`) and
/// "Using Query Parameters" (`sigv4-query-string-auth.html`). The messages are those that AWS answers.
struct SigV4Authorization: Sendable, Equatable {
    enum Source: Sendable, Equatable {
        case header
        /// The fields of a form, whose policy says how long it holds.
        case form
        /// Seconds from the timestamp on.
        case query(expiresSeconds: UInt64)
    }

    static let algorithm = "AWS4-HMAC-SHA256"
    static let maximumExpirySeconds: UInt64 = 604_800

    var source: Source
    var accessKey: String
    var scope: CredentialScope
    var signedHeaders: SignedHeaders
    /// 64 hexadecimal digits, as sent.
    var signature: String
    var time: WallTime
    /// The time as it stands in the string to sign.
    var timestamp: String

    init(
        source: Source, accessKey: String, scope: CredentialScope, signedHeaders: SignedHeaders, signature: String,
        time: WallTime, timestamp: String
    ) {
        self.source = source
        self.accessKey = accessKey
        self.scope = scope
        self.signedHeaders = signedHeaders
        self.signature = signature
        self.time = time
        self.timestamp = timestamp
    }

    /// - Throws: `AccessDenied` if the request is not signed at all; what AWS answers to each malformed part otherwise.
    static func parse(_ head: RequestHead, query: QueryItems) throws(S3Error) -> SigV4Authorization {
        let header = head.headers["authorization"]
        let isPresigned = query.contains("X-Amz-Algorithm") || query.contains("X-Amz-Signature")
        let isPresignedV2 = query.contains("Signature") && query.contains("AWSAccessKeyId")
        if header != nil, isPresigned || isPresignedV2 {
            throw .invalidArgument(
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
                    + "parameter or the Authorization header should be specified",
                name: "Authorization", value: header ?? "")
        }
        if let header { return try parse(header: header, head) }
        if isPresigned { return try parse(query: query) }
        if isPresignedV2 { throw unsupportedMechanism }
        throw S3Error(.accessDenied)
    }

    static var unsupportedMechanism: S3Error {
        .invalidRequest(
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
    }

    // MARK: Header

    private static func parse(header: String, _ head: RequestHead) throws(S3Error) -> SigV4Authorization {
        guard head.headers.fields.count(where: { $0.name == "authorization" }) == 1 else {
            throw malformed("it is given more than once.")
        }
        let text = header.utf8.span
        guard text.hasPrefix("AWS4-HMAC-SHA256 ") else { throw unknown(scheme: header) }
        let parts = try SigV4HeaderParts(text)
        guard let credential = parts.credential else { throw malformed("missing Credential.") }
        guard let signedHeaders = parts.signedHeaders else { throw malformed("missing SignedHeaders.") }
        guard let signature = parts.signature else { throw malformed("missing Signature.") }
        guard let (accessKey, scope) = parse(credential: credential) else {
            throw malformed(malformedCredential)
        }
        let (time, timestamp) = try date(head.headers)
        return SigV4Authorization(
            source: .header, accessKey: accessKey, scope: scope, signedHeaders: SignedHeaders(signedHeaders),
            signature: signature, time: time, timestamp: timestamp)
    }

    private static func unknown(scheme header: String) -> S3Error {
        let scheme = header.prefix { $0 != " " }
        if scheme == algorithm { return malformed("missing Credential.") }
        if scheme == "AWS" || scheme.hasPrefix("AWS4-") { return unsupportedMechanism }
        return .invalidArgument("Unsupported Authorization Type", name: "Authorization", value: header)
    }

    /// `x-amz-date`, or Date in the form of HTTP or of SigV4.
    private static func date(_ headers: Headers) throws(S3Error) -> (WallTime, String) {
        if let text = headers["x-amz-date"] {
            if let time = Timestamp.parseBasic(text) { return (time, text) }
        } else if let text = headers["date"] {
            if let time = Timestamp.parseBasic(text) { return (time, text) }
            if let time = Timestamp.parseHTTPDate(text) { return (time, Timestamp.basic(time)) }
        }
        throw S3Error(.accessDenied, "AWS authentication requires a valid Date or x-amz-date header")
    }

    // MARK: Query

    private static func parse(query: QueryItems) throws(S3Error) -> SigV4Authorization {
        guard let algorithm = query["X-Amz-Algorithm"], let credential = query["X-Amz-Credential"],
            let signature = query["X-Amz-Signature"], let date = query["X-Amz-Date"],
            let signedHeaders = query["X-Amz-SignedHeaders"], let expires = query["X-Amz-Expires"]
        else {
            throw malformedQuery(
                "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
                    + "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")
        }
        for name in ["Algorithm", "Credential", "Signature", "Date", "SignedHeaders", "Expires"] {
            guard query.items.count(where: { $0.name == "X-Amz-\(name)" }) == 1 else {
                throw malformedQuery("X-Amz-\(name) is given more than once.")
            }
        }
        guard algorithm == Self.algorithm else {
            throw malformedQuery("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"")
        }
        guard let (accessKey, scope) = parse(credential: credential) else {
            throw malformedQuery("Error parsing the X-Amz-Credential parameter; \(malformedCredential)")
        }
        guard let time = Timestamp.parseBasic(date) else {
            throw malformedQuery("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
        }
        return SigV4Authorization(
            source: .query(expiresSeconds: try parse(expires: expires)), accessKey: accessKey, scope: scope,
            signedHeaders: SignedHeaders(signedHeaders), signature: signature, time: time, timestamp: date)
    }

    private static func parse(expires: String) throws(S3Error) -> UInt64 {
        let isNegative = expires.hasPrefix("-")
        let digits = isNegative ? expires.dropFirst() : expires[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            throw malformedQuery("X-Amz-Expires should be a number")
        }
        guard !isNegative else { throw malformedQuery("X-Amz-Expires must be non-negative") }
        guard let seconds = UInt64(digits), seconds <= maximumExpirySeconds else {
            throw malformedQuery(
                "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less "
                    + "than 604800 seconds")
        }
        return seconds
    }

    // MARK: Form

    init(
        formAlgorithm: String, credential: String, date: String, signature: String
    ) throws(S3Error) {
        guard formAlgorithm == Self.algorithm else {
            throw .invalidArgument(
                "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"", name: "X-Amz-Algorithm", value: formAlgorithm)
        }
        guard let (accessKey, scope) = Self.parse(credential: credential) else {
            throw .invalidArgument(Self.malformedCredential, name: "X-Amz-Credential", value: credential)
        }
        guard let time = Timestamp.parseBasic(date) else {
            throw .invalidArgument(
                "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"", name: "X-Amz-Date",
                value: date)
        }
        self.init(
            source: .form, accessKey: accessKey, scope: scope, signedHeaders: SignedHeaders(""), signature: signature,
            time: time,
            timestamp: date)
    }

    // MARK: Both

    private static let malformedCredential =
        "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"."

    /// An access key may hold slashes; the scope is the last four parts.
    private static func parse(credential: String) -> (String, CredentialScope)? {
        let text = credential.utf8.span
        var slashes: InlineArray<4, Int> = .init(repeating: 0)
        var found = 0
        var index = text.count
        while found < 4, index > 0 {
            index &-= 1
            guard text[unchecked: index] == UInt8(ascii: "/") else { continue }
            slashes[3 - found] = index
            found += 1
        }
        guard found == 4, text.extracting(slashes[3]..<text.count).equals("/aws4_request") else { return nil }
        let scope = CredentialScope(
            date: text.extracting(slashes[0] + 1..<slashes[1]).string,
            region: text.extracting(slashes[1] + 1..<slashes[2]).string,
            service: text.extracting(slashes[2] + 1..<slashes[3]).string)
        return (text.extracting(0..<slashes[0]).string, scope)
    }

    fileprivate static func malformed(_ what: String) -> S3Error {
        S3Error(.authorizationHeaderMalformed, "The authorization header is malformed; \(what)")
    }

    private static func malformedQuery(_ message: String) -> S3Error {
        S3Error(.authorizationQueryParametersError, message)
    }

    /// The error for something in the credential that does not fit this server.
    private func wrong(_ what: String, details: [S3Error.Detail] = []) -> S3Error {
        var error: S3Error
        switch source {
        case .header: error = Self.malformed(what)
        case .query: error = Self.malformedQuery("Error parsing the X-Amz-Credential parameter; \(what)")
        case .form:
            error = .invalidArgument(what, name: "X-Amz-Credential", value: "\(accessKey)/\(scope.text)")
        }
        error.details += details
        return error
    }

    /// - Throws: if the credential is for another day, region or service.
    func checkScope(region: String, service: String) throws(S3Error) {
        guard scope.region == region else {
            throw wrong(
                "the region '\(scope.region)' is wrong; expecting '\(region)'",
                details: [S3Error.Detail("Region", region)])
        }
        guard scope.service == service else {
            throw wrong("incorrect service \"\(scope.service)\". This endpoint belongs to \"\(service)\".")
        }
        guard scope.date.utf8.count == 8, timestamp.utf8.starts(with: scope.date.utf8) else {
            throw wrong(
                "Invalid credential date \"\(scope.date)\". This date is not the same as X-Amz-Date: "
                    + "\"\(Timestamp.basic(time).prefix(8))\".")
        }
    }
}

/// The components of an Authorization field behind its scheme: `name=value`, divided by commas.
private struct SigV4HeaderParts {
    private(set) var credential: String?
    private(set) var signedHeaders: String?
    private(set) var signature: String?

    init(_ text: Span<UInt8>) throws(S3Error) {
        var start = SigV4Authorization.algorithm.utf8.count
        while start < text.count {
            var end = start
            while end < text.count, text[unchecked: end] != UInt8(ascii: ",") { end &+= 1 }
            try add(text, start..<end)
            start = end + 1
        }
    }

    private mutating func add(_ text: Span<UInt8>, _ range: Range<Int>) throws(S3Error) {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, Self.isBlank(text[start]) { start += 1 }
        while end > start, Self.isBlank(text[end - 1]) { end -= 1 }
        if start == end { return }
        var equals = start
        while equals < end, text[unchecked: equals] != UInt8(ascii: "=") { equals &+= 1 }
        guard equals < end else { throw SigV4Authorization.malformed("a component has no value.") }
        let name = text.extracting(start..<equals)
        let value = text.extracting(equals + 1..<end).string
        if name.equals("Credential") {
            try Self.set(&credential, value, "Credential")
        } else if name.equals("SignedHeaders") {
            try Self.set(&signedHeaders, value, "SignedHeaders")
        } else if name.equals("Signature") {
            try Self.set(&signature, value, "Signature")
        }
    }

    private static func set(_ field: inout String?, _ value: String, _ name: String) throws(S3Error) {
        guard field == nil else { throw SigV4Authorization.malformed("\(name) is given more than once.") }
        field = value
    }

    private static func isBlank(_ character: UInt8) -> Bool {
        character == UInt8(ascii: " ") || character == UInt8(ascii: "\t")
    }
}
