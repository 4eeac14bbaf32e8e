public import Core

/// What must hold of the current version for a write to be carried out; decided when the command is applied.
public enum Condition: Sendable, Equatable {
    case none
    /// No object under the key.
    case absent
    /// An object with this entity tag (digest, part count).
    case tag([UInt8], parts: UInt16)
    /// Any object.
    case present

    func encode(to writer: inout ByteWriter) {
        switch self {
        case .none: writer.write(UInt8(0))
        case .absent: writer.write(UInt8(1))
        case .tag(let digest, let parts):
            writer.write(UInt8(2))
            writer.write(digest)
            writer.write(parts)
        case .present: writer.write(UInt8(3))
        }
    }

    init(from reader: inout ByteReader) throws(CodecError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .none
        case 1: self = .absent
        case 2: self = .tag(try reader.readBytes(), parts: try reader.read())
        case 3: self = .present
        default: throw .field("condition")
        }
    }
}

/// A change of a shard's state as its log carries it. The numbers are part of the log's format: never reused.
public enum Command: Sendable, Equatable {
    /// A gateway begins to talk to the shard; an older session of the same owner ends.
    case openSession(owner: UniqueID, session: UInt64)
    /// Makes `record` the current version. Its ordinal is set when it is applied.
    case putObject(bucket: BucketID, key: [UInt8], record: ObjectRecord, body: [UInt8]?, condition: Condition)
    case deleteObject(bucket: BucketID, key: [UInt8], condition: Condition)
    /// The shard's copy of a bucket: writes are taken from now on.
    case openBucket(bucket: BucketID)
    /// Refused if the bucket has an object or upload in this shard.
    case closeBucket(bucket: BucketID)
    /// After a close: the bucket's copy goes.
    case forgetBucket(bucket: BucketID)
    /// System shard.
    case reserveBucketName(name: String, bucket: BucketID, owner: String, region: String)
    case setBucketState(name: String, bucket: BucketID, state: BucketState)
    case removeBucketName(name: String, bucket: BucketID)
    /// The fragments of these blobs are gone.
    case clearGarbage([GarbageName])
    /// Asks, in log order, whether a blob is referred to; if not, it must never be from now on.
    case condemn(bucket: BucketID, key: [UInt8], blob: BlobID)

    public func encoded() -> [UInt8] {
        var writer = ByteWriter(reserving: 256)
        switch self {
        case .openSession(let owner, let session):
            writer.write(UInt8(1))
            owner.encode(to: &writer)
            writer.write(session)
        case .putObject(let bucket, let key, let record, let body, let condition):
            writer = ByteWriter(reserving: 512 + key.count + (body?.count ?? 0))
            writer.write(UInt8(2))
            bucket.encode(to: &writer)
            writer.write(key)
            record.encode(to: &writer)
            writer.write(optional: body) { $0.write($1) }
            condition.encode(to: &writer)
        case .deleteObject(let bucket, let key, let condition):
            writer.write(UInt8(3))
            bucket.encode(to: &writer)
            writer.write(key)
            condition.encode(to: &writer)
        case .openBucket(let bucket):
            writer.write(UInt8(4))
            bucket.encode(to: &writer)
        case .closeBucket(let bucket):
            writer.write(UInt8(5))
            bucket.encode(to: &writer)
        case .forgetBucket(let bucket):
            writer.write(UInt8(6))
            bucket.encode(to: &writer)
        case .reserveBucketName(let name, let bucket, let owner, let region):
            writer.write(UInt8(7))
            writer.write(name)
            bucket.encode(to: &writer)
            writer.write(owner)
            writer.write(region)
        case .setBucketState(let name, let bucket, let state):
            writer.write(UInt8(8))
            writer.write(name)
            bucket.encode(to: &writer)
            writer.write(state.rawValue)
        case .removeBucketName(let name, let bucket):
            writer.write(UInt8(9))
            writer.write(name)
            bucket.encode(to: &writer)
        case .clearGarbage(let names):
            writer.write(UInt8(10))
            writer.write(list: names) { $1.encode(to: &$0) }
        case .condemn(let bucket, let key, let blob):
            writer.write(UInt8(11))
            bucket.encode(to: &writer)
            writer.write(key)
            blob.encode(to: &writer)
        }
        return writer.bytes
    }

