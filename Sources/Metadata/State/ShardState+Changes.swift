import Core
import KeyValue

/// The feed of changes: a row for every command that changed objects, in the same batch as its effect.
extension ShardState {
    /// Read from the rows that the command writes, so that no command can forget to say what it did.
    func recordChanges(_ sequence: SequenceNumber, _ change: inout Change) throws(RowError) {
        var list = change.notices
        for item in change.batch.changes {
            do throws(CodecError) {
                switch item {
                case .put(.rows, let row, let value) where row[RowKeys.kindBytes - 1] == RowKind.entry.rawValue:
                    let (bucket, key, _) = try RowKeys.decode(row)
                    var reader = ByteReader(value)
                    var summary = try ObjectRecord.summary(from: &reader)
                    summary.checksumAlgorithm = 0
                    summary.checksumType = 0
                    list.append(ChangeRecord.Change(bucket: bucket, key: key, kind: .put(summary)))
                case .delete(.rows, let row) where row[RowKeys.kindBytes - 1] == RowKind.entry.rawValue:
                    let (bucket, key, _) = try RowKeys.decode(row)
                    list.append(ChangeRecord.Change(bucket: bucket, key: key, kind: .delete))
                default: continue
                }
            } catch {
                throw .undecodable(error)
            }
        }
        if !list.isEmpty {
            let record = ChangeRecord(sequence: sequence, time: change.time, changes: list)
            change.batch.put(.rows, keys.change(sequence), record.value)
        }
        trimChanges(before: sequence, &change)
    }

    private func trimChanges(before sequence: SequenceNumber, _ change: inout Change) {
        let interval = ChangeRecord.trimInterval
        guard sequence.rawValue.isMultiple(of: interval), sequence.rawValue > ChangeRecord.retainedSequences else {
            return
        }
        let end = sequence.rawValue - ChangeRecord.retainedSequences
        change.batch.deleteRange(
            .rows, from: keys.change(SequenceNumber(end > interval ? end - interval : 0)),
            to: keys.change(SequenceNumber(end)))
    }

    func setSearchSchema(_ bucket: BucketID, _ bytes: [UInt8]?, _ change: inout Change) -> CommandResult {
        guard buckets.contains(bucket) else { return .noSuchBucket }
        let row = keys.bucketConfiguration(bucket, BucketConfigurationKind.search.rawValue)
        if let bytes { change.batch.put(.rows, row, bytes) } else { change.batch.delete(.rows, row) }
        change.notices.append(ChangeRecord.Change(bucket: bucket, key: [], kind: .schema))
        return .done
    }
}
