import Core
import KeyValue

/// Buckets: the system shard's names and configuration, and every shard's copy of what writes need to know.
extension ShardState {
    mutating func open(_ bucket: BucketID, _ change: inout Change) -> CommandResult {
        buckets.insert(bucket)
        change.batch.put(.rows, keys.bucket(bucket), [1])
        return .done
    }

    /// Part rows do not count by themselves: they belong to an open upload, or to a garbage row that outlives the bucket.
    mutating func close(_ bucket: BucketID, _ change: inout Change) throws(RowError) -> CommandResult {
        guard try isEmpty(bucket) else { return .bucketNotEmpty }
        buckets.remove(bucket)
        change.batch.put(.rows, keys.bucket(bucket), [0])
        return .done
    }

    mutating func forget(_ bucket: BucketID, _ change: inout Change) -> CommandResult {
        buckets.remove(bucket)
        change.batch.delete(.rows, keys.bucket(bucket))
        change.batch.delete(
            .rows, keys.bucketConfiguration(bucket, BucketConfigurationKind.search.rawValue))
        return .done
    }

    // MARK: The system shard

    func reserve(
        _ name: String, _ bucket: BucketID, _ owner: String, _ region: String, _ change: inout Change
    ) throws(RowError) -> CommandResult {
        if let existing = try reader.bucket(named: name) {
            return .bucketExists(bucket: existing.bucket, owner: existing.owner)
        }
        let record = BucketRecord(
            name: name, bucket: bucket, owner: owner, region: region, created: change.time, state: .creating)
        change.batch.put(.rows, keys.bucketName(name), record.encoded())
        return .done
    }

    func setState(
        _ name: String, _ bucket: BucketID, _ state: BucketState, _ change: inout Change
    ) throws(RowError) -> CommandResult {
        guard var record = try reader.bucket(named: name), record.bucket == bucket else { return .noSuchBucket }
        record.state = state
        change.batch.put(.rows, keys.bucketName(name), record.encoded())
        return .done
    }

    func remove(_ name: String, _ bucket: BucketID, _ change: inout Change) throws(RowError) -> CommandResult {
        guard let record = try reader.bucket(named: name), record.bucket == bucket else { return .noSuchBucket }
        change.batch.delete(.rows, keys.bucketName(name))
        for kind in try reader.configurationKinds(of: bucket) {
            change.batch.delete(.rows, keys.bucketConfiguration(bucket, kind))
        }
        return .done
    }

    func configure(
        _ name: String, _ bucket: BucketID, _ kind: UInt8, _ bytes: [UInt8]?, _ change: inout Change
    ) throws(RowError) -> CommandResult {
        guard let record = try reader.bucket(named: name), record.bucket == bucket else { return .noSuchBucket }
        let row = keys.bucketConfiguration(bucket, kind)
        if let bytes { change.batch.put(.rows, row, bytes) } else { change.batch.delete(.rows, row) }
        return .done
    }

    // MARK: Rows

    private func isEmpty(_ bucket: BucketID) throws(RowError) -> Bool {
        do throws(KeyValueError) {
            for kind in [RowKind.entry, .version, .upload] {
                let prefix = keys.prefix(kind, bucket)
                if try rows.cursor(.rows, end: keyAfter(prefix: prefix)).seek(prefix) { return false }
            }
            return true
        } catch {
            throw .store(error)
        }
    }

    mutating func loadBuckets() throws(RowError) {
        let prefix = keys.kindPrefix(.bucket)
        do {
            let cursor = try rows.cursor(.rows, end: keyAfter(prefix: prefix))
            var isThere = try cursor.seek(prefix)
            while isThere {
                var name = ByteReader(cursor.key)
                try name.skip(RowKeys.kindBytes)
                let bucket = BucketID(try name.readBigEndian(UInt64.self))
                if cursor.value == [1] { buckets.insert(bucket) }
                isThere = try cursor.next()
            }
        } catch let error as KeyValueError {
            throw .store(error)
        } catch {
            throw .undecodable(.field("bucket row"))
        }
    }
}
