import Core
import KeyValue
import TestSupport
import Testing

@testable import Metadata

@Suite("Feed of changes")
struct ChangeTests {
    private func shard() throws -> ShardHarness {
        var shard = try ShardHarness()
        try shard.apply(.openBucket(bucket: ShardHarness.bucket))
        return shard
    }

    private func page(_ shard: ShardHarness, after: UInt64 = 0, limit: Int = 100) throws -> ChangePage {
        try shard.state.reader.changes(after: SequenceNumber(after), applied: shard.state.applied, limit: limit)
    }

    private func shown(_ page: ChangePage) -> [String] {
        page.records.flatMap { record in
            record.changes.map { change in
                let key = String(decoding: change.key, as: UTF8.self)
                switch change.kind {
                case .put(let summary): return "\(record.sequence) put \(key) \(summary.sizeBytes)"
                case .delete: return "\(record.sequence) delete \(key)"
                case .schema: return "\(record.sequence) schema"
                }
            }
        }
    }

    @Test func everyChangeOfAnObjectIsInIt() throws {
        var shard = try shard()
        try shard.apply(ShardHarness.put("a"))
        try shard.apply(ShardHarness.put("b", ShardHarness.record(size: 9)))
        try shard.apply(ShardHarness.put("a", ShardHarness.record(), .absent))
        try shard.apply(.setTags(bucket: ShardHarness.bucket, key: Array("b".utf8), tags: []))
        try shard.apply(
            .deleteObjects(
                bucket: ShardHarness.bucket,
                ["b", "c", "a"].map { ConditionalDelete(key: Array($0.utf8)) }))
        try shard.apply(ShardHarness.delete("a"))
        try shard.apply(.setSearchSchema(bucket: ShardHarness.bucket, bytes: [1]))
        #expect(
            shown(try page(shard)) == [
                "2 put a 3", "3 put b 9", "5 put b 9", "6 delete b", "6 delete a", "8 schema",
            ])
        #expect(try shard.state.reader.searchSchema(ShardHarness.bucket) == [1])
    }

    @Test func pagesGoOnWhereTheLastEnded() throws {
        var shard = try shard()
        for number in 0..<10 { try shard.apply(ShardHarness.put("k\(number)")) }
        var seen: [String] = []
        var position: UInt64 = 0
        var rounds = 0
        while position < shard.state.applied.rawValue {
            let page = try page(shard, after: position, limit: 3)
            seen += shown(page)
            position = page.through.rawValue
            rounds += 1
        }
        #expect(seen == (0..<10).map { "\($0 + 2) put k\($0) 3" })
        #expect(rounds == 4)
        // A page that finds nothing says how far it looked.
        #expect(try page(shard, after: position) == ChangePage(through: shard.state.applied))
    }

    /// Later changes than the caller knows to be applied are left for the next page.
    @Test func nothingBeyondTheAppliedSequence() throws {
        var shard = try shard()
        try shard.apply(ShardHarness.put("a"))
        let applied = shard.state.applied
        try shard.apply(ShardHarness.put("b"))
        let page = try shard.state.reader.changes(after: .zero, applied: applied, limit: 100)
        #expect(shown(page) == ["2 put a 3"] && page.through == applied)
    }

    @Test func whatIsTrimmedIsNotTakenForNothing() throws {
        var shard = try shard()
        let retained = ChangeRecord.retainedSequences
        try shard.apply(ShardHarness.put("first"))
        // Entries of the protocol's own pass fast.
        while shard.state.applied.rawValue < retained + 3 * ChangeRecord.trimInterval {
            _ = try shard.state.apply(
                sequence: shard.state.applied.next, epoch: Epoch(1), request: nil, time: WallTime(milliseconds: 5),
                command: nil)
        }
        try shard.apply(ShardHarness.put("last"))
        let last = shard.state.applied.rawValue
        #expect(try !page(shard, after: 1).isComplete)
        #expect(try !page(shard, after: last - retained - 1).isComplete)
        let page = try page(shard, after: last - retained)
        #expect(page.isComplete && shown(page) == ["\(last) put last 3"])
        let left = shard.rows.all(.rows).filter { $0.key[4] == RowKind.change.rawValue }
        #expect(left.count == 1, "what is older than the retention goes")
    }

    @Test func aBucketThatIsForgottenTakesItsSchemaAlong() throws {
        var shard = try shard()
        #expect(try shard.apply(.setSearchSchema(bucket: BucketID(5), bytes: [1])) == .noSuchBucket)
        try shard.apply(.setSearchSchema(bucket: ShardHarness.bucket, bytes: [1]))
        try shard.apply(.closeBucket(bucket: ShardHarness.bucket))
        try shard.apply(.forgetBucket(bucket: ShardHarness.bucket))
        #expect(try shard.state.reader.searchSchema(ShardHarness.bucket) == nil)
    }

    @Test func entriesInOrder() throws {
        var shard = try shard()
        for key in ["b", "a/b", "a", "a\u{0}b"] { try shard.apply(ShardHarness.put(key)) }
        var keys: [String] = []
        var row: [UInt8]?
        while true {
            let list = try shard.state.reader.entries(of: ShardHarness.bucket, after: row, limit: 3)
            keys += list.map { String(decoding: $0.key, as: UTF8.self) }
            guard list.count == 3, let last = list.last else { break }
            row = last.row
        }
        #expect(keys == ["a", "a\u{0}b", "a/b", "b"])
        #expect(try shard.state.reader.entries(of: BucketID(5), after: nil, limit: 3).isEmpty)
    }
}
