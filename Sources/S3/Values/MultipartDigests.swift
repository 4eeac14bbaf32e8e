private import Core

extension ObjectChecksum {
    /// The COMPOSITE checksum of an object: that of its parts' values, one behind the other, and their number.
    ///
    /// Source: Amazon S3 User Guide, "Checking object integrity for data uploads" (`checking-object-integrity-upload.html`,
    /// "Composite checksums").
    /// - Parameter parts: at least one, of one algorithm, in the order of their numbers.
    public static func composite(parts: [ObjectChecksum]) -> ObjectChecksum {
        guard let first = parts.first else { preconditionFailure("an object has at least one part") }
        var values: [UInt8] = []
        values.reserveCapacity(parts.count * first.algorithm.length)
        for part in parts {
            precondition(part.algorithm == first.algorithm, "parts with different algorithms")
            values += part.value
        }
        return ObjectChecksum(
            algorithm: first.algorithm, type: .composite, value: first.algorithm.value(of: values), parts: parts.count)
    }

    /// The FULL_OBJECT checksum of an object from those of its parts, which a CRC alone allows.
    ///
    /// - Parameter parts: at least one, of one algorithm of whose `multipartTypes` this is one, in the order of their
    ///   numbers.
    public static func combine(parts: [(checksum: ObjectChecksum, lengthBytes: UInt64)]) -> ObjectChecksum {
        guard let first = parts.first?.checksum else { preconditionFailure("an object has at least one part") }
        var value = first.number
        for part in parts.dropFirst() {
            precondition(part.checksum.algorithm == first.algorithm, "parts with different algorithms")
            value = first.algorithm.combine(value, part.checksum.number, count: Int(part.lengthBytes))
        }
        var writer = ByteWriter(reserving: 8)
        writer.writeBigEndian(value)
        return ObjectChecksum(algorithm: first.algorithm, value: Array(writer.bytes.suffix(first.algorithm.length)))
    }

    /// Of a CRC: its value as a number.
    private var number: UInt64 { value.reduce(0) { $0 << 8 | UInt64($1) } }
}

extension ChecksumAlgorithm {
    /// Of a run of bytes that is at hand.
    func value(of bytes: [UInt8]) -> [UInt8] {
        switch self {
        case .md5: return Digest.of(bytes, .md5)
        case .sha256: return Digest.of(bytes, .sha256)
        case .crc32, .crc32c, .crc64nvme, .sha1, .sha512, .xxhash64, .xxhash3, .xxhash128:
            var running = RunningChecksum(self)
            bytes.withUnsafeBytes { running.update($0) }
            return running.finish(md5: [], sha256: [])
        }
    }

    fileprivate func combine(_ first: UInt64, _ second: UInt64, count: Int) -> UInt64 {
        switch self {
        case .crc32: UInt64(CRC32.combine(UInt32(first), UInt32(second), count: count))
        case .crc32c: UInt64(CRC32C.combine(UInt32(first), UInt32(second), count: count))
        case .crc64nvme: CRC64NVME.combine(first, second, count: count)
        default: preconditionFailure("\(name) of a whole does not follow from that of its parts")
        }
    }
}

extension EntityTag {
    /// Of a multipart upload: the MD5 of the parts' MD5s and their number.
    /// - Parameter partMD5s: 16 bytes each, in the order of the parts' numbers.
    public init(partMD5s: [[UInt8]]) {
        self.init(md5: Digest.of(Array(partMD5s.joined()), .md5), parts: partMD5s.count)
    }
}
