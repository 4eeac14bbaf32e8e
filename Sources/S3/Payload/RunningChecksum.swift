import Core

/// A checksum under way. MD5 and SHA-256 run elsewhere already. A copy shares the digest of those that have one.
enum RunningChecksum: Sendable {
    case crc32(CRC32)
    case crc32c(CRC32C)
    case crc64nvme(CRC64NVME)
    case digest(Digest)
    case hash(XXHash)
    case md5, sha256

    init(_ algorithm: ChecksumAlgorithm) {
        switch algorithm {
        case .crc32: self = .crc32(CRC32())
        case .crc32c: self = .crc32c(CRC32C())
        case .crc64nvme: self = .crc64nvme(CRC64NVME())
        case .sha1: self = .digest(Digest(.sha1))
        case .sha512: self = .digest(Digest(.sha512))
        case .xxhash64: self = .hash(XXHash(.xxh64))
        case .xxhash3: self = .hash(XXHash(.xxh3))
        case .xxhash128: self = .hash(XXHash(.xxh128))
        case .sha256: self = .sha256
        case .md5: self = .md5
        }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch self {
        case .crc32(var crc):
            crc.update(bytes)
            self = .crc32(crc)
        case .crc32c(var crc):
            crc.update(bytes)
            self = .crc32c(crc)
        case .crc64nvme(var crc):
            crc.update(bytes)
            self = .crc64nvme(crc)
        case .digest(let digest): digest.update(bytes)
        case .hash(let hash): hash.update(bytes)
        case .md5, .sha256: break
        }
    }

    func finish(md5: [UInt8], sha256: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        switch self {
        case .crc32(let crc): writer.writeBigEndian(crc.value)
        case .crc32c(let crc): writer.writeBigEndian(crc.value)
        case .crc64nvme(let crc): writer.writeBigEndian(crc.value)
        case .digest(let digest): return digest.finish()
        case .hash(let hash): return hash.finish()
        case .md5: return md5
        case .sha256: return sha256
        }
        return writer.bytes
    }
}
