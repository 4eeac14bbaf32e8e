public import Core

// On-disk format, version 1: Sources/README.md, "Journal".

/// Which drive of which cluster a file belongs to.
public struct DriveIdentity: Hashable, Sendable {
    public var cluster: ClusterID
    public var drive: DriveID

    public init(cluster: ClusterID, drive: DriveID) {
        self.cluster = cluster
        self.drive = drive
    }
}

/// One record of the journal. The journal knows entries by (store, sequence) and does not look into payloads.
public struct JournalRecord: Sendable, Equatable {
    public enum Kind: UInt8, Sendable {
        /// A replicated entry; sequences of one store are contiguous.
        case entry = 1
        /// Entries of the store above `sequence` are void from here on.
        case truncate = 2
        /// The store's latest durable note (its shard record and flags); replaces the one before.
        case note = 3
        /// The store is gone: nothing of it is needed any more.
        case forget = 4
        /// The store's log begins after `sequence` (a checkpoint was installed): older entries are void.
        case reset = 5
    }

    public var store: StoreID
    public var kind: Kind
    public var sequence: SequenceNumber
    public var payload: [UInt8]

    public init(store: StoreID, kind: Kind, sequence: SequenceNumber, payload: [UInt8]) {
        self.store = store
        self.kind = kind
        self.sequence = sequence
        self.payload = payload
    }

    /// store 4, kind 1, zero 3, sequence 8, length 4, payload.
    static let headerBytes = 20

    var encodedCount: Int { Self.headerBytes + payload.count }
}

/// The first 4 KiB of a segment file.
struct SegmentSuperblock: Equatable {
    static let magic: UInt64 = 0x314C_4E52_4A54_5352  // "RSTJRNL1"
    static let version: UInt16 = 1

    var identity: DriveIdentity
    var number: UInt64
    /// Random, new each time that a file is taken into use: what an earlier life left in it is never ours.
    var nonce: UInt64
    var firstGroup: UInt64
    /// Header checksum of the last group of the segment before; 0 at the very beginning.
    var previousGroupChecksum: UInt32

    func encoded() -> [UInt8] {
        var writer = ByteWriter(reserving: 128)
        writer.write(Self.magic)
        writer.write(Self.version)
        writer.writeRaw([UInt8](repeating: 0, count: 6))
        identity.cluster.encode(to: &writer)
        identity.drive.encode(to: &writer)
        writer.write(number)
        writer.write(nonce)
        writer.write(firstGroup)
        writer.write(previousGroupChecksum)
        writer.write(CRC32C.of(writer.bytes))
        return writer.bytes
    }

    init(identity: DriveIdentity, number: UInt64, nonce: UInt64, firstGroup: UInt64, previousGroupChecksum: UInt32) {
        self.identity = identity
        self.number = number
        self.nonce = nonce
        self.firstGroup = firstGroup
        self.previousGroupChecksum = previousGroupChecksum
    }

    init(_ bytes: [UInt8]) throws(CodecError) {
        var reader = ByteReader(bytes)
        guard try reader.read(UInt64.self) == Self.magic else { throw .field("segment magic") }
        let version = try reader.read(UInt16.self)
        guard version <= Self.version else { throw .newerVersion(version) }
        try reader.skip(6)
        identity = DriveIdentity(
            cluster: try ClusterID(from: &reader), drive: try DriveID(from: &reader))
        number = try reader.read()
        nonce = try reader.read()
        firstGroup = try reader.read()
        previousGroupChecksum = try reader.read()
        let covered = reader.offset
        guard try reader.read(UInt32.self) == CRC32C.of(bytes[0..<covered]) else { throw .field("segment checksum") }
    }
}

/// The head of one group commit: everything that one synced write made durable.
struct GroupHeader: Equatable {
    static let magic: UInt64 = 0x3130_5052_4754_5352  // "RSTGRP01"
    static let byteCount = 64

    var nonce: UInt64
    var number: UInt64
    /// Where the group lies in its file.
    var offset: UInt64
    var payloadBytes: UInt32
    var recordCount: UInt32
    var payloadChecksum: UInt32
    /// Header checksum and end of the group before, so that a missing group in the middle is certain damage.
    var previousChecksum: UInt32
    var previousEnd: UInt64
    /// Set by `encoded` and on decoding: the checksum of the fields above.
    private(set) var checksum: UInt32 = 0

    /// Bytes of the whole group on disk.
    var sizeOnDisk: UInt64 {
        let bytes = UInt64(Self.byteCount) + UInt64(payloadBytes)
        return (bytes + 4095) & ~4095
    }

    init(
        nonce: UInt64, number: UInt64, offset: UInt64, payloadBytes: UInt32, recordCount: UInt32,
        payloadChecksum: UInt32, previousChecksum: UInt32, previousEnd: UInt64
    ) {
        self.nonce = nonce
        self.number = number
        self.offset = offset
        self.payloadBytes = payloadBytes
        self.recordCount = recordCount
        self.payloadChecksum = payloadChecksum
        self.previousChecksum = previousChecksum
        self.previousEnd = previousEnd
        checksum = CRC32C.of(fields())
    }

    private func fields() -> [UInt8] {
        var writer = ByteWriter(reserving: Self.byteCount)
        writer.write(Self.magic)
        writer.write(nonce)
        writer.write(number)
        writer.write(offset)
        writer.write(payloadBytes)
        writer.write(recordCount)
        writer.write(payloadChecksum)
        writer.write(previousChecksum)
        writer.write(previousEnd)
        writer.write(UInt32(0))
        return writer.bytes
    }

    func encoded() -> [UInt8] {
        var writer = ByteWriter(reserving: Self.byteCount)
        writer.writeRaw(fields())
        writer.write(checksum)
        return writer.bytes
    }

    init(_ bytes: [UInt8]) throws(CodecError) {
        var reader = ByteReader(bytes)
        guard try reader.read(UInt64.self) == Self.magic else { throw .field("group magic") }
        nonce = try reader.read()
        number = try reader.read()
        offset = try reader.read()
        payloadBytes = try reader.read()
        recordCount = try reader.read()
        payloadChecksum = try reader.read()
        previousChecksum = try reader.read()
        previousEnd = try reader.read()
        try reader.skip(4)
        let covered = reader.offset
        checksum = try reader.read()
        guard checksum == CRC32C.of(bytes[0..<covered]) else { throw .field("group header checksum") }
    }
}
