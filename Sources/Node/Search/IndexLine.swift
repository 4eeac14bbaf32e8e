import Core
import KeyValue
import Metadata
import ObjectStore
import SearchIndex

/// One index with its place in the feed of changes and what it has yet to read of the rows.
struct IndexLine: Sendable {
    let place: IndexPlace
    let index: SearchIndex
    /// Changes up to here are in it.
    var position: SequenceNumber
    var scans: [IndexScan]
    /// Documents that scans have put into it.
    var scanned: UInt64 = 0

    /// What it holds is a part of the objects only.
    var isBuilding: Bool { scans.contains { $0.bucket == nil } }
    var isScanned: Bool { scans.allSatisfy(\.isDone) }

    /// What came of reading on.
    struct Step: Sendable {
        var through: SequenceNumber
        /// Changes are kept no more from where the index ended.
        var isComplete: Bool
        /// Buckets whose schema changed.
        var schemas: [BucketID] = []
    }

    /// Puts what changed after its position into the index: what the rows say now, whatever the change was.
    func follow(_ reader: MetadataReader, applied: SequenceNumber) throws(RowError) -> Step {
        let page = try reader.changes(after: position, applied: applied, limit: 2000)
        guard page.isComplete else { return Step(through: position, isComplete: false) }
        var step = Step(through: page.through, isComplete: true)
        var schemas = SchemaReader(reader)
        var seen: Set<TouchedKey> = []
        var changes: [IndexChange] = []
        for change in page.records.lazy.flatMap(\.changes) {
            if change.kind == .schema {
                step.schemas.append(change.bucket)
                continue
            }
            guard seen.insert(TouchedKey(bucket: change.bucket, key: change.key)).inserted else { continue }
            if let stored = try reader.object(change.bucket, change.key, withBody: false) {
                changes.append(
                    .put(
                        IndexDocument(bucket: change.bucket, key: change.key, stored.record),
                        try schemas.schema(of: change.bucket)))
            } else {
                changes.append(.delete(change.bucket, key: change.key))
            }
        }
        index.apply(changes, through: step.through)
        return step
    }

    /// Reads a slice of the rows.
    mutating func scan(_ reader: MetadataReader, limit: Int) throws(RowError) {
        guard let number = scans.firstIndex(where: { !$0.isDone }) else { return }
        var schemas = SchemaReader(reader)
        let entries = try reader.entries(of: scans[number].bucket, after: scans[number].row, limit: limit)
        var changes: [IndexChange] = []
        changes.reserveCapacity(entries.count)
        for entry in entries {
            changes.append(
                .put(
                    IndexDocument(bucket: entry.bucket, key: entry.key, entry.record),
                    try schemas.schema(of: entry.bucket)))
        }
        index.apply(changes, through: position)
        scanned += UInt64(entries.count)
        scans[number].row = entries.last?.row ?? scans[number].row
        scans[number].isDone = entries.count < limit
    }
}

private struct TouchedKey: Hashable {
    var bucket: BucketID
    var key: [UInt8]
}

/// Schemas of the buckets of one slice. One that cannot be read is none: its bytes are checked when they are stored.
private struct SchemaReader {
    private let reader: MetadataReader
    private var known: [BucketID: SearchSchema] = [:]

    init(_ reader: MetadataReader) { self.reader = reader }

    mutating func schema(of bucket: BucketID) throws(RowError) -> SearchSchema {
        if let schema = known[bucket] { return schema }
        let schema = try reader.searchSchema(bucket).flatMap { try? SearchSchema($0) } ?? .standard
        known[bucket] = schema
        return schema
    }
}