    public init(_ bytes: [UInt8]) throws(CodecError) {
        var reader = ByteReader(bytes)
        switch try reader.read(UInt8.self) {
        case 1: self = .openSession(owner: try UniqueID(from: &reader), session: try reader.read())
        case 2:
            self = .putObject(
                bucket: try BucketID(from: &reader), key: try reader.readBytes(),
                record: try ObjectRecord(from: &reader),
                body: try reader.readOptional { (reader) throws(CodecError) in try reader.readBytes() },
                condition: try Condition(from: &reader))
        case 3:
            self = .deleteObject(
                bucket: try BucketID(from: &reader), key: try reader.readBytes(),
                condition: try Condition(from: &reader))
        case 4: self = .openBucket(bucket: try BucketID(from: &reader))
        case 5: self = .closeBucket(bucket: try BucketID(from: &reader))
        case 6: self = .forgetBucket(bucket: try BucketID(from: &reader))
        case 7:
            self = .reserveBucketName(
                name: try reader.readString(), bucket: try BucketID(from: &reader), owner: try reader.readString(),
                region: try reader.readString())
        case 8:
            let name = try reader.readString()
            let bucket = try BucketID(from: &reader)
            guard let state = BucketState(rawValue: try reader.read()) else { throw .field("bucket state") }
            self = .setBucketState(name: name, bucket: bucket, state: state)
        case 9: self = .removeBucketName(name: try reader.readString(), bucket: try BucketID(from: &reader))
        case 10:
            self = .clearGarbage(
                try reader.readList { (reader) throws(CodecError) in try GarbageName(from: &reader) })
        case 11:
            self = .condemn(
                bucket: try BucketID(from: &reader), key: try reader.readBytes(), blob: try BlobID(from: &reader))
        default: throw .field("command")
        }
        try reader.expectEnd()
    }
}

public enum BucketState: UInt8, Sendable {
    /// Reserved, not yet open in all shards.
    case creating = 0
    case active = 1
    case deleting = 2
}

/// Names a garbage row.
public struct GarbageName: Sendable, Hashable {
    public var bucket: BucketID
    public var key: [UInt8]
    public var blob: BlobID

    public init(bucket: BucketID, key: [UInt8], blob: BlobID) {
        self.bucket = bucket
        self.key = key
        self.blob = blob
    }

    func encode(to writer: inout ByteWriter) {
        bucket.encode(to: &writer)
        writer.write(key)
        blob.encode(to: &writer)
    }

    init(from reader: inout ByteReader) throws(CodecError) {
        bucket = try BucketID(from: &reader)
        key = try reader.readBytes()
        blob = try BlobID(from: &reader)
    }
}

/// What applying a command came to; kept for each session slot, so that a repeated request gets the same answer.
public enum CommandResult: Sendable, Equatable {
    case done
    /// The version's ordinal.
    case stored(ordinal: UInt64)
    /// False: there was nothing under the key.
    case deleted(Bool)
    case noSuchBucket
    case noSuchKey
    case conditionFailed
    case bucketExists(bucket: BucketID, owner: String)
    case bucketNotEmpty
    /// The blob that the command names is garbage or condemned.
    case blobRefused
    case live
    case condemned
    /// The session is not known, or the slot has gone on.
    case staleRequest
    /// The log holds a command that this program does not know, or bytes that are none: nothing was changed.
    case notUnderstood

    public func encode(to writer: inout ByteWriter) {
        switch self {
        case .done: writer.write(UInt8(0))
        case .stored(let ordinal):
            writer.write(UInt8(1))
            writer.write(ordinal)
        case .deleted(let existed):
            writer.write(UInt8(2))
            writer.write(existed)
        case .noSuchBucket: writer.write(UInt8(3))
        case .noSuchKey: writer.write(UInt8(4))
        case .conditionFailed: writer.write(UInt8(5))
        case .bucketExists(let bucket, let owner):
            writer.write(UInt8(6))
            bucket.encode(to: &writer)
            writer.write(owner)
        case .bucketNotEmpty: writer.write(UInt8(7))
        case .blobRefused: writer.write(UInt8(8))
        case .live: writer.write(UInt8(9))
        case .condemned: writer.write(UInt8(10))
        case .staleRequest: writer.write(UInt8(11))
        case .notUnderstood: writer.write(UInt8(12))
        }
    }

    public init(from reader: inout ByteReader) throws(CodecError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .done
        case 1: self = .stored(ordinal: try reader.read())
        case 2: self = .deleted(try reader.readBool())
        case 3: self = .noSuchBucket
        case 4: self = .noSuchKey
        case 5: self = .conditionFailed
        case 6: self = .bucketExists(bucket: try BucketID(from: &reader), owner: try reader.readString())
        case 7: self = .bucketNotEmpty
        case 8: self = .blobRefused
        case 9: self = .live
        case 10: self = .condemned
        case 11: self = .staleRequest
        case 12: self = .notUnderstood
        default: throw .field("command result")
        }
    }
}
