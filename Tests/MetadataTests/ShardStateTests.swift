import Core
import KeyValue
import Metadata
import TestSupport
import Testing

/// Drives a shard's state like a log does: entries in order, time from outside.
struct ShardHarness {
    let rows: SimulatedRows
    let store: StoreID
    var state: ShardState
    var time: UInt64 = 1_000_000

    init(rows: SimulatedRows = SimulatedRows(), store: StoreID = StoreID(1)) throws {
        self.rows = rows
        self.store = store
        state = try ShardState(rows: rows, store: store)
    }

    @discardableResult
    mutating func apply(_ command: Command, request: RequestName? = nil) throws -> CommandResult {
        time += 1
        return try state.apply(
            sequence: state.applied.next, epoch: Epoch(1), request: request, time: WallTime(milliseconds: time),
            command: command.encoded())
    }

    static let bucket = BucketID(77)

    static func record(size: UInt64 = 3, blob: UInt64? = nil, tag: UInt8 = 1) -> ObjectRecord {
        let location: ObjectLocation =
            blob.map {
                .blob(
                    BlobReference(
                        blob: BlobID(high: $0, low: 0), pool: 0, dataCount: 4, parityCount: 2,
                        stripeSizeBytes: 8 << 20, sizeBytes: size))
            } ?? .inline
        return ObjectRecord(
            summary: ObjectRecord.Summary(
                ordinal: 0, sizeBytes: size, tag: [UInt8](repeating: tag, count: 16), partCount: 0,
                checksumAlgorithm: 3, checksumType: 1),
            location: location, owner: "owner", checksum: [1, 2, 3, 4, 5, 6, 7, 8],
            userMetadata: [ObjectRecord.UserField("colour", "blue")])
    }

    static func put(
        _ key: String, _ record: ObjectRecord = record(), body: [UInt8]? = [1, 2, 3], _ condition: Condition = .none
    ) -> Command {
        .putObject(bucket: bucket, key: Array(key.utf8), record: record, body: body, condition: condition)
    }

    static func delete(_ key: String, _ condition: Condition = .none) -> Command {
        .deleteObject(bucket: bucket, key: Array(key.utf8), condition: condition)
    }

    func object(_ key: String) throws -> StoredObject? {
        try state.reader.object(Self.bucket, Array(key.utf8), withBody: true)
    }
}

@Suite("Shard state")
struct ShardStateTests {
    @Test func putGetDelete() throws {
        var shard = try ShardHarness()
        #expect(try shard.apply(ShardHarness.put("a")) == .noSuchBucket)
        try shard.apply(.openBucket(bucket: ShardHarness.bucket))
        guard case .stored(let ordinal) = try shard.apply(ShardHarness.put("a")) else {
            Issue.record("not stored")
            return
        }
        let found = try #require(try shard.object("a"))
        #expect(found.body == [1, 2, 3] && found.record.summary.ordinal == ordinal)
        #expect(found.record.userMetadata == [ObjectRecord.UserField("colour", "blue")])
        #expect(try shard.apply(ShardHarness.delete("a")) == .deleted(true))
        #expect(try shard.apply(ShardHarness.delete("a")) == .deleted(false))
        #expect(try shard.object("a") == nil)
        #expect(shard.rows.all(.bodies).isEmpty)
    }

