public import Core

/// What one command changed of the objects of a shard, kept under the command's sequence: the feed that the search index
/// and the followers of a bucket read.
///
/// Format version 1: Sources/README.md, "Rows".
public struct ChangeRecord: Sendable, Equatable {
    static let formatVersion: UInt8 = 1
    /// Sequences that are kept behind the newest, at the least. Part of the state: the same on every replica.
    public static let retainedSequences: UInt64 = 262_144
    /// What is older goes in steps of so many sequences, by one deletion of a range.
    static let trimInterval: UInt64 = 4096

    public struct Change: Sendable, Equatable {
        public enum Kind: Sendable, Equatable {
            /// What a listing shows of the version that came.
            case put(ObjectRecord.Summary)
            case delete
            /// How the bucket's objects are to be indexed has changed; the key is empty.
            case schema
        }
        public var bucket: BucketID
        public var key: [UInt8]
        public var kind: Kind

        public init(bucket: BucketID, key: [UInt8], kind: Kind) {
            self.bucket = bucket
            self.key = key
            self.kind = kind
        }
    }

    public var sequence: SequenceNumber
    /// The leader's, from the entry.
    public var time: WallTime
    public var changes: [Change]

    init(sequence: SequenceNumber, time: WallTime, changes: [Change]) {
        self.sequence = sequence
        self.time = time
        self.changes = changes
    }

    var value: [UInt8] {
        var writer = ByteWriter(reserving: 32 + changes.reduce(0) { $0 + $1.key.count + 64 })
        writer.write(Self.formatVersion)
        writer.write(time.milliseconds)
        writer.write(list: changes) { writer, change in
            switch change.kind {
            case .put: writer.write(UInt8(1))
            case .delete: writer.write(UInt8(2))
            case .schema: writer.write(UInt8(3))
            }
            change.bucket.encode(to: &writer)
            writer.write(change.key)
            guard case .put(let summary) = change.kind else { return }
            writer.write(summary.ordinal)
            writer.write(summary.sizeBytes)
            writer.write(UInt8(summary.tag.count))
            writer.writeRaw(summary.tag)
            writer.write(summary.partCount)
        }
        return writer.bytes
    }

    init(row: [UInt8], value: [UInt8]) throws(CodecError) {
        var name = ByteReader(row)
        try name.skip(RowKeys.kindBytes)
        sequence = SequenceNumber(try name.readBigEndian())
        try name.expectEnd()
        var reader = ByteReader(value)
        let version: UInt8 = try reader.read()
        guard version == Self.formatVersion else { throw .newerVersion(UInt16(version)) }
        time = WallTime(milliseconds: try reader.read())
        changes = try reader.readList { (reader) throws(CodecError) in
            let kind: UInt8 = try reader.read()
            let bucket = try BucketID(from: &reader)
            let key = try reader.readBytes()
            switch kind {
            case 1:
                let ordinal: UInt64 = try reader.read()
                let size: UInt64 = try reader.read()
                let tag = try reader.readRaw(Int(try reader.read(UInt8.self)))
                let summary = ObjectRecord.Summary(
                    ordinal: ordinal, sizeBytes: size, tag: tag, partCount: try reader.read(), checksumAlgorithm: 0,
                    checksumType: 0)
                return Change(bucket: bucket, key: key, kind: .put(summary))
            case 2: return Change(bucket: bucket, key: key, kind: .delete)
            case 3: return Change(bucket: bucket, key: key, kind: .schema)
            default: throw .field("kind of change")
            }
        }
        try reader.expectEnd()
    }
}
