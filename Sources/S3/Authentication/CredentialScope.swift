import Core

/// The second half of a credential: what a signing key is good for.
///
/// Source: "AWS Signature Version 4 for API requests", "Elements of a request signature"
/// (`reference_sigv-signing-elements.html`).
struct CredentialScope: Hashable, Sendable {
    /// `YYYYMMDD`.
    var date: String
    var region: String
    var service: String

    var text: String { "\(date)/\(region)/\(service)/aws4_request" }
}

/// A key derived from a secret for one scope.
///
/// Source: same guide, "Create a signed request" (`reference_sigv-create-signed-request.html`, step 4).
struct SigningKey: Sendable {
    let bytes: [UInt8]

    init(secret: String, scope: CredentialScope) {
        let date = HMACSHA256.authenticate(Array(scope.date.utf8), key: Array("AWS4\(secret)".utf8))
        let region = HMACSHA256.authenticate(Array(scope.region.utf8), key: date)
        let service = HMACSHA256.authenticate(Array(scope.service.utf8), key: region)
        bytes = HMACSHA256.authenticate(Array("aws4_request".utf8), key: service)
    }

    /// Lower-case hexadecimal, 64 digits.
    func sign(_ stringToSign: String) -> String {
        Hexadecimal.encode(HMACSHA256.authenticate(Array(stringToSign.utf8), key: bytes))
    }
}
