public import Core
public import HTTP

/// What the store keeps of an access key.
public struct Credential: Sendable, Equatable {
    public var secretKey: String
    /// Whose key it is.
    public var user: String

    public init(secretKey: String, user: String) {
        self.secretKey = secretKey
        self.user = user
    }
}

/// Who sent a request, and what the body must prove.
public struct AuthenticatedRequest: Sendable {
    public var accessKey: String
    /// Of the credential.
    public var user: String
    public var isPresigned: Bool
    public var payloadForm: PayloadForm
    /// For the forms whose chunks are signed, nil for others.
    public var chunkSigning: ChunkSigning?
}

/// A signed request of which all is checked that needs no secret.
public struct SignedRequest: Sendable {
    /// Whose credential `SigV4Verifier.verify` needs.
    public var accessKey: String { authorization.accessKey }

    let authorization: SigV4Authorization
    let payloadText: String
    let payloadForm: PayloadForm
}

/// Verifies Signature Version 4 in header and query.
///
/// In two steps, so that the credential may come from anywhere: `parse` checks form, scope and time; `verify` the
/// signature. Both are pure but for a bounded cache of signing keys.
///
/// Source: Amazon S3 API Reference, "Authenticating Requests (AWS Signature Version 4)"
/// (`sig-v4-authenticating-requests.html`).
public struct SigV4Verifier: Sendable {
    /// How far a request's time may lie from ours, in milliseconds.
    public static let maximumSkewMilliseconds: UInt64 = 900_000

    public let region: String
    public let service: String
    private let cache: SigningKeyCache

    /// - Parameter cacheCapacity: signing keys that are kept; one per access key and day is in use.
    public init(region: String = "us-east-1", service: String = "s3", cacheCapacity: Int = 1024) {
        self.region = region
        self.service = service
        self.cache = SigningKeyCache(capacity: cacheCapacity)
    }

    /// True if the request carries no signature of any kind.
    public static func isAnonymous(_ head: RequestHead) -> Bool {
        guard head.headers["authorization"] == nil else { return false }
        guard let query = try? QueryItems(head.rawQuery) else { return false }
        return !query.contains("X-Amz-Algorithm") && !query.contains("X-Amz-Signature") && !query.contains("Signature")
    }

    /// Both steps, for callers that have the credentials at hand.
    /// - Parameter credential: of an access key, nil if there is no such key.
    public func verify(
        _ head: RequestHead, now: WallTime, credential: (String) -> Credential?
    ) throws(S3Error) -> AuthenticatedRequest {
        let request = try parse(head, now: now)
        return try verify(request, head, credential: credential(request.accessKey))
    }

    /// - Throws: `AccessDenied` (not signed, expired, headers left unsigned), `RequestTimeTooSkewed`,
    ///   `AuthorizationHeaderMalformed`, `AuthorizationQueryParametersError`, `InvalidRequest`, `InvalidArgument`,
    ///   `InvalidToken`, `InvalidURI`.
    public func parse(_ head: RequestHead, now: WallTime) throws(S3Error) -> SignedRequest {
        let query = try QueryItems(head)
        let authorization = try SigV4Authorization.parse(head, query: query)
        guard head.headers["x-amz-security-token"] == nil, query["X-Amz-Security-Token"] == nil else {
            throw Self.noTemporaryCredentials
        }
        try authorization.checkScope(region: region, service: service)
        try Self.checkTime(authorization, now: now)
        try Self.checkSignedHeaders(authorization, head.headers)
        let text = try Self.payloadText(authorization, head, query)
        return SignedRequest(
            authorization: authorization, payloadText: text,
            payloadForm: try PayloadForm(headerValue: text))
    }

    static var noTemporaryCredentials: S3Error {
        S3Error(
            .invalidToken,
            "The provided token is malformed or otherwise invalid. Temporary credentials are not issued here.")
    }

    /// - Parameter credential: of `request.accessKey`; nil if there is no such key.
    /// - Throws: `InvalidAccessKeyId`, `SignatureDoesNotMatch` with what was signed here.
    public func verify(
        _ request: SignedRequest, _ head: RequestHead, credential: Credential?
    ) throws(S3Error) -> AuthenticatedRequest {
        let authorization = request.authorization
        guard let credential else {
            throw S3Error(
                .invalidAccessKeyID, details: [S3Error.Detail("AWSAccessKeyId", authorization.accessKey)])
        }
        let key = key(authorization, credential)
        let canonical = CanonicalRequest(
            head, signedHeaders: authorization.signedHeaders, payloadHash: request.payloadText, form: .normalized)
        let stringToSign = canonical.stringToSign(timestamp: authorization.timestamp, scope: authorization.scope)
        if !key.sign(stringToSign).matches(authorization.signature) {
            let asSent = CanonicalRequest(
                head, signedHeaders: authorization.signedHeaders, payloadHash: request.payloadText, form: .asSent)
            let other = asSent.stringToSign(timestamp: authorization.timestamp, scope: authorization.scope)
            guard other != stringToSign, key.sign(other).matches(authorization.signature) else {
                throw Self.mismatch(
                    authorization, canonical: canonical.text,
                    stringToSign: String(decoding: stringToSign, as: UTF8.self))
            }
        }
        let chunkSigning =
            request.payloadForm.hasChunkSignatures
            ? ChunkSigning(
                key: key, scope: authorization.scope, timestamp: authorization.timestamp,
                seed: authorization.signature)
            : nil
        return AuthenticatedRequest(
            accessKey: authorization.accessKey, user: credential.user, isPresigned: authorization.source != .header,
            payloadForm: request.payloadForm, chunkSigning: chunkSigning)
    }

