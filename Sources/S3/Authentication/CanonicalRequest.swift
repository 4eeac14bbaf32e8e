import Core
import HTTP

/// The form of a request over which its signature is made.
///
/// Source: Amazon S3 API Reference, "Signature Calculations for the Authorization Header"
/// (`sig-v4-header-based-auth.html`, task 1).
struct CanonicalRequest {
    let text: String

    /// Which form of the path is signed. S3 encodes once; some clients (curl) sign the path as they send it, which is
    /// another text if it has characters that need no escape.
    enum Path {
        case normalized, asSent
    }

    /// - Parameters:
    ///   - query: without `X-Amz-Signature`.
    ///   - signedHeaders: lower case, in the order of the credential.
    ///   - payloadHash: the value of `x-amz-content-sha256`, or what stands for it.
    init(
        _ head: RequestHead, query: QueryItems, signedHeaders: [String], payloadHash: String, path: Path
    ) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1024)
        bytes.append(contentsOf: head.method.utf8)
        bytes.append(Self.newline)
        Self.append(path: head.rawPath, path, to: &bytes)
        bytes.append(Self.newline)
        Self.append(query: query, to: &bytes)
        bytes.append(Self.newline)
        for name in signedHeaders {
            bytes.append(contentsOf: name.utf8)
            bytes.append(UInt8(ascii: ":"))
            Self.append(values: name, head.headers, to: &bytes)
            bytes.append(Self.newline)
        }
        bytes.append(Self.newline)
        bytes.append(contentsOf: signedHeaders.joined(separator: ";").utf8)
        bytes.append(Self.newline)
        bytes.append(contentsOf: payloadHash.utf8)
        text = String(decoding: bytes, as: UTF8.self)
    }

    private static let newline = UInt8(ascii: "\n")

    /// The second text of a signature: `AWS4-HMAC-SHA256`, time, scope and the hash of the canonical request.
    func stringToSign(timestamp: String, scope: CredentialScope) -> String {
        let hash = Hexadecimal.encode(Digest.of(Array(text.utf8), .sha256))
        return "AWS4-HMAC-SHA256\n\(timestamp)\n\(scope.text)\n\(hash)"
    }

    private static func append(path: Substring, _ form: Path, to bytes: inout [UInt8]) {
        switch form {
        case .asSent:
            bytes.append(contentsOf: path.utf8)
        case .normalized:
            guard let decoded = PercentEncoding.decode(path, plusIsSpace: false) else {
                bytes.append(contentsOf: path.utf8)
                return
            }
            PercentEncoding.encode(decoded, keepsSlash: true, to: &bytes)
        }
    }

    private static func append(query: QueryItems, to bytes: inout [UInt8]) {
        if query.items.isEmpty { return }
        let encoded = query.items.map { item in
            (name: PercentEncoding.encode(item.name), value: PercentEncoding.encode(item.value))
        }
        // Both are ASCII now, so that the order of the strings is that of their bytes.
        for (index, item) in encoded.sorted(by: { ($0.name, $0.value) < ($1.name, $1.value) }).enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: "&")) }
            bytes.append(contentsOf: item.name.utf8)
            bytes.append(UInt8(ascii: "="))
            bytes.append(contentsOf: item.value.utf8)
        }
    }

    /// All values of a name, joined by commas, each with its runs of white space made one space.
    private static func append(values name: String, _ headers: Headers, to bytes: inout [UInt8]) {
        var isFirst = true
        for field in headers.fields where field.name == name {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            let start = bytes.count
            var spaceWaits = false
            for byte in field.value.utf8 {
                if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") {
                    spaceWaits = bytes.count > start
                } else {
                    if spaceWaits { bytes.append(UInt8(ascii: " ")) }
                    spaceWaits = false
                    bytes.append(byte)
                }
            }
        }
    }
}
