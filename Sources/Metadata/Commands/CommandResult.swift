public import Core

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
    case noSuchUpload
    case uploadCreated(UniqueID)
    /// The version that came of an upload, now or when the request was made first.
    case completed(CompletionRecord)
    /// The part rows are not those from which the command was computed: compute it again.
    case partsChanged
    /// The current version is not the one that the command means.
    case objectChanged
    /// One for each key of the command, in its order.
    case deletedEach([DeleteOutcome])
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
        case .noSuchUpload: writer.write(UInt8(13))
        case .uploadCreated(let upload):
            writer.write(UInt8(14))
            upload.encode(to: &writer)
        case .completed(let record):
            writer.write(UInt8(15))
            record.encode(to: &writer)
        case .partsChanged: writer.write(UInt8(16))
        case .objectChanged: writer.write(UInt8(17))
        case .deletedEach(let outcomes):
            writer.write(UInt8(18))
            writer.write(list: outcomes) { $0.write($1.rawValue) }
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
        case 13: self = .noSuchUpload
        case 14: self = .uploadCreated(try UniqueID(from: &reader))
        case 15: self = .completed(try CompletionRecord(from: &reader))
        case 16: self = .partsChanged
        case 17: self = .objectChanged
        case 18:
            self = .deletedEach(
                try reader.readList { (reader) throws(CodecError) in
                    guard let outcome = DeleteOutcome(rawValue: try reader.read()) else {
                        throw .field("delete outcome")
                    }
                    return outcome
                })
        default: throw .field("command result")
        }
    }
}

/// What became of one key of many.
public enum DeleteOutcome: UInt8, Sendable {
    case deleted = 0
    /// There was nothing under the key, and no condition asked for it.
    case missing = 1
    case noSuchKey = 2
    case conditionFailed = 3
}
