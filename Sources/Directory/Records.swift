public import Core

/// The cluster as a whole.
public struct ClusterRecord: Sendable, Equatable {
    public var cluster: ClusterID
    public var created: WallTime
    /// What all programs of the cluster understand; raised by an operator.
    public var featureLevel: UInt16

    public init(cluster: ClusterID, created: WallTime, featureLevel: UInt16) {
        self.cluster = cluster
        self.created = created
        self.featureLevel = featureLevel
    }

    public func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(UInt8(1))
        cluster.encode(to: &writer)
        writer.write(created.milliseconds)
        writer.write(featureLevel)
        return writer.bytes
    }

    public init(_ bytes: [UInt8]) throws(CodecError) {
        var reader = ByteReader(bytes)
        try reader.expectVersion(1)
        cluster = try ClusterID(from: &reader)
        created = WallTime(milliseconds: try reader.read())
        featureLevel = try reader.read()
    }
}

/// A drive that the cluster knows, whether it is there or not.
public struct DriveRecord: Sendable, Equatable {
    public var drive: DriveID
    public var node: NodeID
    /// Where it was last seen.
    public var path: String
    public var zone: String
    public var added: WallTime

    public init(drive: DriveID, node: NodeID, path: String, zone: String, added: WallTime) {
        self.drive = drive
        self.node = node
        self.path = path
        self.zone = zone
        self.added = added
    }

    public func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(UInt8(1))
        drive.encode(to: &writer)
        node.encode(to: &writer)
        writer.write(path)
        writer.write(zone)
        writer.write(added.milliseconds)
        return writer.bytes
    }

    public init(_ bytes: [UInt8]) throws(CodecError) {
        var reader = ByteReader(bytes)
        try reader.expectVersion(1)
        drive = try DriveID(from: &reader)
        node = try NodeID(from: &reader)
        path = try reader.readString()
        zone = try reader.readString()
        added = WallTime(milliseconds: try reader.read())
    }
}

/// A scheme and the number of its placement groups: 2^groupBits.
public struct PoolRecord: Sendable, Equatable {
    public var pool: UInt16
    public var dataCount: UInt8
    public var parityCount: UInt8
    public var stripeSizeBytes: UInt32
    public var groupBits: UInt8

    public init(pool: UInt16, dataCount: UInt8, parityCount: UInt8, stripeSizeBytes: UInt32, groupBits: UInt8) {
        self.pool = pool
        self.dataCount = dataCount
        self.parityCount = parityCount
        self.stripeSizeBytes = stripeSizeBytes
        self.groupBits = groupBits
    }

    /// The group of a stripe from its placement hash.
    public func group(ofHash hash: UInt64) -> Int { groupBits == 0 ? 0 : Int(hash >> (64 - UInt64(groupBits))) }

    /// The placement hashes of a group's stripes.
    public func hashes(ofGroup group: Int) -> ClosedRange<UInt64> {
        guard groupBits > 0 else { return 0...UInt64.max }
        let low = UInt64(group) << (64 - UInt64(groupBits))
        return low...(low | (UInt64.max >> UInt64(groupBits)))
    }

    public func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(UInt8(1))
        writer.write(pool)
        writer.write(dataCount)
        writer.write(parityCount)
        writer.write(stripeSizeBytes)
        writer.write(groupBits)
        return writer.bytes
    }

    public init(_ bytes: [UInt8]) throws(CodecError) {
        var reader = ByteReader(bytes)
        try reader.expectVersion(1)
        pool = try reader.read()
        dataCount = try reader.read()
        parityCount = try reader.read()
        stripeSizeBytes = try reader.read()
        groupBits = try reader.read()
        guard dataCount >= 1, dataCount + parityCount <= 32, groupBits <= 24 else { throw .field("pool") }
    }
}

/// A placement group: which drive holds which fragment index of its stripes.
public struct GroupRecord: Sendable, Equatable {
    public var epoch: Epoch
    /// By fragment index.
    public var drives: [DriveID]
    /// Drives of the row that take no stores for now and may lack fragments.
    public var out: [DriveID]
    /// Drives of the row that take every store again, but may still lack fragments of the time when they were out.
    public var filling: [DriveID]
    /// The row before a change that is under way; empty otherwise.
    public var previous: [DriveID]

    public init(
        epoch: Epoch, drives: [DriveID], out: [DriveID] = [], filling: [DriveID] = [], previous: [DriveID] = []
    ) {
        self.epoch = epoch
        self.drives = drives
        self.out = out
        self.filling = filling
        self.previous = previous
    }

    /// True if the drive has, or had, a fragment of every acknowledged stripe of the group.
    public func isComplete(_ drive: DriveID) -> Bool {
        drives.contains(drive) && !out.contains(drive) && !filling.contains(drive)
    }

    public func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(UInt8(1))
        epoch.encode(to: &writer)
        for list in [drives, out, filling, previous] { writer.write(list: list) { $1.encode(to: &$0) } }
        return writer.bytes
    }

    public init(_ bytes: [UInt8]) throws(CodecError) {
        func list(_ reader: inout ByteReader) throws(CodecError) -> [DriveID] {
            try reader.readList { (reader) throws(CodecError) in try DriveID(from: &reader) }
        }
        var reader = ByteReader(bytes)
        try reader.expectVersion(1)
        epoch = try Epoch(from: &reader)
        drives = try list(&reader)
        out = try list(&reader)
        filling = try list(&reader)
        previous = try list(&reader)
    }
}

extension ByteReader {
    mutating func expectVersion(_ known: UInt8) throws(CodecError) {
        let version: UInt8 = try read()
        guard version >= 1, version <= known else { throw .newerVersion(UInt16(version)) }
    }
}

/// Keys of the directory's records.
public enum DirectoryKey {
    public static let cluster = "cluster"
    public static let drives = "drives/"
    public static let shards = "shards/"
    public static let pools = "pools/"
    public static let groups = "groups/"

    public static func drive(_ drive: DriveID) -> String { drives + drive.description }
    public static func shard(_ shard: ShardID) -> String { shards + padded(UInt64(shard.rawValue)) }
    public static func pool(_ pool: UInt16) -> String { pools + padded(UInt64(pool)) }
    public static func group(_ pool: UInt16, _ group: Int) -> String {
        "\(groups)\(padded(UInt64(pool)))/\(padded(UInt64(group)))"
    }

    /// Eight hexadecimal digits, so that keys sort as numbers do.
    static func padded(_ number: UInt64) -> String {
        let hex = String(number, radix: 16)
        return String(repeating: "0", count: max(0, 8 - hex.count)) + hex
    }
}
