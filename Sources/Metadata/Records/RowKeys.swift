public import Core

/// Kinds of rows. The numbers are part of the on-disk format.
public enum RowKind: UInt8, Sendable {
    /// State of the replica itself: applied sequence, last ordinal.
    case replica = 0
    /// The shard's own copy of what applying needs to know of a bucket.
    case bucket = 1
    /// The current version of a key: what a listing returns.
    case entry = 2
    /// Versions that are not current.
    case version = 3
    /// Inline bytes, in the family `bodies`.
    case body = 4
    /// Multipart uploads that are open.
    case upload = 5
    /// Parts of uploads that are open, or garbage as a whole.
    case part = 6
    /// Blobs, parts of uploads and part tables that nothing refers to any more.
    case garbage = 7
    /// Blobs that must never be referred to again.
    case condemned = 8
    case session = 9
    /// System shard: bucket name to ID and configuration.
    case bucketName = 10
    /// Pages of the part tables of versions.
    case table = 11
    /// Results of uploads that were completed not long ago.
    case completion = 12
    /// System shard: a bucket's tags, search configuration and the like, by bucket ID.
    case bucketConfiguration = 13
    /// System shard: who may ask, their access keys, and the access keys of each.
    case user = 14
    case accessKey = 15
    case keyOfUser = 16
    /// What commands changed of objects, by sequence.
    case change = 17
}

/// Physical keys: store 4, kind 1, then by kind; numbers big-endian, so that bytes sort as values do.
///
/// Object keys are escaped (00 becomes 00 FF) and end with 00 01: what follows them never mixes with a longer key's
/// bytes, and the order is that of the plain keys.
public struct RowKeys: Sendable {
    public let store: StoreID

    public init(store: StoreID) { self.store = store }

    private func begin(_ kind: RowKind, reserving capacity: Int = 64) -> ByteWriter {
        var writer = ByteWriter(reserving: capacity)
        writer.writeBigEndian(store.rawValue)
        writer.write(kind.rawValue)
        return writer
    }

    /// Every row of the store begins with this.
    public var storePrefix: [UInt8] {
        var writer = ByteWriter()
        writer.writeBigEndian(store.rawValue)
        return writer.bytes
    }

    public func kindPrefix(_ kind: RowKind) -> [UInt8] { begin(kind).bytes }

    public func replica() -> [UInt8] { begin(.replica).bytes }

    public func bucket(_ bucket: BucketID) -> [UInt8] { keyed(.bucket, bucket).bytes }

    public func bucketName(_ name: String) -> [UInt8] { named(.bucketName, name).bytes }

    public func user(_ name: String) -> [UInt8] { named(.user, name).bytes }

    public func accessKey(_ id: String) -> [UInt8] { named(.accessKey, id).bytes }

    /// The length before the user's name tells its keys from those of a longer name. nil: all keys of the user.
    public func keyOfUser(_ user: String, _ id: String?) -> [UInt8] {
        var writer = begin(.keyOfUser)
        writer.write(UInt8(user.utf8.count))
        writer.writeRaw(user.utf8)
        if let id { writer.writeRaw(id.utf8) }
        return writer.bytes
    }

    private func named(_ kind: RowKind, _ name: String) -> ByteWriter {
        var writer = begin(kind)
        writer.writeRaw(name.utf8)
        return writer
    }

    /// nil: all that is configured of the bucket.
    public func bucketConfiguration(_ bucket: BucketID, _ kind: UInt8?) -> [UInt8] {
        var writer = keyed(.bucketConfiguration, bucket)
        if let kind { writer.write(kind) }
        return writer.bytes
    }

    public func session(_ session: UInt64, slot: UInt16?) -> [UInt8] {
        var writer = begin(.session)
        writer.writeBigEndian(session)
        if let slot { writer.writeBigEndian(slot) }
        return writer.bytes
    }

    public func change(_ sequence: SequenceNumber) -> [UInt8] {
        var writer = begin(.change)
        writer.writeBigEndian(sequence.rawValue)
        return writer.bytes
    }

    public func entry(_ bucket: BucketID, _ key: [UInt8]) -> [UInt8] { whole(.entry, bucket, key).bytes }

    /// Rows of a bucket whose keys begin with `prefix`; an empty one is the whole bucket.
    public func prefix(_ kind: RowKind, _ bucket: BucketID, _ prefix: [UInt8] = []) -> [UInt8] {
        var writer = keyed(kind, bucket)
        Self.escape(prefix, into: &writer)
        return writer.bytes
    }

    public func body(_ bucket: BucketID, _ key: [UInt8], ordinal: UInt64) -> [UInt8] {
        var writer = whole(.body, bucket, key)
        writer.writeBigEndian(ordinal)
        return writer.bytes
    }

    /// Uploads of a key; nil: all of them.
    public func upload(_ bucket: BucketID, _ key: [UInt8], _ upload: UniqueID?) -> [UInt8] {
        identified(.upload, bucket, key, upload)
    }