    func key(_ authorization: SigV4Authorization, _ credential: Credential) -> SigningKey {
        cache.key(accessKey: authorization.accessKey, secret: credential.secretKey, scope: authorization.scope)
    }

    /// In a time that does not depend on where the two differ.
    static func isEqual(_ left: String, _ right: String) -> Bool {
        HMACSHA256.isEqual(Array(left.utf8), Array(right.utf8))
    }

    private static func mismatch(
        _ authorization: SigV4Authorization, canonical: String, stringToSign: String
    ) -> S3Error {
        let hexadecimal = { (text: String) in
            text.utf8.map { Hexadecimal.encode([$0]) }.joined(separator: " ")
        }
        return S3Error(
            .signatureDoesNotMatch,
            details: [
                S3Error.Detail("AWSAccessKeyId", authorization.accessKey),
                S3Error.Detail("StringToSign", stringToSign),
                S3Error.Detail("SignatureProvided", authorization.signature),
                S3Error.Detail("StringToSignBytes", hexadecimal(stringToSign)),
                S3Error.Detail("CanonicalRequest", canonical),
                S3Error.Detail("CanonicalRequestBytes", hexadecimal(canonical)),
            ])
    }
}

// MARK: - Checks that need no secret

extension SigV4Verifier {
    private static func checkTime(_ authorization: SigV4Authorization, now: WallTime) throws(S3Error) {
        let time = authorization.time.milliseconds
        switch authorization.source {
        case .header:
            let skew = time > now.milliseconds ? time - now.milliseconds : now.milliseconds - time
            guard skew <= maximumSkewMilliseconds else {
                throw S3Error(
                    .requestTimeTooSkewed,
                    details: [
                        S3Error.Detail("RequestTime", authorization.timestamp),
                        S3Error.Detail("ServerTime", Timestamp.iso8601(now)),
                        S3Error.Detail("MaxAllowedSkewMilliseconds", "\(maximumSkewMilliseconds)"),
                    ])
            }
        case .form: break
        case .query(let expiresSeconds):
            guard time <= now.milliseconds + maximumSkewMilliseconds else {
                throw S3Error(.accessDenied, "Request is not valid yet")
            }
            let end = WallTime(milliseconds: time + expiresSeconds * 1000)
            guard now.milliseconds <= end.milliseconds else {
                throw S3Error(
                    .accessDenied, "Request has expired",
                    details: [
                        S3Error.Detail("X-Amz-Expires", "\(expiresSeconds)"),
                        S3Error.Detail("Expires", Timestamp.iso8601(end)),
                        S3Error.Detail("ServerTime", Timestamp.iso8601(now)),
                    ])
            }
        }
    }

    /// Host and every `x-amz-*` field must be signed: what is not could be changed on the way. The payload's hash is
    /// in the canonical request anyhow, if the signature is in the header.
    private static func checkSignedHeaders(
        _ authorization: SigV4Authorization, _ headers: Headers
    ) throws(S3Error) {
        let signed = authorization.signedHeaders
        var unsigned: [String] = signed.contains("host") ? [] : ["host"]
        let fields = headers.fields
        for index in fields.indices
        where fields[index].name.utf8.count > 6 && fields[index].name.hasASCIIPrefix("x-amz-") {
            let name = fields[index].name
            if signed.contains(name) { continue }
            if name == "x-amz-content-sha256", authorization.source == .header { continue }
            unsigned.append(name)
        }
        guard unsigned.isEmpty else {
            throw S3Error(
                .accessDenied, "There were headers present in the request which were not signed",
                details: [S3Error.Detail("HeadersNotSigned", unsigned.joined(separator: ", "))])
        }
    }

    /// The last line of the canonical request.
    private static func payloadText(
        _ authorization: SigV4Authorization, _ head: RequestHead, _ query: QueryItems
    ) throws(S3Error) -> String {
        let header = head.headers["x-amz-content-sha256"]
        switch authorization.source {
        case .query, .form:
            return header ?? query["X-Amz-Content-Sha256"] ?? "UNSIGNED-PAYLOAD"
        case .header:
            guard let header else {
                throw .invalidRequest("Missing required header for this request: x-amz-content-sha256")
            }
            return header
        }
    }
}

extension PayloadForm {
    /// - Throws: `InvalidArgument` if the text is neither a SHA-256 nor one of the named forms; `NotImplemented` for
    ///   the forms of SigV4A.
    init(headerValue text: String) throws(S3Error) {
        switch text {
        case "UNSIGNED-PAYLOAD": self = .unsigned
        case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": self = .signedChunks
        case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": self = .signedChunksWithTrailer
        case "STREAMING-UNSIGNED-PAYLOAD-TRAILER": self = .unsignedChunksWithTrailer
        case "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER":
            throw .notImplemented(header: "x-amz-content-sha256: \(text)")
        default:
            if let hash = LowerHex.decode(text.utf8.span) {
                self = .signed(sha256: [UInt8](hash))
                return
            }
            guard text.utf8.count == 64, let hash = Hexadecimal.decode(text) else {
                throw .invalidArgument(
                    "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
                        + "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid "
                        + "sha256 value.",
                    name: "x-amz-content-sha256", value: text)
            }
            self = .signed(sha256: hash)
        }
    }
}
