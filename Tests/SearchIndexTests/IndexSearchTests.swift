import Core
import TestSupport
import Testing

@testable import SearchIndex

/// Against looking at every document. Replay: `ROOST_INDEX_SEED=<seed> swift test --filter IndexSearchTests`.
@Suite("Index, searches")
struct IndexSearchTests {
    static func open(
        _ drive: any Drive, _ settings: IndexSettings = IndexSettings()
    ) async throws -> SearchIndex {
        try await SearchIndex.open(drive, folder: "index", settings: settings, compute: InlineCompute())
    }

    static let small = IndexSettings(
        memoryBytes: 1 << 16, cacheBytes: 1 << 18, segmentsPerTier: 3, tierFloorBytes: 1 << 14)

    static func put(_ document: IndexDocument) -> IndexChange { .put(document, IndexRandom.schema) }

    @Test(arguments: IndexSeeds.of(1..<25)) func everyQueryAnswersAsTheReference(seed: UInt64) async throws {
        var random = IndexRandom(seed: seed)
        let index = try await Self.open(SimulatedDrive(), Self.small)
        var model = IndexModel()
        let size = seed % 3 == 0 ? 400 : 60
        for _ in 0..<6 {
            var changes: [IndexChange] = []
            for _ in 0..<random.random.below(size) {
                if random.random.chance(0.9) || model.documents.isEmpty {
                    changes.append(Self.put(random.document()))
                } else {
                    changes.append(.delete(BucketID(UInt64(1 + random.random.below(3))), key: random.key()))
                }
            }
            model.apply(changes, to: index)
            if random.random.chance(0.5) { _ = try await index.commit() }
            if random.random.chance(0.3) { _ = try await index.merge() }
            for _ in 0..<25 {
                let search = random.search()
                if let difference = try await IndexComparison.difference(index, model, search) {
                    Issue.record("\(difference)\n\(search)\n\(IndexSeeds.replay(seed, "IndexSearchTests"))")
                    return
                }
            }
        }
    }

    /// Pages through the cursor are the whole, cut.
    @Test(arguments: IndexSeeds.of(100..<112)) func pagesFollowEachOther(seed: UInt64) async throws {
        var random = IndexRandom(seed: seed)
        let index = try await Self.open(SimulatedDrive(), Self.small)
        var model = IndexModel()
        for _ in 0..<5 {
            model.apply((0..<60).map { _ in Self.put(random.document()) }, to: index)
            if random.random.chance(0.5) { _ = try await index.commit() }
        }
        let snapshot = index.snapshot()
        for _ in 0..<15 {
            var search = random.search()
            search.limit = 1000
            search.facets = []
            let whole = try await snapshot.search(search, isCancelled: IndexComparison.never).hits
            search.limit = 1 + random.random.below(20)
            var pages: [IndexHit] = []
            while true {
                let page = try await snapshot.search(search, isCancelled: IndexComparison.never).hits
                pages += page
                guard page.count == search.limit, let last = page.last else { break }
                search.after = last.position
            }
            guard pages == whole else {
                Issue.record(
                    "\(pages.count) hits on pages, \(whole.count) in one; \(search)\n\(IndexSeeds.replay(seed, "IndexSearchTests"))"
                )
                return
            }
        }
    }

    /// Worked out by hand and by Lucene's formula (Search design notes: references of BM25).
    @Test func scoresAreLucenes() async throws {
        let index = try await Self.open(SimulatedDrive())
        let texts = [
            "red photo 2026", "red red car photo archive", "blue car",
            "archive archive archive photo photo red blue car",
        ]
        let changes = texts.enumerated().map { number, text -> IndexChange in
            var document = IndexDocument(
                bucket: BucketID(1), key: Array("/".utf8) + [UInt8(number)], sizeBytes: 0, modifiedMilliseconds: 0)
            document.userMetadata = [.init("text", text)]
            document.key = [0x2F, 0x2F, UInt8(0x2F)] + Array(repeating: 0x2F, count: number)
            return .put(document, .standard)
        }
        index.apply(changes, through: SequenceNumber(1))
        let field = TextField.metadata(MetadataName(.userMetadata, "text"))
        func scores(_ query: IndexQuery) async throws -> [(Int, Float)] {
            try await index.snapshot().search(IndexSearch(query: query), isCancelled: IndexComparison.never).hits.map {
                ($0.position.key.count - 2, $0.score)
            }
        }
        func check(_ query: IndexQuery, _ expected: [(Int, Float)]) async throws {
            let found = try await scores(query)
            #expect(found.map(\.0) == expected.map(\.0))
            for (left, right) in zip(found, expected) { #expect(abs(left.1 - right.1) < 1e-5) }
        }
        for field in [field, .all] {
            try await check(.term(field, Array("red".utf8)), [(2, 0.216167), (1, 0.187724), (4, 0.122991)])
            try await check(.term(field, Array("photo".utf8)), [(1, 0.187724), (4, 0.182910), (2, 0.155076)])
            try await check(
                .or([.term(field, Array("archive".utf8)), .term(field, Array("blue".utf8))]),
                [(4, 0.663392), (3, 0.407734), (2, 0.301368)])
        }
    }
}

enum IndexSeeds {
    /// The seeds of a test, or the one that is to be replayed.
    static func of(_ seeds: Range<UInt64>) -> [UInt64] {
        environment("ROOST_INDEX_SEED").flatMap(UInt64.init).map { [$0] } ?? Array(seeds)
    }

    static func replay(_ seed: UInt64, _ suite: String) -> String {
        "seed \(seed); replay: ROOST_INDEX_SEED=\(seed) swift test --filter \(suite)"
    }
}
