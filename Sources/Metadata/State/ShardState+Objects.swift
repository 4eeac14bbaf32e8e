import Core
import KeyValue

/// Objects: what writes of one key come to.
extension ShardState {
    mutating func put(
        _ bucket: BucketID, _ key: [UInt8], _ record: ObjectRecord, _ body: [UInt8]?, _ condition: Condition,
        _ change: inout Change
    ) throws(RowError) -> CommandResult {
        let blob: BlobReference? = if case .blob(let reference) = record.location { reference } else { nil }
        if let blob, try isRefused(blob.blob, bucket, key) { return .blobRefused }
        guard buckets.contains(bucket) else { return try refuse(.noSuchBucket, blob, bucket, key, &change) }
        let current = try currentRecord(bucket, key)
        // The same write once more: its blob is in use, so it must not become garbage.
        if let blob, case .blob(let used)? = current?.location, used.blob == blob.blob { return .blobRefused }
        if let refusal = Self.check(condition, current) { return try refuse(refusal, blob, bucket, key, &change) }
        if let current { discard(current, bucket, key, &change) }
        var record = record
        let ordinal = nextOrdinal(change)
        record.summary.ordinal = ordinal
        record.bodyOrdinal = ordinal
        change.batch.put(.rows, keys.entry(bucket, key), record.encoded)
        if let body, !body.isEmpty { change.batch.put(.bodies, keys.body(bucket, key, ordinal: ordinal), body) }
        return .stored(ordinal: ordinal)
    }

    func delete(
        _ bucket: BucketID, _ key: [UInt8], _ condition: Condition, _ change: inout Change
    ) throws(RowError) -> CommandResult {
        guard buckets.contains(bucket) else { return .noSuchBucket }
        switch try remove(bucket, key, condition, &change) {
        case .deleted: return .deleted(true)
        case .missing: return .deleted(false)
        case .noSuchKey: return .noSuchKey
        case .conditionFailed: return .conditionFailed
        }
    }

    private func remove(
        _ bucket: BucketID, _ key: [UInt8], _ condition: Condition, _ change: inout Change
    ) throws(RowError) -> DeleteOutcome {
        let current = try currentRecord(bucket, key)
        switch Self.check(condition, current) {
        case nil: break
        case .noSuchKey: return .noSuchKey
        default: return .conditionFailed
        }
        guard let current else { return .missing }
        discard(current, bucket, key, &change)
        change.batch.delete(.rows, keys.entry(bucket, key))
        return .deleted
    }

    func delete(
        _ bucket: BucketID, _ deletes: [ConditionalDelete], _ change: inout Change
    ) throws(RowError) -> CommandResult {
        guard buckets.contains(bucket) else { return .noSuchBucket }
        var outcomes: [DeleteOutcome] = []
        outcomes.reserveCapacity(deletes.count)
        // Reads show the state before the command: a key that comes again is gone already.
        var gone: Set<[UInt8]> = []
        for delete in deletes {
            if gone.contains(delete.key) {
                outcomes.append(delete.condition == .none || delete.condition == .absent ? .missing : .noSuchKey)
                continue
            }
            let outcome = try remove(bucket, delete.key, delete.condition, &change)
            if outcome == .deleted { gone.insert(delete.key) }
            outcomes.append(outcome)
        }
        return .deletedEach(outcomes)
    }

    mutating func rewrite(_ rewrite: MetadataRewrite, _ change: inout Change) throws(RowError) -> CommandResult {
        guard buckets.contains(rewrite.bucket) else { return .noSuchBucket }
        guard var record = try currentRecord(rewrite.bucket, rewrite.key) else { return .noSuchKey }
        guard record.summary.ordinal == rewrite.ordinal else { return .objectChanged }
        if let refusal = Self.check(rewrite.condition, record) { return refusal }
        let ordinal = nextOrdinal(change)
        record.summary.ordinal = ordinal
        record.standardFields = rewrite.standardFields
        record.userMetadata = rewrite.userMetadata
        record.tags = rewrite.tags
        change.batch.put(.rows, keys.entry(rewrite.bucket, rewrite.key), record.encoded)
        return .stored(ordinal: ordinal)
    }

    func setTags(
        _ bucket: BucketID, _ key: [UInt8], _ tags: [ObjectRecord.Tag], _ change: inout Change
    ) throws(RowError) -> CommandResult {
        guard buckets.contains(bucket) else { return .noSuchBucket }
        guard var record = try currentRecord(bucket, key) else { return .noSuchKey }
        record.tags = tags
        change.batch.put(.rows, keys.entry(bucket, key), record.encoded)
        return .stored(ordinal: record.summary.ordinal)
    }

    static func check(_ condition: Condition, _ current: ObjectRecord?) -> CommandResult? {
        switch condition {
        case .none: return nil
        case .absent: return current == nil ? nil : .conditionFailed
        case .present: return current == nil ? .noSuchKey : nil
        case .tag(let digest, let parts):
            guard let current else { return .noSuchKey }
            return current.summary.tag == digest && current.summary.partCount == parts ? nil : .conditionFailed
        }
    }

    func currentRecord(_ bucket: BucketID, _ key: [UInt8]) throws(RowError) -> ObjectRecord? {
        guard let row = try reader.get(.rows, keys.entry(bucket, key)) else { return nil }
        return try reader.decode(row)
    }
}
