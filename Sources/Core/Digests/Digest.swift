private import COpenSSL

/// A streaming digest over OpenSSL. One owner at a time, like an `IOBuffer`; the context is reused after `finish`.
// Safe: @unchecked because a digest is handed from task to task, never shared.
public final class Digest: @unchecked Sendable {
    public enum Algorithm: Sendable {
        case md5, sha1, sha256, sha512

        /// Digest length in bytes.
        public var length: Int {
            switch self {
            case .md5: 16
            case .sha1: 20
            case .sha256: 32
            case .sha512: 64
            }
        }

        fileprivate var method: OpaquePointer? {
            switch self {
            case .md5: EVP_md5()
            case .sha1: EVP_sha1()
            case .sha256: EVP_sha256()
            case .sha512: EVP_sha512()
            }
        }
    }

    public let algorithm: Algorithm
    private let context: OpaquePointer

    public init(_ algorithm: Algorithm) {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("out of memory for a digest") }
        self.algorithm = algorithm
        self.context = context
        restart()
    }

    deinit { EVP_MD_CTX_free(context) }

    private func restart() {
        precondition(EVP_DigestInit_ex(context, algorithm.method, nil) == 1, "OpenSSL lacks \(algorithm)")
    }

    public func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        precondition(EVP_DigestUpdate(context, base, bytes.count) == 1, "digest update failed")
    }

    public func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

    /// The digest of all bytes since the last `finish`; the object can be used again.
    public func finish() -> [UInt8] {
        var result = [UInt8](repeating: 0, count: algorithm.length)
        let done = result.withUnsafeMutableBytes { raw in
            EVP_DigestFinal_ex(context, raw.baseAddress?.assumingMemoryBound(to: UInt8.self), nil)
        }
        precondition(done == 1, "digest could not be finished")
        restart()
        return result
    }

    public static func of(_ bytes: [UInt8], _ algorithm: Algorithm) -> [UInt8] {
        let digest = Digest(algorithm)
        digest.update(bytes)
        return digest.finish()
    }
}

/// HMAC with SHA-256 (RFC 2104), as SigV4 uses it.
public enum HMACSHA256 {
    public static func authenticate(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        let done = result.withUnsafeMutableBytes { raw in
            HMAC(
                EVP_sha256(), key, Int32(key.count), message, message.count,
                raw.baseAddress?.assumingMemoryBound(to: UInt8.self), &length)
        }
        precondition(done != nil && length == 32, "HMAC failed")
        return result
    }

    /// Compares in a time that does not depend on where the two differ.
    public static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }
}
