import Core

// On-disk format, version 1: Sources/README.md, "Volumes".

/// The first 4 KiB of a volume.
struct VolumeSuperblock: Equatable {
    static let magic: UInt64 = 0x314C_4F56_5453_4F52  // "ROSTVOL1"
    static let version: UInt16 = 1

    var cluster: ClusterID
    var drive: DriveID
    var number: UInt64
    /// Random; every record repeats it, so that bytes of a payload are never taken for a record.
    var nonce: UInt64

    init(cluster: ClusterID, drive: DriveID, number: UInt64, nonce: UInt64) {
        self.cluster = cluster
        self.drive = drive
        self.number = number
        self.nonce = nonce
    }

    func encoded() -> [UInt8] {
        var writer = ByteWriter(reserving: 96)
        writer.write(Self.magic)
        writer.write(Self.version)
        writer.writeRaw([UInt8](repeating: 0, count: 6))
        cluster.encode(to: &writer)
        drive.encode(to: &writer)
        writer.write(number)
        writer.write(nonce)
        writer.write(CRC32C.of(writer.bytes))
        return writer.bytes
    }

    init(_ bytes: [UInt8]) throws(CodecError) {
        var reader = ByteReader(bytes)
        guard try reader.read(UInt64.self) == Self.magic else { throw .field("volume magic") }
        let version = try reader.read(UInt16.self)
        guard version <= Self.version else { throw .newerVersion(version) }
        try reader.skip(6)
        cluster = try ClusterID(from: &reader)
        drive = try DriveID(from: &reader)
        number = try reader.read()
        nonce = try reader.read()
        let covered = reader.offset
        guard try reader.read(UInt32.self) == CRC32C.of(bytes[0..<covered]) else { throw .field("volume checksum") }
    }
}

/// The head of a fragment or tombstone in a volume.
struct RecordHeader: Equatable {
    enum Kind: UInt8 {
        case fragment = 1
        case tombstone = 2
    }

    static let magic: UInt64 = 0x3147_4152_4654_5352  // "RSTFRAG1"
    static let fixedBytes = 72
    /// From this payload length on, header and payload lie on 4 KiB boundaries.
    static let alignedFrom = 64 << 10
    static let maximumBytes = 4096

    var nonce: UInt64
    var kind: Kind
    var id: FragmentID
    var pool: UInt16
    var dataCount: UInt8
    var parityCount: UInt8
    var sequence: UInt64
    var owner: FragmentOwner
    var length: UInt32
    var checksums: [UInt32]

    var headerBytes: Int { Self.fixedBytes + 4 * checksums.count + owner.key.count }

    var isAligned: Bool { Int(length) >= Self.alignedFrom }

    /// From the record's start to its payload.
    var payloadOffset: Int { isAligned ? 4096 : headerBytes }

    /// From the record's start to where the next may begin.
    var size: Int {
        let end = payloadOffset + Int(length)
        return isAligned ? (end + 4095) & ~4095 : (end + 7) & ~7
    }

    func encoded() -> [UInt8] {
        var writer = ByteWriter(reserving: headerBytes)
        writer.write(Self.magic)
        writer.write(nonce)
        id.blob.encode(to: &writer)
        writer.write(id.stripe)
        writer.write(id.index)
        writer.write(dataCount)
        writer.write(parityCount)
        writer.write(kind.rawValue)
        writer.write(sequence)
        owner.bucket.encode(to: &writer)
        writer.write(length)
        writer.write(UInt16(owner.key.count))
        writer.write(UInt16(checksums.count))
        writer.write(pool)
        writer.write(UInt16(0))
        let checksumAt = writer.count
        writer.write(UInt32(0))
        for checksum in checksums { writer.write(checksum) }
        writer.writeRaw(owner.key)
        writer.patch(CRC32C.of(writer.bytes), at: checksumAt)
        return writer.bytes
    }

    init(
        nonce: UInt64, kind: Kind, id: FragmentID, pool: UInt16, dataCount: UInt8, parityCount: UInt8,
        sequence: UInt64, owner: FragmentOwner, length: UInt32, checksums: [UInt32]
    ) {
        self.nonce = nonce
        self.kind = kind
        self.id = id
        self.pool = pool
        self.dataCount = dataCount
        self.parityCount = parityCount
        self.sequence = sequence
        self.owner = owner
        self.length = length
        self.checksums = checksums
    }

    /// - Parameter bytes: from the record's start; may be longer than the header.
    init(_ bytes: ArraySlice<UInt8>) throws(CodecError) {
        var reader = ByteReader(Array(bytes.prefix(Self.maximumBytes)))
        guard try reader.read(UInt64.self) == Self.magic else { throw .field("record magic") }
        nonce = try reader.read()
        id = FragmentID(
            blob: try BlobID(from: &reader), stripe: try reader.read(), index: try reader.read())
        dataCount = try reader.read()
        parityCount = try reader.read()
        guard let kind = Kind(rawValue: try reader.read(UInt8.self)) else { throw .field("record kind") }
        self.kind = kind
        sequence = try reader.read()
        let bucket = try BucketID(from: &reader)
        length = try reader.read()
        let keyLength = Int(try reader.read(UInt16.self))
        let blocks = Int(try reader.read(UInt16.self))
        pool = try reader.read()
        try reader.skip(2)
        let checksumAt = reader.offset
        let checksum: UInt32 = try reader.read()
        checksums = []
        for _ in 0..<blocks { checksums.append(try reader.read()) }
        owner = FragmentOwner(bucket: bucket, key: try reader.readRaw(keyLength))
        var covered = Array(reader.bytes[0..<reader.offset])
        for index in checksumAt..<checksumAt + 4 { covered[index] = 0 }
        guard checksum == CRC32C.of(covered) else { throw .field("record checksum") }
        guard blocks == Fragment.blockCount(Int(length)) else { throw .field("record block count") }
    }
}

/// The index's value: where a fragment lies and how to verify it.
struct IndexEntry: Equatable {
    var volume: UInt64
    /// Of the record, and of its payload, in the volume.
    var recordOffset: UInt64
    var payloadOffset: UInt64
    var length: UInt32
    var recordSize: UInt32
    var sequence: UInt64
    var pool: UInt16
    var checksums: [UInt32]

    var encoded: [UInt8] {
        var writer = ByteWriter(reserving: 50 + 4 * checksums.count)
        writer.write(volume)
        writer.write(recordOffset)
        writer.write(payloadOffset)
        writer.write(length)
        writer.write(recordSize)
        writer.write(sequence)
        writer.write(pool)
        for checksum in checksums { writer.write(checksum) }
        return writer.bytes
    }

    init(
        volume: UInt64, recordOffset: UInt64, payloadOffset: UInt64, length: UInt32, recordSize: UInt32,
        sequence: UInt64, pool: UInt16, checksums: [UInt32]
    ) {
        self.volume = volume
        self.recordOffset = recordOffset
        self.payloadOffset = payloadOffset
        self.length = length
        self.recordSize = recordSize
        self.sequence = sequence
        self.pool = pool
        self.checksums = checksums
    }

    init(_ bytes: [UInt8]) throws(CodecError) {
        var reader = ByteReader(bytes)
        volume = try reader.read()
        recordOffset = try reader.read()
        payloadOffset = try reader.read()
        length = try reader.read()
        recordSize = try reader.read()
        sequence = try reader.read()
        pool = try reader.read()
        checksums = []
        while !reader.isAtEnd { checksums.append(try reader.read()) }
        guard checksums.count == Fragment.blockCount(Int(length)) else { throw .field("index entry") }
    }
}
