public import Core
import KeyValue

/// Rows of the system shard.
extension MetadataReader {
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
        var list: [BucketRecord] = []
        guard limit > 0 else { return list }
        try scan(.rows, keys.bucketName(prefix), after: name.map { keys.bucketName($0) }) {
            (_, value) throws(CodecError) in
            list.append(try BucketRecord(value))
            return list.count < limit
        }
        return list
    }

    public func bucketConfiguration(_ bucket: BucketID, kind: UInt8) throws(RowError) -> [UInt8]? {
        try get(.rows, keys.bucketConfiguration(bucket, kind))
    }

    func configurationKinds(of bucket: BucketID) throws(RowError) -> [UInt8] {
        var kinds: [UInt8] = []
        try scan(.rows, keys.bucketConfiguration(bucket, nil)) { (row, _) throws(CodecError) in
            guard let kind = row.last else { throw .truncated }
            kinds.append(kind)
            return true
        }
        return kinds
    }

    private func bucketRecord(_ row: [UInt8]) throws(RowError) -> BucketRecord {
        do throws(CodecError) { return try BucketRecord(row) } catch { throw .undecodable(error) }
    }
}
