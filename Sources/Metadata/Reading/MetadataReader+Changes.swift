public import Core
import KeyValue

/// Changes of a shard after some sequence.
public struct ChangePage: Sendable, Equatable {
    public var records: [ChangeRecord] = []
    /// Nothing changed after the last record, or after the sequence asked from, up to this one.
    public var through: SequenceNumber
    /// False if changes after the sequence asked from are kept no more: whoever follows must read the objects again.
    public var isComplete = true

    public init(through: SequenceNumber) { self.through = through }
}

extension MetadataReader {
    /// - Parameters:
    ///   - applied: of the replica, read before this call: later changes are left for the next page.
    ///   - limit: changes (not records) after which the page ends.
    public func changes(
        after sequence: SequenceNumber, applied: SequenceNumber, limit: Int
    ) throws(RowError) -> ChangePage {
        var page = ChangePage(through: sequence)
        guard sequence < applied else { return page }
        var count = 0
        var isWhole = true
        try scan(.rows, keys.kindPrefix(.change), after: keys.change(sequence)) { (row, value) throws(CodecError) in
            guard count < limit else {
                isWhole = false
                return false
            }
            let record = try ChangeRecord(row: row, value: value)
            guard record.sequence <= applied else { return false }
            page.records.append(record)
            page.through = record.sequence
            count += record.changes.count
            return true
        }
        if isWhole { page.through = applied }
        // Looked at after the rows: what had been trimmed by then shows here.
        page.isComplete = try appliedSequence().rawValue <= sequence.rawValue + ChangeRecord.retainedSequences
        return page
    }

    private func appliedSequence() throws(RowError) -> SequenceNumber {
        guard let row = try get(.rows, keys.replica()) else { return .zero }
        var reader = ByteReader(row)
        do throws(CodecError) { return try SequenceNumber(from: &reader) } catch { throw .undecodable(error) }
    }

    /// How a bucket's objects are to be indexed, in the form of its owner's choice; nil: as usual.
    public func searchSchema(_ bucket: BucketID) throws(RowError) -> [UInt8]? {
        try bucketConfiguration(bucket, kind: BucketConfigurationKind.search.rawValue)
    }

    /// Current versions in the order of (bucket, key), after a row that a call before gave.
    /// - Parameter bucket: only its objects; nil: all.
    public func entries(
        of bucket: BucketID?, after row: [UInt8]?, limit: Int
    ) throws(RowError) -> [(row: [UInt8], bucket: BucketID, key: [UInt8], record: ObjectRecord)] {
        var list: [(row: [UInt8], bucket: BucketID, key: [UInt8], record: ObjectRecord)] = []
        let prefix = bucket.map { keys.prefix(.entry, $0) } ?? keys.kindPrefix(.entry)
        try scan(.rows, prefix, after: row) { (row, value) throws(CodecError) in
            let (bucket, key, _) = try RowKeys.decode(row)
            list.append((row, bucket, key, try ObjectRecord(value)))
            return list.count < limit
        }
        return list
    }
}
