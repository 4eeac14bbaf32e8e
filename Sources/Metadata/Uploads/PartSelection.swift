import Core

/// A part as CompleteMultipartUpload names it.
public struct NamedPart: Sendable, Equatable {
    public var number: UInt16
    /// The entity tag's digest; empty if the tag is none of ours.
    public var md5: [UInt8]
    /// nil: the client did not name it.
    public var checksum: [UInt8]?

    public init(number: UInt16, md5: [UInt8], checksum: [UInt8]? = nil) {
        self.number = number
        self.md5 = md5
        self.checksum = checksum
    }

    /// SHA-256 over number u16, MD5 (u32 length, bytes) and checksum (present u8, u32 length, bytes) of each part: a
    /// repeated request is known by it, whatever has become of the parts.
    public static func digest(of list: [NamedPart]) -> [UInt8] {
        let digest = Digest(.sha256)
        for part in list {
            var writer = ByteWriter(reserving: 64)
            writer.write(part.number)
            writer.write(part.md5)
            writer.write(optional: part.checksum) { $0.write($1) }
            digest.update(writer.bytes)
        }
        return digest.finish()
    }
}

/// The part rows that a completion takes, as they were read: what its command says of them.
public struct PartSelection: ~Copyable, Sendable {
    private var numbers = PartNumbers()
    private let digest = PartRowsDigest()

    public init() {}

    /// In the order of their numbers.
    public mutating func add(_ part: NumberedPart) {
        numbers.append(part.number)
        digest.add(part.number, part.part.encoded)
    }

    public consuming func finish() -> (numbers: PartNumbers, rowsDigest: [UInt8]) { (numbers, digest.finish()) }
}

/// SHA-256 over number u16 and the whole row of each part, in the order of the numbers: two that are equal were made of
/// the same parts.
struct PartRowsDigest: Sendable {
    private let digest = Digest(.sha256)

    func add(_ number: UInt16, _ row: [UInt8]) {
        digest.update([UInt8(truncatingIfNeeded: number), UInt8(number >> 8)])
        digest.update(row)
    }

    func finish() -> [UInt8] { digest.finish() }
}
