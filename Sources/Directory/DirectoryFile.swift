public import Core

/// The embedded directory as it lies on every drive: one small file, replaced as a whole.
///
/// Format version 1: Sources/README.md, "Directory file".
public struct DirectoryFile: Sendable, Equatable {
    static let magic: UInt64 = 0x3152_4944_5453_4F52  // "ROSTDIR1"
    static let version: UInt16 = 1
    public static let path = "directory"

    public var cluster: ClusterID
    /// Grows by one with every transaction.
    public var generation: UInt64
    /// Drawn at random at each start of the process.
    public var startID: UInt64
    /// Drives whose copies count.
    public var voters: [DriveID]
    /// m: how many of the voters may be lost.
    public var tolerance: UInt8
    /// In key order.
    public var records: [ConfigRecord]

    public init(
        cluster: ClusterID, generation: UInt64, startID: UInt64, voters: [DriveID], tolerance: UInt8,
        records: [ConfigRecord]
    ) {
        self.cluster = cluster
        self.generation = generation
        self.startID = startID
        self.voters = voters
        self.tolerance = tolerance
        self.records = records
    }

    /// Copies that a start needs of the newest generation's voters, to be sure that there is no newer one.
    public var startQuorum: Int { min(Int(tolerance) + 1, voters.count) }
    /// Copies that make a generation after this one committed.
    public var commitQuorum: Int { max(1, voters.count - Int(tolerance)) }

    public func encoded() -> [UInt8] {
        var writer = ByteWriter(reserving: 16384)
        writer.write(Self.magic)
        writer.write(Self.version)
        cluster.encode(to: &writer)
        writer.write(generation)
        writer.write(startID)
        writer.write(tolerance)
        writer.write(list: voters) { $1.encode(to: &$0) }
        writer.write(list: records) { writer, record in
            writer.write(record.key)
            writer.write(record.revision)
            writer.write(record.value)
        }
        writer.write(CRC32C.of(writer.bytes))
        return writer.bytes
    }

    public init(_ bytes: [UInt8]) throws(CodecError) {
        guard bytes.count > 4 else { throw .truncated }
        var trailer = ByteReader(bytes, in: bytes.count - 4..<bytes.count)
        var reader = ByteReader(bytes, in: 0..<bytes.count - 4)
        guard try reader.read(UInt64.self) == Self.magic else { throw .field("directory magic") }
        let version = try reader.read(UInt16.self)
        guard version <= Self.version else { throw .newerVersion(version) }
        guard try trailer.read(UInt32.self) == CRC32C.of(bytes[0..<bytes.count - 4]) else {
            throw .field("directory checksum")
        }
        cluster = try ClusterID(from: &reader)
        generation = try reader.read()
        startID = try reader.read()
        tolerance = try reader.read()
        voters = try reader.readList { (reader) throws(CodecError) in try DriveID(from: &reader) }
        records = try reader.readList { (reader) throws(CodecError) in
            let key = try reader.readString()
            let revision: UInt64 = try reader.read()
            return ConfigRecord(key: key, value: try reader.readBytes(), revision: revision)
        }
        try reader.expectEnd()
    }
}
