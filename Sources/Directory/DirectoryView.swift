public import Core
public import Replication

/// The directory's records, decoded: an immutable value that requests take once and rely on.
public struct DirectoryView: Sendable {
    public var cluster: ClusterRecord?
    public var drives: [DriveID: DriveRecord] = [:]
    /// In the order of their ranges; the system shard is not among them.
    public var shards: [ShardRecord] = []
    public var systemShard: ShardRecord?
    public var pools: [UInt16: Pool] = [:]
    /// Revision of each record, for transactions.
    public var revisions: [String: UInt64] = [:]

    public struct Pool: Sendable {
        public var record: PoolRecord
        /// By group number.
        public var groups: [GroupRecord]
    }

    public init() {}

    /// - Throws: for a record that this program cannot decode.
    public init(_ records: [ConfigRecord]) throws(CodecError) {
        var groups: [String: GroupRecord] = [:]
        for record in records {
            revisions[record.key] = record.revision
            if record.key == DirectoryKey.cluster {
                cluster = try ClusterRecord(record.value)
            } else if record.key.hasPrefix(DirectoryKey.drives) {
                let drive = try DriveRecord(record.value)
                drives[drive.drive] = drive
            } else if record.key.hasPrefix(DirectoryKey.shards) {
                var reader = ByteReader(record.value)
                let shard = try ShardRecord(from: &reader)
                if shard.shard == .system { systemShard = shard } else { shards.append(shard) }
            } else if record.key.hasPrefix(DirectoryKey.pools) {
                let pool = try PoolRecord(record.value)
                pools[pool.pool] = Pool(record: pool, groups: [])
            } else if record.key.hasPrefix(DirectoryKey.groups) {
                groups[record.key] = try GroupRecord(record.value)
            }
        }
        for (id, pool) in pools {
            for group in 0..<(1 << Int(pool.record.groupBits)) {
                guard let row = groups[DirectoryKey.group(id, group)] else { throw .field("placement group") }
                pools[id]?.groups.append(row)
            }
        }
        shards.sort { $0.lowerBound.lexicographicallyPrecedes($1.lowerBound) }
    }

    public func shard(_ id: ShardID) -> ShardRecord? {
        id == .system ? systemShard : shards.first { $0.shard == id }
    }

    public var allShards: [ShardRecord] { (systemShard.map { [$0] } ?? []) + shards }

    /// The shard whose range holds a position.
    public func shard(holding position: [UInt8]) -> ShardRecord? {
        shards.last { !position.lexicographicallyPrecedes($0.lowerBound) }
    }

    /// Shards whose ranges meet [start, end), in order; nil end: to the last.
    public func shards(from start: [UInt8], to end: [UInt8]?) -> [ShardRecord] {
        shards.filter { shard in
            let endsBefore = shard.upperBound.map { !start.lexicographicallyPrecedes($0) } ?? false
            let beginsAfter = end.map { !shard.lowerBound.lexicographicallyPrecedes($0) } ?? false
            return !endsBefore && !beginsAfter
        }
    }
}

extension DirectoryView {
    /// Drives that some row names as out.
    public var outDrives: Set<DriveID> { Set(pools.values.flatMap { $0.groups.flatMap(\.out) }) }
    /// Drives that some row names as being filled.
    public var fillingDrives: Set<DriveID> { Set(pools.values.flatMap { $0.groups.flatMap(\.filling) }) }
}
