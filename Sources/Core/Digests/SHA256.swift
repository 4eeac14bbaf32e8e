private import COpenSSL

/// SHA-256 under way as a value: a copy goes on by itself, and nothing is allocated. For short texts, of which there are
/// several in every signed request; large runs of bytes go through a `Digest`.
public struct SHA256: Sendable {
    /// 32 bytes.
    public typealias Value = InlineArray<32, UInt8>

    private var state = SHA256_CTX()

    public init() { precondition(SHA256_Init(&state) == 1, "SHA-256 could not be started") }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        precondition(SHA256_Update(&state, base, bytes.count) == 1, "SHA-256 failed")
    }

    public mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

    public mutating func update(_ bytes: Value) {
        let bytes = bytes
        bytes.span.withUnsafeBytes { update($0) }
    }

    /// Of all bytes so far. The value is done for then.
    public mutating func finish() -> Value {
        var value = Value(repeating: 0)
        var span = value.mutableSpan
        let done = span.withUnsafeMutableBufferPointer { SHA256_Final($0.baseAddress, &state) }
        precondition(done == 1, "SHA-256 could not be finished")
        return value
    }

    public static func of(_ bytes: [UInt8]) -> Value {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finish()
    }
}

/// A key of HMAC with SHA-256, with the two blocks that depend on it alone hashed already (RFC 2104, section 4).
public struct HMACSHA256Key: Sendable {
    private let inner: SHA256
    private let outer: SHA256

    private static let blockBytes = 64

    public init(_ key: [UInt8]) {
        var block = key
        if key.count > Self.blockBytes {
            block = [UInt8](SHA256.of(key))
        }
        block += [UInt8](repeating: 0, count: Self.blockBytes - block.count)
        var inner = SHA256()
        inner.update(block.map { $0 ^ 0x36 })
        var outer = SHA256()
        outer.update(block.map { $0 ^ 0x5C })
        self.inner = inner
        self.outer = outer
    }

    public func authenticate(_ message: UnsafeRawBufferPointer) -> SHA256.Value {
        var hash = inner
        hash.update(message)
        let value = hash.finish()
        hash = outer
        hash.update(value)
        return hash.finish()
    }

    public func authenticate(_ message: [UInt8]) -> SHA256.Value { message.withUnsafeBytes { authenticate($0) } }

    /// Compares in a time that does not depend on where the two differ.
    public static func isEqual(_ left: SHA256.Value, _ right: SHA256.Value) -> Bool {
        let (left, right) = (left, right)
        return left.span.withUnsafeBytes { left in
            right.span.withUnsafeBytes { CRYPTO_memcmp(left.baseAddress, $0.baseAddress, left.count) == 0 }
        }
    }
}

extension [UInt8] {
    public init(_ value: SHA256.Value) {
        self.init(capacity: 32) { output in
            for index in value.indices { output.append(value[index]) }
        }
    }
}
