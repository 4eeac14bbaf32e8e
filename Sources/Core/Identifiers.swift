/// 128 random bits that name a cluster, node or drive; written like a UUID (RFC 9562, version 4).
public struct UniqueID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new version 4 UUID.
    public static func random(_ entropy: any Entropy) -> UniqueID {
        UniqueID(
            high: (entropy.next() & ~0xF000) | 0x4000,
            low: (entropy.next() & ~(3 << 62)) | (2 << 62))
    }

    public var description: String {
        let hex = Array(
            Hexadecimal.encode((0..<8).map { UInt8(truncatingIfNeeded: high >> (56 - 8 * $0)) })
                + Hexadecimal.encode((0..<8).map { UInt8(truncatingIfNeeded: low >> (56 - 8 * $0)) }))
        return [hex[0..<8], hex[8..<12], hex[12..<16], hex[16..<20], hex[20..<32]].map { String($0) }
            .joined(separator: "-")
    }

    /// nil unless the text has the 8-4-4-4-12 form.
    public init?(_ text: some StringProtocol) {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12], let bytes = Hexadecimal.decode(groups.joined()) else {
            return nil
        }
        high = bytes[0..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
    }

    public static func < (left: UniqueID, right: UniqueID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    public func encode(to writer: inout ByteWriter) {
        writer.write(high)
        writer.write(low)
    }

    public init(from reader: inout ByteReader) throws(CodecError) {
        high = try reader.read()
        low = try reader.read()
    }
}

public typealias ClusterID = UniqueID
public typealias NodeID = UniqueID
public typealias DriveID = UniqueID

/// Names a blob: the bytes of one object version or part. The first 48 bits are its creation time.
public struct BlobID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    public static func new(at time: WallTime, _ entropy: any Entropy) -> BlobID {
        BlobID(high: time.milliseconds << 16 | entropy.next() & 0xFFFF, low: entropy.next())
    }

    /// When the blob was begun, by the clock of the gateway that began it.
    public var creationTime: WallTime { WallTime(milliseconds: high >> 16) }

    public static func < (left: BlobID, right: BlobID) -> Bool { (left.high, left.low) < (right.high, right.low) }

    public var description: String {
        var writer = ByteWriter()
        writer.writeBigEndian(high)
        writer.writeBigEndian(low)
        return Hexadecimal.encode(writer.bytes)
    }

    public func encode(to writer: inout ByteWriter) {
        writer.write(high)
        writer.write(low)
    }

    public init(from reader: inout ByteReader) throws(CodecError) {
        high = try reader.read()
        low = try reader.read()
    }
}

/// A number with a meaning of its own, so that a sequence is never taken for an epoch.
public protocol Numbered: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible
where RawValue: FixedWidthInteger & Sendable & BitwiseCopyable {
    init(rawValue: RawValue)
}

extension Numbered {
    public init(_ value: RawValue) { self.init(rawValue: value) }
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    public var description: String { "\(rawValue)" }
    public var next: Self { Self(rawValue: rawValue + 1) }
    public func encode(to writer: inout ByteWriter) { writer.write(rawValue) }
    public init(from reader: inout ByteReader) throws(CodecError) { self.init(rawValue: try reader.read()) }
}

/// Random, never reused: a bucket that is made again under an old name is another bucket.
public struct BucketID: Numbered {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// A metadata shard. 0 is the system shard.
public struct ShardID: Numbered {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    public static let system = ShardID(0)
}

/// A replica's rows on one drive; a learner starts a fresh one. Local to the drive.
public struct StoreID: Numbered {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
}

/// The version of one directory record.
public struct Epoch: Numbered {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// A place in the log of a metadata shard; the first entry is 1.
public struct SequenceNumber: Numbered {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public static let zero = SequenceNumber(0)
}
