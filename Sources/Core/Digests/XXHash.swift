private import CXXHash

/// The non-cryptographic hashes of S3's `x-amz-checksum-xxhash…`, with seed 0, over libxxhash. One owner at a time, like
/// a `Digest`; the state is reused after `finish`.
///
/// Source: xxHash fast digest algorithm specification 0.2.0 (`doc/xxhash_spec.md`): XXH64, XXH3-64, XXH3-128.
// Safe: @unchecked because a hash is handed from task to task, never shared.
public final class XXHash: @unchecked Sendable {
    public enum Algorithm: Sendable {
        /// XXH64: 8 bytes.
        case xxh64
        /// XXH3 with 64 bits: 8 bytes.
        case xxh3
        /// XXH3 with 128 bits: 16 bytes.
        case xxh128
    }

    public let algorithm: Algorithm
    private let state64: OpaquePointer?
    private let state3: OpaquePointer?

    public init(_ algorithm: Algorithm) {
        self.algorithm = algorithm
        state64 = algorithm == .xxh64 ? XXH64_createState() : nil
        state3 = algorithm == .xxh64 ? nil : XXH3_createState()
        precondition(state64 != nil || state3 != nil, "out of memory for a hash")
        restart()
    }

    deinit {
        if let state64 { XXH64_freeState(state64) }
        if let state3 { XXH3_freeState(state3) }
    }

    private func restart() {
        let result =
            switch algorithm {
            case .xxh64: XXH64_reset(state64, 0)
            case .xxh3: XXH3_64bits_reset(state3)
            case .xxh128: XXH3_128bits_reset(state3)
            }
        precondition(result == XXH_OK, "a hash could not be started")
    }

    public func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        let result =
            switch algorithm {
            case .xxh64: XXH64_update(state64, base, bytes.count)
            case .xxh3: XXH3_64bits_update(state3, base, bytes.count)
            case .xxh128: XXH3_128bits_update(state3, base, bytes.count)
            }
        precondition(result == XXH_OK, "hash update failed")
    }

    /// The hash of all bytes since the last `finish` in its canonical form, big-endian; the object can be used again.
    public func finish() -> [UInt8] {
        var writer = ByteWriter(reserving: 16)
        switch algorithm {
        case .xxh64: writer.writeBigEndian(XXH64_digest(state64))
        case .xxh3: writer.writeBigEndian(XXH3_64bits_digest(state3))
        case .xxh128:
            let hash = XXH3_128bits_digest(state3)
            writer.writeBigEndian(hash.high64)
            writer.writeBigEndian(hash.low64)
        }
        restart()
        return writer.bytes
    }

    public static func of(_ bytes: [UInt8], _ algorithm: Algorithm) -> [UInt8] {
        let hash = XXHash(algorithm)
        bytes.withUnsafeBytes { hash.update($0) }
        return hash.finish()
    }
}
