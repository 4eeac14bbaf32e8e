private import COpenSSL

/// Keeps small secrets on drives: AES-256-GCM (NIST SP 800-38D) under a key that is not on the drives.
///
/// Sealed bytes: version u8 (1), first 8 bytes of the key's SHA-256, nonce 12, ciphertext, tag 16. What a secret belongs
/// to is authenticated with it, so that sealed bytes cannot be moved to another name.
public struct SealingKey: Sendable {
    /// Why bytes were not opened.
    public enum Failure: Error, Equatable, Sendable {
        /// Sealed under another key, which this names.
        case otherKey(String)
        case damaged
    }

    private static let version: UInt8 = 1
    private static let nonceBytes = 12
    private static let tagBytes = 16
    private static let headBytes = 9

    private let key: [UInt8]
    /// Names the key without telling it: 16 hexadecimal digits.
    public let id: String
    private let idBytes: [UInt8]

    /// - Parameter key: 32 bytes.
    public init(_ key: [UInt8]) {
        precondition(key.count == 32, "AES-256 takes 32 bytes")
        self.key = key
        idBytes = Array(Digest.of(key, .sha256).prefix(8))
        id = Hexadecimal.encode(idBytes)
    }

    /// - Parameter name: what the secret belongs to; the same is needed to open it.
    public func seal(_ secret: [UInt8], for name: String, _ entropy: any Entropy) -> [UInt8] {
        var nonce = ByteWriter(reserving: 16)
        nonce.write(entropy.next())
        nonce.write(UInt32(truncatingIfNeeded: entropy.next()))
        var tag = [UInt8](repeating: 0, count: Self.tagBytes)
        let ciphertext = Self.run(key, nonce.bytes, Array(name.utf8), secret, encrypts: true, tag: &tag)
        guard let ciphertext else { preconditionFailure("AES-256-GCM is not at hand") }
        return [Self.version] + idBytes + nonce.bytes + ciphertext + tag
    }

    public func open(_ sealed: [UInt8], for name: String) throws(Failure) -> [UInt8] {
        guard sealed.count >= Self.headBytes + Self.nonceBytes + Self.tagBytes, sealed[0] == Self.version else {
            throw .damaged
        }
        let id = Array(sealed[1..<Self.headBytes])
        guard id == idBytes else { throw .otherKey(Hexadecimal.encode(id)) }
        let nonce = Array(sealed[Self.headBytes..<Self.headBytes + Self.nonceBytes])
        let end = sealed.count - Self.tagBytes
        var tag = Array(sealed[end...])
        let text = Array(sealed[Self.headBytes + Self.nonceBytes..<end])
        guard let secret = Self.run(key, nonce, Array(name.utf8), text, encrypts: false, tag: &tag) else {
            throw .damaged
        }
        return secret
    }

    /// nil if OpenSSL refuses, which on opening means that key, name or bytes are others.
    private static func run(
        _ key: [UInt8], _ nonce: [UInt8], _ name: [UInt8], _ input: [UInt8], encrypts: Bool, tag: inout [UInt8]
    ) -> [UInt8]? {
        guard let context = EVP_CIPHER_CTX_new() else { return nil }
        defer { EVP_CIPHER_CTX_free(context) }
        guard EVP_CipherInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce, encrypts ? 1 : 0) == 1 else { return nil }
        var count: Int32 = 0
        guard EVP_CipherUpdate(context, nil, &count, name, Int32(name.count)) == 1 else { return nil }
        var output = [UInt8](repeating: 0, count: input.count + 16)
        guard EVP_CipherUpdate(context, &output, &count, input, Int32(input.count)) == 1 else { return nil }
        if !encrypts, EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, Int32(tagBytes), &tag) != 1 { return nil }
        var rest: Int32 = 0
        var end = [UInt8](repeating: 0, count: 16)
        guard EVP_CipherFinal_ex(context, &end, &rest) == 1 else { return nil }
        if encrypts, EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, Int32(tagBytes), &tag) != 1 { return nil }
        return Array(output.prefix(Int(count))) + end.prefix(Int(rest))
    }
}
