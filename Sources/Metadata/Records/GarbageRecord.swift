public import Core

/// What a garbage row names: one blob, or many at once, so that discarding an object of 10,000 parts is one row.
public enum GarbageSubject: Sendable, Hashable {
    case blob(BlobID)
    /// The part rows of an upload that was aborted, or those that completing it did not take.
    case parts(of: UniqueID)
    /// The part table of a version; by its body ordinal.
    case table(ordinal: UInt64)
}

/// Names a garbage row.
public struct GarbageName: Sendable, Hashable {
    public var bucket: BucketID
    public var key: [UInt8]
    public var subject: GarbageSubject

    public init(bucket: BucketID, key: [UInt8], subject: GarbageSubject) {
        self.bucket = bucket
        self.key = key
        self.subject = subject
    }

    func encode(to writer: inout ByteWriter) {
        bucket.encode(to: &writer)
        writer.write(key)
        switch subject {
        case .blob(let blob):
            writer.write(UInt8(0))
            blob.encode(to: &writer)
        case .parts(let upload):
            writer.write(UInt8(1))
            upload.encode(to: &writer)
        case .table(let ordinal):
            writer.write(UInt8(2))
            writer.write(ordinal)
        }
    }

    init(from reader: inout ByteReader) throws(CodecError) {
        bucket = try BucketID(from: &reader)
        key = try reader.readBytes()
        switch try reader.read(UInt8.self) {
        case 0: subject = .blob(try BlobID(from: &reader))
        case 1: subject = .parts(of: try UniqueID(from: &reader))
        case 2: subject = .table(ordinal: try reader.read())
        default: throw .field("garbage subject")
        }
    }

    /// From the key of a garbage row.
    init(row: [UInt8]) throws(CodecError) {
        let (bucket, key, rest) = try RowKeys.decode(row)
        var reader = ByteReader(Array(rest))
        self.bucket = bucket
        self.key = key
        switch try reader.read(UInt8.self) {
        case 0: subject = .blob(BlobID(high: try reader.readBigEndian(), low: try reader.readBigEndian()))
        case 1: subject = .parts(of: UniqueID(high: try reader.readBigEndian(), low: try reader.readBigEndian()))
        case 2: subject = .table(ordinal: try reader.readBigEndian())
        default: throw .field("garbage subject")
        }
        try reader.expectEnd()
    }
}

/// What nothing refers to any more. Format version 1: Sources/README.md, "Garbage".
public struct GarbageRecord: Sendable, Equatable {
    static let formatVersion: UInt8 = 1

    public var name: GarbageName
    /// Leader's time when the last reference went.
    public var since: WallTime
    /// Of a single blob.
    public var reference: BlobReference?

    var value: [UInt8] {
        var writer = ByteWriter(reserving: 64)
        writer.write(Self.formatVersion)
        writer.write(since.milliseconds)
        if let reference { reference.encode(to: &writer) }
        return writer.bytes
    }

    init(name: GarbageName, since: WallTime, reference: BlobReference? = nil) {
        self.name = name
        self.since = since
        self.reference = reference
    }

    init(row: [UInt8], value: [UInt8]) throws(CodecError) {
        name = try GarbageName(row: row)
        var reader = ByteReader(value)
        let version: UInt8 = try reader.read()
        guard version == Self.formatVersion else { throw .newerVersion(UInt16(version)) }
        since = WallTime(milliseconds: try reader.read())
        if case .blob = name.subject { reference = try BlobReference(from: &reader) }
        try reader.expectEnd()
    }
}
