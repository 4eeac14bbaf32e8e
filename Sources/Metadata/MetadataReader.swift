public import Core
public import KeyValue

/// A row that this program cannot make sense of, or a store that failed: the replica is lost and learns again.
public enum RowError: Error, Equatable, Sendable {
    case store(KeyValueError)
    case undecodable(CodecError)
}

/// An object as its rows show it.
public struct StoredObject: Sendable, Equatable {
    public var record: ObjectRecord
    /// Of an inline object.
    public var body: [UInt8]?

    public init(record: ObjectRecord, body: [UInt8]?) {
        self.record = record
        self.body = body
    }
}

/// A bucket as the system shard knows it.
public struct BucketRecord: Sendable, Equatable {
    public var name: String
    public var bucket: BucketID
    public var owner: String
    public var region: String
    public var created: WallTime
    public var state: BucketState

    func encoded() -> [UInt8] {
        var writer = ByteWriter(reserving: 96)
        writer.write(UInt8(1))
        writer.write(name)
        bucket.encode(to: &writer)
        writer.write(owner)
        writer.write(region)
        writer.write(created.milliseconds)
        writer.write(state.rawValue)
        return writer.bytes
    }

    init(
        name: String, bucket: BucketID, owner: String, region: String, created: WallTime, state: BucketState
    ) {
        self.name = name
        self.bucket = bucket
        self.owner = owner
        self.region = region
        self.created = created
        self.state = state
    }

    init(_ bytes: [UInt8]) throws(CodecError) {
        var reader = ByteReader(bytes)
        let version: UInt8 = try reader.read()
        guard version == 1 else { throw .newerVersion(UInt16(version)) }
        name = try reader.readString()
        bucket = try BucketID(from: &reader)
        owner = try reader.readString()
        region = try reader.readString()
        created = WallTime(milliseconds: try reader.read())
        guard let state = BucketState(rawValue: try reader.read()) else { throw .field("bucket state") }
        self.state = state
    }
}

/// Reads the rows of one replica. Every call may block for the disk unless it says `cached`.
public struct MetadataReader: Sendable {
    public let rows: any KeyValueStore
    public let keys: RowKeys

    public init(rows: any KeyValueStore, store: StoreID) {
        self.rows = rows
        self.keys = RowKeys(store: store)
    }

    /// What memory alone can answer.
    public enum Cached<Value: Sendable>: Sendable {
        case known(Value)
        case unknown
    }

    public func cachedObject(
        _ bucket: BucketID, _ key: [UInt8], withBody: Bool
    ) throws(RowError) -> Cached<StoredObject?> {
        switch try cached(.rows, keys.entry(bucket, key)) {
        case .unknown: return .unknown
        case .missing: return .known(nil)
        case .found(let row):
            let record = try decode(row)
            guard withBody, record.location == .inline, record.summary.sizeBytes > 0 else {
                return .known(StoredObject(record: record, body: nil))
            }
            switch try cached(.bodies, keys.body(bucket, key, ordinal: record.summary.ordinal)) {
            case .found(let body): return .known(StoredObject(record: record, body: body))
            // A body that is gone although its entry was there: an overwrite came between; read both again.
            case .unknown, .missing: return .unknown
            }
        }
    }

    /// Reads entry and body as of one moment, as far as that matters: if an overwrite comes between, both are read again.
    public func object(_ bucket: BucketID, _ key: [UInt8], withBody: Bool) throws(RowError) -> StoredObject? {
        for _ in 0..<100 {
            guard let row = try get(.rows, keys.entry(bucket, key)) else { return nil }
            let record = try decode(row)
            guard withBody, record.location == .inline, record.summary.sizeBytes > 0 else {
                return StoredObject(record: record, body: nil)
            }
            if let body = try get(.bodies, keys.body(bucket, key, ordinal: record.summary.ordinal)) {
                return StoredObject(record: record, body: body)
            }
        }
        throw .undecodable(.field("inline object without its body"))
    }

