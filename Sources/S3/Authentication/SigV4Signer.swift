public import Core
public import HTTP

/// An access key with its secret.
public struct AccessCredentials: Sendable, Equatable {
    public var accessKey: String
    public var secretKey: String

    public init(accessKey: String, secretKey: String) {
        self.accessKey = accessKey
        self.secretKey = secretKey
    }
}

/// Signs requests as a client: for roostctl, the load client and tests.
///
/// Source: Amazon S3 API Reference, "Authenticating Requests (AWS Signature Version 4)"
/// (`sig-v4-authenticating-requests.html`).
public struct SigV4Signer: Sendable {
    /// What is signed for the body.
    public enum Payload: Sendable {
        case empty
        /// 32 bytes.
        case sha256([UInt8])
        case unsigned
        /// A value of `x-amz-content-sha256`, such as those of the chunked forms.
        case form(String)

        var text: String {
            switch self {
            case .empty: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
            case .sha256(let hash): Hexadecimal.encode(hash)
            case .unsigned: "UNSIGNED-PAYLOAD"
            case .form(let text): text
            }
        }
    }

    public let credentials: AccessCredentials
    public let region: String
    public let service: String
    private let cache = SigningKeyCache(capacity: 4)

    public init(_ credentials: AccessCredentials, region: String = "us-east-1", service: String = "s3") {
        self.credentials = credentials
        self.region = region
        self.service = service
    }

    /// Adds `x-amz-date`, `x-amz-content-sha256` and `authorization`. Host, Content-Type, Content-MD5, Range and every
    /// `x-amz-*` field that is there is signed.
    ///
    /// - Precondition: the head has a host field, and its target is percent-encoded.
    /// - Returns: what signs the chunks of a chunked payload.
    @discardableResult
    public func sign(_ head: inout RequestHead, payload: Payload, at time: WallTime) -> ChunkSigning {
        precondition(head.headers["host"] != nil, "a request without a host cannot be signed")
        let timestamp = Timestamp.basic(time)
        head.headers.set("x-amz-date", timestamp)
        head.headers.set("x-amz-content-sha256", payload.text)
        head.headers.remove("authorization")
        let scope = self.scope(timestamp)
        let signed = Set(head.headers.fields.map(\.name)).filter(Self.isSigned).sorted()
        let key = cache.key(accessKey: credentials.accessKey, secret: credentials.secretKey, scope: scope)
        let request = CanonicalRequest(
            head, signedHeaders: SignedHeaders(signed), payloadHash: payload.text, form: .normalized)
        let signature = key.sign(request.stringToSign(timestamp: timestamp, scope: scope)).text
        head.headers.add(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=\(credentials.accessKey)/\(scope.text),"
                + "SignedHeaders=\(signed.joined(separator: ";")),Signature=\(signature)")
        return ChunkSigning(key: key, scope: scope, timestamp: timestamp, seed: signature)
    }

    /// The target with the query parameters that let anyone send this request.
    ///
    /// - Parameters:
    ///   - head: with a host field; its other fields are signed too and must then be sent as they are.
    ///   - expiresSeconds: 1 to 604,800.
    public func presign(_ head: RequestHead, expiresSeconds: Int, at time: WallTime) -> String {
        precondition(head.headers["host"] != nil, "a request without a host cannot be signed")
        let timestamp = Timestamp.basic(time)
        let scope = self.scope(timestamp)
        let signed = Set(head.headers.fields.map(\.name)).sorted()
        let parameters = [
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            ("X-Amz-Credential", "\(credentials.accessKey)/\(scope.text)"),
            ("X-Amz-Date", timestamp),
            ("X-Amz-Expires", "\(expiresSeconds)"),
            ("X-Amz-SignedHeaders", signed.joined(separator: ";")),
        ]
        var target = head.target + (head.target.contains("?") ? "&" : "?")
        target += parameters.map { "\($0.0)=\(PercentEncoding.encode($0.1))" }.joined(separator: "&")
        var unsigned = head
        unsigned.target = target
        let request = CanonicalRequest(
            unsigned, signedHeaders: SignedHeaders(signed), payloadHash: "UNSIGNED-PAYLOAD", form: .normalized)
        let key = cache.key(accessKey: credentials.accessKey, secret: credentials.secretKey, scope: scope)
        return target + "&X-Amz-Signature=" + key.sign(request.stringToSign(timestamp: timestamp, scope: scope)).text
    }

    private func scope(_ timestamp: String) -> CredentialScope {
        CredentialScope(date: String(timestamp.prefix(8)), region: region, service: service)
    }

    private static func isSigned(_ name: String) -> Bool {
        ["host", "content-type", "content-md5", "range", "date"].contains(name) || name.hasPrefix("x-amz-")
    }
}