    /// Conditions are decided in log order: of two writers with `absent`, exactly one wins.
    @Test func conditions() throws {
        var shard = try ShardHarness()
        try shard.apply(.openBucket(bucket: ShardHarness.bucket))
        let tag = [UInt8](repeating: 1, count: 16)
        #expect(
            try shard.apply(ShardHarness.put("k", ShardHarness.record(), body: [1, 2, 3], .absent))
                == .stored(ordinal: shard.time * 1000))
        #expect(
            try shard.apply(ShardHarness.put("k", ShardHarness.record(), body: [1, 2, 3], .absent)) == .conditionFailed)
        #expect(
            try shard.apply(ShardHarness.put("k", ShardHarness.record(), body: [1, 2, 3], .tag([9], parts: 0)))
                == .conditionFailed)
        #expect(
            try shard.apply(ShardHarness.put("k", ShardHarness.record(), body: [1, 2, 3], .tag(tag, parts: 1)))
                == .conditionFailed)
        #expect(
            try shard.apply(ShardHarness.put("x", ShardHarness.record(), body: [1, 2, 3], .tag(tag, parts: 0)))
                == .noSuchKey)
        #expect(try shard.apply(ShardHarness.put("x", ShardHarness.record(), body: [1, 2, 3], .present)) == .noSuchKey)
        #expect(try shard.apply(ShardHarness.delete("k", .tag([9], parts: 0))) == .conditionFailed)
        #expect(try shard.apply(ShardHarness.delete("k", .tag(tag, parts: 0))) == .deleted(true))
    }

    /// A replaced, deleted or refused blob is named garbage exactly once, and no later command may name it.
    @Test func blobsBecomeGarbage() throws {
        var shard = try ShardHarness()
        try shard.apply(.openBucket(bucket: ShardHarness.bucket))
        try shard.apply(ShardHarness.put("k", ShardHarness.record(blob: 1), body: nil))
        try shard.apply(ShardHarness.put("k", ShardHarness.record(blob: 2), body: nil))
        try shard.apply(ShardHarness.put("k", ShardHarness.record(blob: 3), body: nil, .absent))
        try shard.apply(ShardHarness.delete("k"))
        let garbage = try shard.state.reader.garbage(after: nil, limit: 100).compactMap(\.item.reference?.blob.high)
        #expect(garbage == [1, 2, 3])
        #expect(try shard.apply(ShardHarness.put("k", ShardHarness.record(blob: 2), body: nil)) == .blobRefused)
        let names = try shard.state.reader.garbage(after: nil, limit: 100).map(\.item.name)
        try shard.apply(.clearGarbage(names))
        #expect(!shard.state.reader.hasGarbage)
    }

    @Test func condemnedBlobsAreNeverReferredTo() throws {
        var shard = try ShardHarness()
        try shard.apply(.openBucket(bucket: ShardHarness.bucket))
        try shard.apply(ShardHarness.put("k", ShardHarness.record(blob: 1), body: nil))
        let key = Array("k".utf8)
        #expect(
            try shard.apply(.condemn(bucket: ShardHarness.bucket, key: key, blob: BlobID(high: 1, low: 0))) == .live)
        #expect(
            try shard.apply(.condemn(bucket: ShardHarness.bucket, key: key, blob: BlobID(high: 5, low: 0)))
                == .condemned)
        #expect(try shard.apply(ShardHarness.put("k", ShardHarness.record(blob: 5), body: nil)) == .blobRefused)
    }

    /// A repeated request gets the first answer and changes nothing; an older one, or an unknown session, is refused.
    @Test func sessionsMakeRetriesSafe() throws {
        var shard = try ShardHarness()
        let owner = UniqueID(high: 1, low: 1)
        try shard.apply(.openBucket(bucket: ShardHarness.bucket))
        try shard.apply(.openSession(owner: owner, session: 5))
        let first = RequestName(session: 5, slot: 3, counter: 1)
        let stored = try shard.apply(ShardHarness.put("k"), request: first)
        try shard.apply(ShardHarness.delete("k"))
        #expect(try shard.apply(ShardHarness.put("k"), request: first) == stored)
        #expect(try shard.object("k") == nil)
        #expect(
            try shard.apply(ShardHarness.put("k"), request: RequestName(session: 5, slot: 3, counter: 0))
                == .staleRequest)
        #expect(
            try shard.apply(ShardHarness.put("k"), request: RequestName(session: 6, slot: 0, counter: 1))
                == .staleRequest)
        // The table is part of the rows.
        var again = try ShardHarness(rows: shard.rows)
        again.time = shard.time
        #expect(try again.apply(ShardHarness.put("k"), request: first) == stored)
        // A new session of the same owner ends the old one.
        try again.apply(.openSession(owner: owner, session: 7))
        #expect(try again.apply(ShardHarness.put("k"), request: first) == .staleRequest)
    }

    @Test func bucketsCloseOnlyWhenEmpty() throws {
        var shard = try ShardHarness()
        try shard.apply(.openBucket(bucket: ShardHarness.bucket))
        try shard.apply(ShardHarness.put("k"))
        #expect(try shard.apply(.closeBucket(bucket: ShardHarness.bucket)) == .bucketNotEmpty)
        try shard.apply(ShardHarness.delete("k"))
        #expect(try shard.apply(.closeBucket(bucket: ShardHarness.bucket)) == .done)
        #expect(try shard.apply(ShardHarness.put("k")) == .noSuchBucket)
    }

    /// What was configured of a bucket is kept by its ID, and goes with its name.
    @Test func bucketConfiguration() throws {
        var shard = try ShardHarness()
        let (old, new) = (BucketID(5), BucketID(6))
        func configuration(_ bucket: BucketID, _ kind: UInt8) throws -> [UInt8]? {
            try shard.state.reader.bucketConfiguration(bucket, kind: kind)
        }
        try shard.apply(.reserveBucketName(name: "b", bucket: old, owner: "o", region: "r"))
        #expect(try shard.apply(.configureBucket(name: "b", bucket: old, kind: 1, bytes: [1, 2])) == .done)
        try shard.apply(.configureBucket(name: "b", bucket: old, kind: 2, bytes: [3]))
        try shard.apply(.configureBucket(name: "b", bucket: old, kind: 3, bytes: [4]))
        try shard.apply(.configureBucket(name: "b", bucket: old, kind: 3, bytes: nil))
        #expect(try configuration(old, 1) == [1, 2])
        #expect(try configuration(old, 3) == nil)
        #expect(try shard.apply(.configureBucket(name: "b", bucket: new, kind: 1, bytes: [9])) == .noSuchBucket)
        try shard.apply(.removeBucketName(name: "b", bucket: old))
        #expect(try configuration(old, 1) == nil)
        #expect(try configuration(old, 2) == nil)
        #expect(try shard.apply(.configureBucket(name: "b", bucket: old, kind: 1, bytes: [9])) == .noSuchBucket)
    }

    /// Ordinals grow even if the leader's clock goes back.
    @Test func ordinalsGrow() throws {
        var shard = try ShardHarness()
        try shard.apply(.openBucket(bucket: ShardHarness.bucket))
        guard case .stored(let first) = try shard.apply(ShardHarness.put("a")) else { return }
        shard.time -= 500
        #expect(try shard.apply(ShardHarness.put("b")) == .stored(ordinal: first + 1))
    }

    /// Two replicas under different store IDs, one of which crashed and replayed, hold the same rows and digest.
    @Test(arguments: 1...20)
    func replayGivesTheSameRows(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var commands: [Command] = [.openBucket(bucket: ShardHarness.bucket)]
        for number in 0..<60 {
            let key = "k\(random.below(8))"
            switch random.below(4) {
            case 0: commands.append(ShardHarness.delete(key))
            case 1: commands.append(ShardHarness.put(key, ShardHarness.record(blob: UInt64(number + 10)), body: nil))
            default:
                commands.append(ShardHarness.put(key, ShardHarness.record(tag: UInt8(number)), body: random.bytes(20)))
            }
        }
        var straight = try ShardHarness()
        for command in commands { try straight.apply(command) }

        var crashing = try ShardHarness(store: StoreID(9))
        let stop = random.below(commands.count)
        for (index, command) in commands.prefix(stop).enumerated() {
            try crashing.apply(command)
            if index == stop / 2 { try crashing.rows.flush() }
        }
        var recovered = try ShardHarness(rows: crashing.rows.crashed(seed: seed), store: StoreID(9))
        recovered.time = 1_000_000 + recovered.state.applied.rawValue
        for command in commands.dropFirst(Int(recovered.state.applied.rawValue)) { try recovered.apply(command) }

        #expect(recovered.state.digest == straight.state.digest)
        for family in [Family.rows, .bodies] {
            let expected = straight.rows.all(family).map { [Array($0.key.dropFirst(4)), $0.value] }
            let found = recovered.rows.all(family).map { [Array($0.key.dropFirst(4)), $0.value] }
            #expect(found == expected, "seed \(seed), family \(family)")
        }
    }

    @Test func bytesThatAreNoCommandChangeNothing() throws {
        var shard = try ShardHarness()
        let result = try shard.state.apply(
            sequence: SequenceNumber(1), epoch: Epoch(1), request: nil, time: WallTime(milliseconds: 1),
            command: [250, 1, 2])
        #expect(result == .notUnderstood && shard.state.applied == SequenceNumber(1))
    }
}
