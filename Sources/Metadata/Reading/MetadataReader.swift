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
            switch try cached(.bodies, keys.body(bucket, key, ordinal: record.bodyOrdinal)) {
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
            if let body = try get(.bodies, keys.body(bucket, key, ordinal: record.bodyOrdinal)) {
                return StoredObject(record: record, body: body)
            }
        }
        throw .undecodable(.field("inline object without its body"))
    }

    /// Garbage rows in key order, after `position`.
    public func garbage(after position: [UInt8]?, limit: Int) throws(RowError) -> [(row: [UInt8], item: GarbageRecord)]
    {
        var list: [(row: [UInt8], item: GarbageRecord)] = []
        try scan(.rows, keys.kindPrefix(.garbage), after: position) { (row, value) throws(CodecError) in
            list.append((row, try GarbageRecord(row: row, value: value)))
            return list.count < limit
        }
        return list
    }

    /// True while the shard has no garbage at all.
    public var hasGarbage: Bool { (try? !garbage(after: nil, limit: 1).isEmpty) ?? true }

    func get(_ family: Family, _ key: [UInt8]) throws(RowError) -> [UInt8]? {
        do throws(KeyValueError) { return try rows.get(family, key) } catch { throw .store(error) }
    }

    func cached(_ family: Family, _ key: [UInt8]) throws(RowError) -> CachedRow {
        do throws(KeyValueError) { return try rows.getCached(family, key) } catch { throw .store(error) }
    }

    func decode(_ row: [UInt8]) throws(RowError) -> ObjectRecord {
        do throws(CodecError) { return try ObjectRecord(row) } catch { throw .undecodable(error) }
    }

    /// Rows whose keys begin with `prefix`, ascending, until `body` returns false.
    /// - Parameters:
    ///   - start: the first row at or after this, if it comes later than the prefix.
    ///   - position: only rows after this one.
    func scan(
        _ family: Family, _ prefix: [UInt8], from start: [UInt8]? = nil, after position: [UInt8]? = nil,
        _ body: (_ row: [UInt8], _ value: [UInt8]) throws(CodecError) -> Bool
    ) throws(RowError) {
        var first = start ?? prefix
        if let position { first = position + [0] }
        if first.lexicographicallyPrecedes(prefix) { first = prefix }
        do {
            let cursor = try rows.cursor(family, end: keyAfter(prefix: prefix))
            var isThere = try cursor.seek(first)
            while isThere, try body(cursor.key, cursor.value) { isThere = try cursor.next() }
        } catch let error as KeyValueError {
            throw .store(error)
        } catch let error as CodecError {
            throw .undecodable(error)
        } catch {
            throw .undecodable(.field("row"))
        }
    }
}