    /// nil: all parts of the upload.
    public func part(_ name: UploadName, _ number: UInt16?) -> [UInt8] {
        var writer = whole(.part, name.bucket, name.key)
        Self.write(name.upload, to: &writer)
        if let number { writer.writeBigEndian(number) }
        return writer.bytes
    }

    /// Of all uploads of a key.
    public func parts(_ bucket: BucketID, _ key: [UInt8]) -> [UInt8] { whole(.part, bucket, key).bytes }

    public func completion(_ name: UploadName) -> [UInt8] {
        identified(.completion, name.bucket, name.key, name.upload)
    }

    /// A page of the part table of the version whose body ordinal is given; nil: all its pages.
    public func table(_ bucket: BucketID, _ key: [UInt8], ordinal: UInt64, page: Int?) -> [UInt8] {
        var writer = whole(.table, bucket, key)
        writer.writeBigEndian(ordinal)
        if let page { writer.writeBigEndian(UInt16(page)) }
        return writer.bytes
    }

    /// Of all versions of a key.
    public func tables(_ bucket: BucketID, _ key: [UInt8]) -> [UInt8] { whole(.table, bucket, key).bytes }

    public func garbage(_ name: GarbageName) -> [UInt8] {
        var writer = whole(.garbage, name.bucket, name.key)
        switch name.subject {
        case .blob(let blob):
            writer.write(UInt8(0))
            Self.write(UniqueID(high: blob.high, low: blob.low), to: &writer)
        case .parts(let upload):
            writer.write(UInt8(1))
            Self.write(upload, to: &writer)
        case .table(let ordinal):
            writer.write(UInt8(2))
            writer.writeBigEndian(ordinal)
        }
        return writer.bytes
    }

    public func condemned(_ bucket: BucketID, _ key: [UInt8], _ blob: BlobID) -> [UInt8] {
        identified(.condemned, bucket, key, UniqueID(high: blob.high, low: blob.low))
    }

    private func identified(_ kind: RowKind, _ bucket: BucketID, _ key: [UInt8], _ id: UniqueID?) -> [UInt8] {
        var writer = whole(kind, bucket, key)
        if let id { Self.write(id, to: &writer) }
        return writer.bytes
    }

    private static func write(_ id: UniqueID, to writer: inout ByteWriter) {
        writer.writeBigEndian(id.high)
        writer.writeBigEndian(id.low)
    }

    private func keyed(_ kind: RowKind, _ bucket: BucketID) -> ByteWriter {
        var writer = begin(kind)
        writer.writeBigEndian(bucket.rawValue)
        return writer
    }

    private func whole(_ kind: RowKind, _ bucket: BucketID, _ key: [UInt8]) -> ByteWriter {
        var writer = begin(kind, reserving: key.count + 40)
        writer.writeBigEndian(bucket.rawValue)
        Self.escape(key, into: &writer)
        writer.write(UInt8(0))
        writer.write(UInt8(1))
        return writer
    }

    private static func escape(_ key: [UInt8], into writer: inout ByteWriter) {
        if key.contains(0) {
            for byte in key {
                writer.write(byte)
                if byte == 0 { writer.write(UInt8(255)) }
            }
        } else {
            writer.writeRaw(key)
        }
    }

    /// Bytes before the bucket ID, and before the escaped object key.
    static let kindBytes = 5
    static let bucketBytes = 13

    /// Of a part or table row: the part's number or the page.
    static func lastNumber(_ row: [UInt8]) throws(CodecError) -> UInt16 {
        guard row.count > bucketBytes + 2 else { throw .truncated }
        return UInt16(row[row.count - 2]) << 8 | UInt16(row[row.count - 1])
    }

    /// The bucket, the plain object key and what follows it.
    public static func decode(
        _ row: [UInt8]
    ) throws(CodecError) -> (bucket: BucketID, key: [UInt8], rest: ArraySlice<UInt8>) {
        var reader = ByteReader(row)
        try reader.skip(kindBytes)
        let bucket = BucketID(try reader.readBigEndian())
        var key: [UInt8] = []
        key.reserveCapacity(row.count - bucketBytes)
        var index = bucketBytes
        while index < row.count {
            let byte = row[index]
            if byte != 0 {
                key.append(byte)
                index += 1
                continue
            }
            guard index + 1 < row.count else { throw .truncated }
            switch row[index + 1] {
            case 255: key.append(0)
            case 1: return (bucket, key, row[(index + 2)...])
            default: throw .field("row key escape")
            }
            index += 2
        }
        throw .truncated
    }
}

/// A place in the keyspace that shards divide: bucket ID, big-endian, then the plain object key.
public enum KeyPosition {
    public static func of(_ bucket: BucketID, _ key: [UInt8] = []) -> [UInt8] {
        var writer = ByteWriter(reserving: 8 + key.count)
        writer.writeBigEndian(bucket.rawValue)
        writer.writeRaw(key)
        return writer.bytes
    }

    /// The first place after all keys of a bucket; nil for the last bucket ID of all.
    public static func after(_ bucket: BucketID) -> [UInt8]? {
        bucket.rawValue == .max ? nil : of(BucketID(bucket.rawValue + 1))
    }
}
