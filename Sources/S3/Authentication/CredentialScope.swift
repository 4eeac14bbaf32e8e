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

    /// The same, as bytes.
    func append(to bytes: inout [UInt8]) {
        bytes.append(contentsOf: date.utf8)
        bytes.append(UInt8(ascii: "/"))
        bytes.append(contentsOf: region.utf8)
        bytes.append(UInt8(ascii: "/"))
        bytes.append(contentsOf: service.utf8)
        bytes.append(contentsOf: "/aws4_request".utf8)
    }
}

/// A key derived from a secret for one scope.
///
/// Source: same guide, "Create a signed request" (`reference_sigv-create-signed-request.html`, step 4).
final class SigningKey: Sendable {
    private let key: HMACSHA256Key

    init(secret: String, scope: CredentialScope) {
        var key = Array("AWS4\(secret)".utf8)
        for text in [scope.date, scope.region, scope.service, "aws4_request"] {
            key = [UInt8](HMACSHA256Key(key).authenticate(Array(text.utf8)))
        }
        self.key = HMACSHA256Key(key)
    }

    func sign(_ stringToSign: [UInt8]) -> Signature { Signature(key.authenticate(stringToSign)) }
    func sign(_ stringToSign: String) -> Signature { sign(Array(stringToSign.utf8)) }
}

/// A signature; its text is 64 hexadecimal digits in lower case.
struct Signature: Sendable {
    private let value: SHA256.Value

    init(_ value: SHA256.Value) { self.value = value }

    var text: String { LowerHex.encode(value) }

    /// In a time that does not depend on where the two differ.
    func matches(_ text: String) -> Bool {
        guard let other = LowerHex.decode(text.utf8.span) else { return false }
        return HMACSHA256Key.isEqual(value, other)
    }
}

/// Hexadecimal of 32 bytes, in lower case alone, as signatures have it.
enum LowerHex {
    static func encode(_ value: SHA256.Value) -> String {
        var bytes: [UInt8] = []
        append(value, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    static func append(_ value: SHA256.Value, to bytes: inout [UInt8]) {
        bytes.append(addingCapacity: 64) { output in
            for index in value.indices {
                output.append(digit(value[index] >> 4))
                output.append(digit(value[index] & 15))
            }
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    static func decode(_ text: Span<UInt8>) -> SHA256.Value? {
        guard text.count == 64 else { return nil }
        var value = SHA256.Value(repeating: 0)
        for index in value.indices {
            guard let high = number(text[2 * index]), let low = number(text[2 * index + 1]) else { return nil }
            value[index] = high << 4 | low
        }
        return value
    }

    private static func number(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
