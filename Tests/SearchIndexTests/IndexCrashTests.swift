import Core
import TestSupport
import Testing

@testable import SearchIndex

/// Any sequence of changes, commits, merges and crashes leads to what the rows say.
/// Replay: `ROOST_INDEX_SEED=<seed> swift test --filter IndexCrashTests`.
@Suite("Index, crashes and damage")
struct IndexCrashTests {
    /// The rows, as the owner has them, and the keys by the sequence that touched them last.
    struct Owner {
        var model = IndexModel()
        var touched: [[UInt8]: UInt64] = [:]
        /// What a commit has promised.
        var acknowledged: UInt64 = 0

        mutating func apply(_ changes: [IndexChange], to index: SearchIndex) {
            for change in changes {
                model.change(change)
                switch change {
                case .put(let document, _):
                    touched[PendingDocument.key(document.bucket, document.key)] = model.sequence
                case .delete(let bucket, let key): touched[PendingDocument.key(bucket, key)] = model.sequence
                }
            }
            index.apply(changes, through: SequenceNumber(model.sequence))
        }

        /// What a restart does: the rows of every key touched after the commit.
        func catchUp(_ index: SearchIndex) {
            var changes: [IndexChange] = []
            for (key, sequence) in touched.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) })
            where sequence > index.committed.rawValue {
                if let row = model.documents[key] {
                    changes.append(.put(row.document, IndexRandom.schema))
                } else {
                    let bucket = BucketID(key[..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
                    changes.append(.delete(bucket, key: Array(key[8...])))
                }
            }
            index.apply(changes, through: SequenceNumber(model.sequence))
        }
    }

    static func queries(_ random: inout IndexRandom, _ count: Int) -> [IndexSearch] {
        [
            IndexSearch(query: .all, limit: 1000, count: .exact),
            IndexSearch(query: .not(.none), limit: 5, count: .exact),
        ]
            + (0..<count).map { _ in
                var search = random.search()
                search.limit = 1000
                return search
            }
    }

    static func check(
        _ index: SearchIndex, _ owner: Owner, _ random: inout IndexRandom, _ count: Int
    ) async throws -> String? {
        for search in queries(&random, count) {
            if let difference = try await IndexComparison.difference(index, owner.model, search) {
                return "\(difference)\n\(search)"
            }
        }
        return nil
    }

    @Test(arguments: IndexSeeds.of(1..<60)) func everyCrashLeadsToTheRows(seed: UInt64) async throws {
        var random = IndexRandom(seed: seed)
        var drive = SimulatedDrive()
        var owner = Owner()
        // Few keys, so that many documents are overwritten.
        let keys = (0..<25).map { _ in random.key() }
        for round in 0..<4 {
            let index: SearchIndex
            do {
                index = try await IndexSearchTests.open(drive, IndexSearchTests.small)
            } catch {
                Issue.record("round \(round): \(error)\n\(IndexSeeds.replay(seed, "IndexCrashTests"))")
                return
            }
            guard index.committed.rawValue >= owner.acknowledged else {
                Issue.record(
                    "\(index.committed) after \(owner.acknowledged)\n\(IndexSeeds.replay(seed, "IndexCrashTests"))")
                return
            }
            owner.catchUp(index)
            if let difference = try await Self.check(index, owner, &random, 4) {
                Issue.record("round \(round): \(difference)\n\(IndexSeeds.replay(seed, "IndexCrashTests"))")
                return
            }
            if round < 3 { drive.stop(after: random.random.below(random.random.chance(0.5) ? 60 : 250)) }
            for _ in 0..<12 {
                let changes = (0..<random.random.below(30)).map { _ -> IndexChange in
                    let key = random.random.chance(0.7) ? keys[random.random.below(keys.count)] : random.key()
                    return random.random.chance(0.85)
                        ? IndexSearchTests.put(random.document(key: key))
                        : .delete(BucketID(UInt64(1 + random.random.below(3))), key: key)
                }
                owner.apply(changes, to: index)
                do {
                    if random.random.chance(0.5) { owner.acknowledged = try await index.commit().rawValue }
                    if random.random.chance(0.4) { _ = try await index.merge() }
                } catch {
                    guard case .drive = error else {
                        Issue.record("\(error)\n\(IndexSeeds.replay(seed, "IndexCrashTests"))")
                        return
                    }
                }
            }
            drive = drive.crashed(seed: seed &* 31 &+ UInt64(round))
        }
    }

    /// A small index of several files, and its rows.
    private static func small() async throws -> (drive: SimulatedDrive, owner: Owner) {
        var random = IndexRandom(seed: 7)
        let drive = SimulatedDrive()
        var owner = Owner()
        let index = try await IndexSearchTests.open(drive)
        let keys = (0..<4).map { _ in random.key() }
        for _ in 0..<3 {
            owner.apply(
                (0..<3).map { _ in IndexSearchTests.put(random.document(key: keys[random.random.below(4)])) }, to: index
            )
            _ = try await index.commit()
        }
        return (drive, owner)
    }

    /// True if damage was told, or does not matter.
    private static func isSafe(_ drive: SimulatedDrive, _ owner: Owner) async throws -> Bool {
        var random = IndexRandom(seed: 11)
        do {
            let index = try await IndexSearchTests.open(drive)
            owner.catchUp(index)
            return try await check(index, owner, &random, 6) == nil
        } catch let error as IndexError {
            switch error {
            case .damaged, .otherVersion: return true
            default: return false
            }
        }
    }

    private static func write(_ bytes: [UInt8], to path: String, _ drive: SimulatedDrive) async throws {
        let file = try await drive.open(path, OpenOptions(writable: true))
        try await file.truncate(to: 0)
        try await file.write([IOSlice(copying: bytes)], at: 0)
        try await file.sync()
    }

    @Test func everyFlippedByteIsNoticed() async throws {
        let (drive, owner) = try await Self.small()
        let names = try await drive.list("index")
        #expect(names.contains { $0.hasPrefix("live-") } && names.count { $0.hasPrefix("manifest-") } == 2)
        for name in names {
            let path = "index/" + name
            let bytes = try #require(drive.bytes(of: path))
            for offset in bytes.indices where offset % 3 == 0 || bytes.count < 400 {
                drive.flipBit(in: path, at: offset, bit: 1 << UInt8(offset % 8))
                let isSafe = try await Self.isSafe(drive, owner)
                #expect(isSafe, "\(path), byte \(offset)")
                // Opening may have removed what a damaged manifest no longer names.
                if !isSafe { return }
                guard drive.bytes(of: path) != nil, try await drive.list("index") == names else {
                    return try await Self.restoreAndGoOn(name, offset)
                }
                drive.flipBit(in: path, at: offset, bit: 1 << UInt8(offset % 8))
            }
        }
        #expect(try await Self.isSafe(drive, owner))
    }

    private static func restoreAndGoOn(_ name: String, _ offset: Int) async throws {
        Issue.record("opening removed files after a flip of byte \(offset) of \(name)")
    }

    @Test func everyTruncationIsNoticed() async throws {
        let (drive, owner) = try await Self.small()
        for name in try await drive.list("index") {
            let path = "index/" + name
            let bytes = try #require(drive.bytes(of: path))
            for length in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 40)) {
                try await Self.write(Array(bytes.prefix(length)), to: path, drive)
                #expect(try await Self.isSafe(drive, owner), "\(path), \(length) bytes of \(bytes.count)")
                try await Self.write(bytes, to: path, drive)
            }
        }
        #expect(try await Self.isSafe(drive, owner))
    }

    /// What `verify` says of damage that nobody has met yet.
    @Test func verifyFindsDamage() async throws {
        let (drive, _) = try await Self.small()
        let index = try await IndexSearchTests.open(drive)
        try await index.verify()
        for name in try await drive.list("index") where name.hasPrefix("segment-") {
            let path = "index/" + name
            for offset in stride(from: 0, to: drive.bytes(of: path)?.count ?? 0, by: 101) {
                drive.flipBit(in: path, at: offset)
                await #expect(throws: IndexError.self, "\(path), byte \(offset)") { try await index.verify() }
                drive.flipBit(in: path, at: offset)
            }
        }
        try await index.verify()
    }

    /// A drive that is full or fails does not lose what was there, and the next commit makes up for it.
    @Test func aFailedCommitIsMadeUpFor() async throws {
        var random = IndexRandom(seed: 3)
        let drive = SimulatedDrive()
        let index = try await IndexSearchTests.open(drive)
        var owner = Owner()
        owner.apply((0..<20).map { _ in IndexSearchTests.put(random.document()) }, to: index)
        drive.fail(with: .noSpace)
        await #expect(throws: IndexError.drive(.noSpace)) { try await index.commit() }
        #expect(index.committed == .zero)
        #expect(try await Self.check(index, owner, &random, 10) == nil)
        drive.fail(with: nil)
        #expect(try await index.commit() == SequenceNumber(20))
        let again = try await IndexSearchTests.open(drive)
        #expect(again.committed == SequenceNumber(20))
        #expect(try await Self.check(again, owner, &random, 10) == nil)
    }

    /// Statistics of shards cut anywhere add up to the whole's, and with them scores and order are the whole's.
    @Test(arguments: IndexSeeds.of(1..<8)) func shardsCutAnywhereGiveTheSameHits(seed: UInt64) async throws {
        var random = IndexRandom(seed: seed)
        var model = IndexModel()
        for _ in 0..<150 { model.change(IndexSearchTests.put(random.document())) }
        let keys = model.documents.keys.sorted { $0.lexicographicallyPrecedes($1) }
        let cut = random.random.below(keys.count)
        func index(_ keys: ArraySlice<[UInt8]>) async throws -> SearchIndex {
            let index = try await IndexSearchTests.open(SimulatedDrive())
            index.apply(
                keys.compactMap { model.documents[$0] }.map { IndexSearchTests.put($0.document) },
                through: SequenceNumber(1))
            return index
        }
        let whole = try await index(keys[...]).snapshot()
        let shards = [try await index(keys[..<cut]).snapshot(), try await index(keys[cut...]).snapshot()]
        for _ in 0..<20 {
            var search = random.search()
            let all = try await whole.statistics(for: search.query, scope: search.scope)
            var sum = CorpusStatistics()
            for shard in shards { sum.add(try await shard.statistics(for: search.query, scope: search.scope)) }
            #expect(sum == all)
            search.statistics = sum
            let expected = try await whole.search(search, isCancelled: IndexComparison.never)
            var replies: [IndexReply] = []
            for shard in shards { replies.append(try await shard.search(search, isCancelled: IndexComparison.never)) }
            let hits = replies.flatMap(\.hits).sorted { $0.position.precedes($1.position, under: search.sort) }
            #expect(Array(hits.prefix(search.limit)) == expected.hits, "\(IndexSeeds.replay(seed, "IndexCrashTests"))")
            for (place, facet) in search.facets.enumerated() {
                let merged = FacetReply.merged(replies.map { $0.facets[place] }, for: facet)
                #expect(merged == FacetReply.merged([expected.facets[place]], for: facet))
            }
        }
    }
}
