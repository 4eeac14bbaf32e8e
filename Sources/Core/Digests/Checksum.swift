private import CISAL
private import CLinux

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4): the checksum of every block, header and group of ours.
public struct CRC32C: Hashable, Sendable {
    public var value: UInt32

    public init(value: UInt32) { self.value = value }
    public init() { value = 0 }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        // ISA-L takes a non-const pointer and an int length, and reads only; its state is the inverted value.
        var offset = 0
        var state = ~value
        while offset < bytes.count {
            let piece = min(bytes.count - offset, 1 << 30)
            let start = UnsafeMutableRawPointer(mutating: base + offset).assumingMemoryBound(to: UInt8.self)
            state = crc32_iscsi(start, Int32(piece), state)
            offset += piece
        }
        value = ~state
    }

    public static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var crc = CRC32C()
        crc.update(bytes)
        return crc.value
    }

    public static func of(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { of($0) } }
    public static func of(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.withUnsafeBytes { of($0) } }
    public static func of(_ slice: IOSlice) -> UInt32 { slice.withBytes { of($0) } }

    private static let polynomial = CRCPolynomial<UInt32>(0x82F6_3B78)

    /// The CRC of the concatenation of two runs of bytes from theirs; `count` is the length of the second.
    public static func combine(_ first: UInt32, _ second: UInt32, count: Int) -> UInt32 {
        polynomial.combine(first, second, count: UInt64(count))
    }
}

/// CRC-32 of zlib and S3's `x-amz-checksum-crc32`.
public struct CRC32: Sendable {
    public private(set) var value: UInt32 = 0
    public init() {}
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        value = crc32_gzip_refl(value, base.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count))
    }

    private static let polynomial = CRCPolynomial<UInt32>(0xEDB8_8320)

    /// As of `CRC32C`.
    public static func combine(_ first: UInt32, _ second: UInt32, count: Int) -> UInt32 {
        polynomial.combine(first, second, count: UInt64(count))
    }
}

/// CRC-64/NVME, S3's default checksum of whole objects (polynomial 0xAD93D23594C93659, reflected).
public struct CRC64NVME: Sendable {
    public private(set) var value: UInt64
    public init(continuing value: UInt64 = 0) { self.value = value }
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        value = roost_crc64nvme(value, base, bytes.count)
    }

    private static let polynomial = CRCPolynomial<UInt64>(0x9A6C_9329_AC4B_C9B5)

    /// As of `CRC32C`.
    public static func combine(_ first: UInt64, _ second: UInt64, count: Int) -> UInt64 {
        polynomial.combine(first, second, count: UInt64(count))
    }
}
