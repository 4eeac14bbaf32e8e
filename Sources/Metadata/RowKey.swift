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
    /// Inline bytes and part tables, in the family `bodies`.
    case body = 4
    case upload = 5
    case part = 6
    /// Blobs that nothing refers to any more.
    case garbage = 7
    /// Blobs that must never be referred to again.
    case condemned = 8
    case session = 9
    /// System shard: bucket name to ID and configuration.
    case bucketName = 10
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

    public func bucketName(_ name: String) -> [UInt8] {
        var writer = begin(.bucketName)
        writer.writeRaw(name.utf8)
        return writer.bytes
    }

    public func session(_ session: UInt64, slot: UInt16?) -> [UInt8] {
        var writer = begin(.session)
        writer.writeBigEndian(session)
        if let slot { writer.writeBigEndian(slot) }
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

    public func garbage(_ bucket: BucketID, _ key: [UInt8], _ blob: BlobID) -> [UInt8] {
        blobKey(.garbage, bucket, key, blob)
    }

    public func condemned(_ bucket: BucketID, _ key: [UInt8], _ blob: BlobID) -> [UInt8] {
        blobKey(.condemned, bucket, key, blob)
    }

    private func blobKey(_ kind: RowKind, _ bucket: BucketID, _ key: [UInt8], _ blob: BlobID) -> [UInt8] {
        var writer = whole(kind, bucket, key)
        writer.writeBigEndian(blob.high)
        writer.writeBigEndian(blob.low)
        return writer.bytes
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
