import Core
import FragmentStore
import Journal
import KeyValue
import Replication
import Synchronization
import SystemIO

/// What names a drive, in the file `drive` of its folder: whose it is, and which one.
///
/// Format version 1: Sources/README.md, "Drive file".
struct DriveLabel: Sendable, Equatable {
    static let magic: UInt64 = 0x3145_5652_4454_5352  // "RSTDRVE1"
    static let version: UInt16 = 1
    static let path = "drive"
    /// Holds the label while a drive is being prepared; a rename makes it `path`.
    static let preparingPath = "drive.preparing"

    var cluster: ClusterID
    var drive: DriveID
    var node: NodeID

    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.magic)
        writer.write(Self.version)
        cluster.encode(to: &writer)
        drive.encode(to: &writer)
        node.encode(to: &writer)
        writer.write(CRC32C.of(writer.bytes))
        return writer.bytes
    }

    init(cluster: ClusterID, drive: DriveID, node: NodeID) {
        self.cluster = cluster
        self.drive = drive
        self.node = node
    }

    init(_ bytes: [UInt8]) throws(CodecError) {
        var reader = ByteReader(bytes)
        guard try reader.read(UInt64.self) == Self.magic else { throw .field("drive magic") }
        let version: UInt16 = try reader.read()
        guard version <= Self.version else { throw .newerVersion(version) }
        cluster = try ClusterID(from: &reader)
        drive = try DriveID(from: &reader)
        node = try NodeID(from: &reader)
        let covered = reader.offset
        guard try reader.read(UInt32.self) == CRC32C.of(bytes[0..<covered]) else { throw .field("drive checksum") }
    }
}

/// Everything that one drive of this node runs: journal, rows, fragments, and the replicas on it.
final class DriveHost: Sendable {
    enum Condition: Sendable, Equatable {
        case online
        /// I/O has been outstanding for a second.
        case suspect
        case failed(String)
    }

    struct Status: Sendable {
        var condition = Condition.online
        /// Replicas by store.
        var replicas: [StoreID: ShardReplica] = [:]
        /// Replicas that do not run because they cannot be trusted.
        var quarantined: [StoreID: QuarantinedReplica] = [:]
        var errors: UInt64 = 0
        var space = DriveSpace(total: 0, available: 0)
    }

    let label: DriveLabel
    let path: String
    let drive: FolderDrive
    let rows: RocksDBStore
    let journal: Journal
    let journalCondition: JournalCondition
    let fragments: FragmentStore
    let faults: DriveFaults
    let status = Mutex(Status())

    init(
        label: DriveLabel, path: String, drive: FolderDrive, rows: RocksDBStore, journal: Journal,
        journalCondition: JournalCondition, fragments: FragmentStore, faults: DriveFaults
    ) {
        self.label = label
        self.path = path
        self.drive = drive
        self.rows = rows
        self.journal = journal
        self.journalCondition = journalCondition
        self.fragments = fragments
        self.faults = faults
    }

    var id: DriveID { label.drive }

    var isOnline: Bool {
        status.withLock { status in
            if case .failed = status.condition { return false }
            return true
        }
    }

    /// Online, and not suspect.
    var isInTime: Bool { status.withLock { $0.condition == .online } }

    /// Declares the drive failed, once: every waiter gets an error, nothing more is sent to it.
    /// - Returns: true if it was not failed before.
    func fail(_ reason: String) -> Bool {
        let isNew = status.withLock { status in
            if case .failed = status.condition { return false }
            status.condition = .failed(reason)
            return true
        }
        if isNew { drive.close() }
        return isNew
    }

    var quarantined: [StoreID: QuarantinedReplica] { status.withLock { $0.quarantined } }

    var replicas: [ShardReplica] {
        status.withLock { status in status.replicas.sorted { $0.key < $1.key }.map(\.value) }
    }

    func replica(_ shard: ShardID, incarnation: UInt64) -> ShardReplica? {
        status.withLock { status in
            status.replicas.values.first { $0.shard == shard && $0.me.incarnation == incarnation }
        }
    }
}

/// What the journal remembers for a replica: which one it is, and the protocol's own note.
struct ReplicaNote: Sendable, Equatable {
    var shard: ShardID
    var incarnation: UInt64
    var note: DurableNote

    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(UInt8(1))
        shard.encode(to: &writer)
        writer.write(incarnation)
        note.encode(to: &writer)
        return writer.bytes
    }

    init(shard: ShardID, incarnation: UInt64, note: DurableNote) {
        self.shard = shard
        self.incarnation = incarnation
        self.note = note
    }

    init(_ bytes: [UInt8]) throws(CodecError) {
        var reader = ByteReader(bytes)
        let version: UInt8 = try reader.read()
        guard version == 1 else { throw .newerVersion(UInt16(version)) }
        shard = try ShardID(from: &reader)
        incarnation = try reader.read()
        note = try DurableNote(from: &reader)
    }
}
