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
    /// Lower case, in the order given.
    var signedHeaders: [String]
    /// 64 hexadecimal digits, as sent.
    var signature: String
    var time: WallTime
    /// The time as it stands in the string to sign.
    var timestamp: String

    init(
        source: Source, accessKey: String, scope: CredentialScope, signedHeaders: [String], signature: String,
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
        guard head.headers.all("authorization").count == 1 else { throw malformed("it is given more than once.") }
        let scheme = header.prefix { $0 != " " }
        guard scheme == algorithm else {
            if scheme == "AWS" || scheme.hasPrefix("AWS4-") { throw unsupportedMechanism }
            throw .invalidArgument("Unsupported Authorization Type", name: "Authorization", value: header)
        }
        var fields: [String: String] = [:]
        for piece in header.dropFirst(scheme.count).split(separator: ",") {
            let text = String(piece).trimmingSpaces
            guard let equals = text.firstIndex(of: "=") else { throw malformed("a component has no value.") }
            let name = String(text[..<equals])
            guard fields.updateValue(String(text[text.index(after: equals)...]), forKey: name) == nil else {
                throw malformed("\(name) is given more than once.")
            }
        }
        guard let credential = fields["Credential"] else { throw malformed("missing Credential.") }
        guard let signedHeaders = fields["SignedHeaders"] else { throw malformed("missing SignedHeaders.") }
        guard let signature = fields["Signature"] else { throw malformed("missing Signature.") }
        guard let (accessKey, scope) = parse(credential: credential) else {
            throw malformed(malformedCredential)
        }
        let (time, timestamp) = try date(head.headers)
        return SigV4Authorization(
            source: .header, accessKey: accessKey, scope: scope,
            signedHeaders: signedHeaders.split(separator: ";", omittingEmptySubsequences: false).map(String.init),
            signature: signature, time: time, timestamp: timestamp)
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
            signedHeaders: signedHeaders.split(separator: ";", omittingEmptySubsequences: false).map(String.init),
            signature: signature, time: time, timestamp: date)
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
            source: .form, accessKey: accessKey, scope: scope, signedHeaders: [], signature: signature, time: time,
            timestamp: date)
    }

    // MARK: Both

    private static let malformedCredential =
        "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"."

    /// An access key may hold slashes; the scope is the last four parts.
    private static func parse(credential: String) -> (String, CredentialScope)? {
        let parts = credential.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 5, parts[parts.count - 1] == "aws4_request" else { return nil }
        let accessKey = parts[..<(parts.count - 4)].joined(separator: "/")
        let date = parts[parts.count - 4]
        guard !accessKey.isEmpty, accessKey.utf8.count <= 128, date.utf8.count == 8,
            Timestamp.parseBasic("\(date)T000000Z") != nil
        else { return nil }
        let scope = CredentialScope(
            date: String(date), region: String(parts[parts.count - 3]), service: String(parts[parts.count - 2]))
        return (accessKey, scope)
    }

    private static func malformed(_ what: String) -> S3Error {
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
        guard timestamp.hasPrefix(scope.date) || Timestamp.basic(time).hasPrefix(scope.date) else {
            throw wrong(
                "Invalid credential date \"\(scope.date)\". This date is not the same as X-Amz-Date: "
                    + "\"\(Timestamp.basic(time).prefix(8))\".")
        }
    }
}