    public func cachedBucket(named name: String) throws(RowError) -> Cached<BucketRecord?> {
        switch try cached(.rows, keys.bucketName(name)) {
        case .unknown: return .unknown
        case .missing: return .known(nil)
        case .found(let row): return .known(try bucketRecord(row))
        }
    }

    public func bucket(named name: String) throws(RowError) -> BucketRecord? {
        guard let row = try get(.rows, keys.bucketName(name)) else { return nil }
        return try bucketRecord(row)
    }

    /// Buckets in the order of their names, after `name` if given.
    public func buckets(after name: String?, prefix: String, limit: Int) throws(RowError) -> [BucketRecord] {
        let start = keys.bucketName(prefix)
        var list: [BucketRecord] = []
        do {
            let cursor = try rows.cursor(.rows, end: keyAfter(prefix: start))
            let from = name.map { keys.bucketName($0) + [0] } ?? start
            var isThere = try cursor.seek(from.lexicographicallyPrecedes(start) ? start : from)
            while isThere, list.count < limit {
                list.append(try BucketRecord(cursor.value))
                isThere = try cursor.next()
            }
        } catch let error as KeyValueError {
            throw .store(error)
        } catch {
            throw .undecodable(.field("bucket row"))
        }
        return list
    }

    /// Garbage rows in key order, after `position`.
    public func garbage(after position: [UInt8]?, limit: Int) throws(RowError) -> [(row: [UInt8], item: GarbageRecord)]
    {
        let prefix = keys.kindPrefix(.garbage)
        var list: [(row: [UInt8], item: GarbageRecord)] = []
        do {
            let cursor = try rows.cursor(.rows, end: keyAfter(prefix: prefix))
            var isThere = try cursor.seek(position.map { $0 + [0] } ?? prefix)
            while isThere, list.count < limit {
                let key = cursor.key
                list.append((key, try GarbageRecord(row: key, value: cursor.value)))
                isThere = try cursor.next()
            }
        } catch let error as KeyValueError {
            throw .store(error)
        } catch {
            throw .undecodable(.field("garbage row"))
        }
        return list
    }

    /// True while the shard has no garbage at all.
    public var hasGarbage: Bool { (try? !garbage(after: nil, limit: 1).isEmpty) ?? true }

    func get(_ family: Family, _ key: [UInt8]) throws(RowError) -> [UInt8]? {
        do throws(KeyValueError) { return try rows.get(family, key) } catch { throw .store(error) }
    }

    private func cached(_ family: Family, _ key: [UInt8]) throws(RowError) -> CachedRow {
        do throws(KeyValueError) { return try rows.getCached(family, key) } catch { throw .store(error) }
    }

    func decode(_ row: [UInt8]) throws(RowError) -> ObjectRecord {
        do throws(CodecError) { return try ObjectRecord(row) } catch { throw .undecodable(error) }
    }

    private func bucketRecord(_ row: [UInt8]) throws(RowError) -> BucketRecord {
        do throws(CodecError) { return try BucketRecord(row) } catch { throw .undecodable(error) }
    }
}

/// A blob that nothing refers to any more.
public struct GarbageRecord: Sendable, Equatable {
    public var name: GarbageName
    public var reference: BlobReference
    /// Leader's time when the last reference went.
    public var since: WallTime

    var value: [UInt8] {
        var writer = ByteWriter(reserving: 64)
        writer.write(UInt8(1))
        writer.write(since.milliseconds)
        reference.encode(to: &writer)
        return writer.bytes
    }

    init(name: GarbageName, reference: BlobReference, since: WallTime) {
        self.name = name
        self.reference = reference
        self.since = since
    }

    init(row: [UInt8], value: [UInt8]) throws(CodecError) {
        let (bucket, key, _) = try RowKeys.decode(row)
        var reader = ByteReader(value)
        let version: UInt8 = try reader.read()
        guard version == 1 else { throw .newerVersion(UInt16(version)) }
        since = WallTime(milliseconds: try reader.read())
        reference = try BlobReference(from: &reader)
        name = GarbageName(bucket: bucket, key: key, blob: reference.blob)
    }
}
