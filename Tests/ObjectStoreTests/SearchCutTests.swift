import Core
import Metadata
import ObjectStore
import S3
import TestSupport
import Testing

/// A bucket that is cut anywhere, into any number of shards, answers as one that is not cut: the same hits in the same
/// order with the same scores, counts, facets and suggestions, on one page or on many.
@Suite("Searches over shards")
struct SearchCutTests {
    private static let words = ["red", "blue", "green", "photo", "archive", "car", "tree", "house", "river", "stone"]
    private static let queries = [
        "", "red", "red photo", "red OR blue OR stone", "\"red photo\"", "ph*", "-red", "type:image", "ext:txt blue",
        "size:>50", "path:b/", "key:a", "tag.kind=x", "meta.w:red", "(red OR blue) -green", "rde~2", "red^3 blue",
    ]

    private struct Store {
        let context: ObjectStoreContext
        let shards: SimulatedShards
        let root = Requester(owner: Owner(id: "root", displayName: "root"), isRoot: true)
        var name: BucketName
        var other: BucketName
    }

    /// The same objects whatever the cuts, since bucket IDs come from the seed.
    private func store(seed: UInt64, cuts count: Int) async throws -> Store {
        var ids = SplitMix64(seed: seed &* 977)
        let (first, second) = (BucketID(ids.next()), BucketID(ids.next()))
        var random = SplitMix64(seed: seed &+ UInt64(count) &* 31)
        var cuts: [[UInt8]] = []
        while cuts.count < count {
            let key = Self.key(&random)
            let cut = KeyPosition.of(random.chance(0.8) ? first : second, Array(key.utf8.prefix(1 + random.below(9))))
            if !cuts.contains(cut) { cuts.append(cut) }
        }
        cuts.sort { $0.lexicographicallyPrecedes($1) }
        let shards = try await SimulatedShards(cuts: cuts, drive: SimulatedDrive())
        let context = ObjectStoreContext.simulated(shards, seed: seed)
        var store = Store(
            context: context, shards: shards, name: try BucketName("cut-bucket"), other: try BucketName("other-bucket"))
        store.name = try await open(store, "cut-bucket", first)
        store.other = try await open(store, "other-bucket", second)
        var objects = SplitMix64(seed: seed)
        for number in 0..<300 {
            let bucket = objects.chance(0.85) ? first : second
            try await put(bucket, &objects, shards)
            if number == 150 { try await shards.commitIndexes() }
        }
        return store
    }

    private func open(_ store: Store, _ name: String, _ bucket: BucketID) async throws -> BucketName {
        _ = try await store.shards.execute(
            .reserveBucketName(name: name, bucket: bucket, owner: "root", region: "us-east-1"), at: .system)
        for shard in store.shards.shards(covering: bucket) {
            _ = try await store.shards.execute(.openBucket(bucket: bucket), at: .shard(shard))
        }
        _ = try await store.shards.execute(.setBucketState(name: name, bucket: bucket, state: .active), at: .system)
        return try BucketName(name)
    }

    private static func key(_ random: inout SplitMix64) -> String {
        let folder = ["a", "b", "c/d", "e"][random.below(4)]
        return
            "\(folder)/\(words[random.below(words.count)])-\(random.below(60)).\(["txt", "jpg", "png"][random.below(3)])"
    }

    private func put(_ bucket: BucketID, _ random: inout SplitMix64, _ shards: SimulatedShards) async throws {
        let key = Array(Self.key(&random).utf8)
        if random.chance(0.1) {
            _ = try await shards.execute(
                .deleteObject(bucket: bucket, key: key, condition: .none), at: .key(bucket, key))
            return
        }
        let text = (0..<1 + random.below(9)).map { _ in
            Self.words[random.below(random.chance(0.5) ? 3 : Self.words.count)]
        }
        .joined(separator: " ")
        let size = random.below(100)
        let record = ObjectRecord(
            summary: ObjectRecord.Summary(
                ordinal: 0, sizeBytes: UInt64(size), tag: [UInt8](repeating: UInt8(size), count: 16), partCount: 0,
                checksumAlgorithm: 0, checksumType: 0),
            location: .inline, owner: "root", checksum: [],
            standardFields: [
                ObjectRecord.StandardField(
                    ObjectMetadata.StandardField.contentType.rawValue, random.chance(0.5) ? "image/png" : "text/plain")
            ],
            userMetadata: [ObjectRecord.UserField("w", text)],
            tags: [ObjectRecord.Tag("kind", random.chance(0.3) ? "x" : "y")])
        _ = try await shards.execute(
            .putObject(
                bucket: bucket, key: key, record: record, body: [UInt8](repeating: 1, count: size), condition: .none),
            at: .key(bucket, key))
    }

    private func answer(_ store: Store, _ request: SearchRequest) async throws -> SearchResult {
        var result = try await SearchObjects(store.context).run(request, by: store.root)
        result.applied = []
        result.cursor = nil
        // Times of the shards' own clocks: each command is a second later than the one before, whatever the shard.
        return result
    }

    private func compare(_ left: SearchResult, _ right: SearchResult, _ context: String) {
        #expect(left.hits.map(\.key) == right.hits.map(\.key), "\(context)")
        #expect(left.hits.map(\.bucket) == right.hits.map(\.bucket), "\(context)")
        for (one, other) in zip(left.hits, right.hits) {
            #expect(abs(one.score - other.score) <= 1e-5 * max(1, abs(one.score)), "\(context): \(one.key)")
        }
        #expect(left.count == right.count && left.isCountExact == right.isCountExact, "\(context)")
        #expect(left.facets == right.facets, "\(context)")
        #expect(left.suggestions == right.suggestions, "\(context)")
    }

    @Test(arguments: 1...2)
    func cutAnywhere(seed: UInt64) async throws {
        let whole = try await store(seed: seed, cuts: 0)
        for count in [2, 16] {
            let cut = try await store(seed: seed, cuts: count)
            for query in Self.queries {
                for sort in ["", "-size", "key"] {
                    for name in [whole.name, nil] {
                        var request = SearchRequest(bucket: name)
                        request.query = query
                        request.count = .exact
                        request.limit = 25
                        request.facets = ["type", "ext", "tag.kind", "bucket", "size[..20,20..60,60..]"]
                        if !sort.isEmpty {
                            request.sort = [
                                SearchRequest.Sort(
                                    field: String(sort.drop { $0 == "-" }), isDescending: sort.hasPrefix("-"))
                            ]
                        }
                        compare(
                            try await answer(whole, request), try await answer(cut, request),
                            "seed \(seed), \(count) cuts, query \"\(query)\", sort \"\(sort)\", bucket \(name?.text ?? "all")"
                        )
                    }
                }
            }
            var request = SearchRequest(bucket: nil)
            request.suggestion = "r"
            compare(try await answer(whole, request), try await answer(cut, request), "suggestions")
        }
    }

    /// Pages of seven are the whole, in order, whatever the cut.
    @Test(arguments: 1...4)
    func pages(seed: UInt64) async throws {
        let store = try await store(seed: seed, cuts: 5)
        for (query, sort) in [("red", nil), ("", "size"), ("red OR blue", nil), ("type:image", "modified")]
            as [(String, String?)]
        {
            var request = SearchRequest(bucket: store.name)
            request.query = query
            request.limit = 1000
            if let sort { request.sort = [SearchRequest.Sort(field: sort, isDescending: true)] }
            let all = try await SearchObjects(store.context).run(request, by: store.root).hits.map(\.key)
            request.limit = 7
            var seen: [ObjectKey] = []
            repeat {
                let page = try await SearchObjects(store.context).run(request, by: store.root)
                seen += page.hits.map(\.key)
                request.cursor = page.cursor
            } while request.cursor != nil
            #expect(seen == all, "seed \(seed), query \"\(query)\"")
        }
    }

    @Test func aShardThatDoesNotAnswer() async throws {
        let store = try await store(seed: 1, cuts: 3)
        let shard = try #require(store.shards.shards.last)
        var request = SearchRequest(bucket: nil)
        request.count = .exact
        let whole = try await SearchObjects(store.context).run(request, by: store.root)
        #expect(whole.isCountExact && whole.missing.isEmpty && whole.applied.count == 4)
        store.shards.takeDown(shard)
        await #expect(throws: S3Error.self) { try await SearchObjects(store.context).run(request, by: store.root) }
        do {
            _ = try await SearchObjects(store.context).run(request, by: store.root)
        } catch {
            #expect(error.status == 503)
        }
        request.allowsPartial = true
        let partial = try await SearchObjects(store.context).run(request, by: store.root)
        #expect(partial.missing.map(\.shard) == [shard.rawValue] && !partial.isCountExact && partial.applied.count == 3)
    }

    /// A cursor is good for its own question, and for nobody else.
    @Test func cursorsAreSigned() async throws {
        let store = try await store(seed: 2, cuts: 2)
        var request = SearchRequest(bucket: store.name)
        request.query = "red"
        request.limit = 3
        let cursor = try #require(try await SearchObjects(store.context).run(request, by: store.root).cursor)
        request.cursor = cursor
        _ = try await SearchObjects(store.context).run(request, by: store.root)
        let somebody = Requester(owner: Owner(id: "somebody", displayName: ""), isRoot: true)
        await #expect(throws: S3Error.self) { try await SearchObjects(store.context).run(request, by: somebody) }
        for index in stride(from: 0, to: cursor.utf8.count, by: 3) {
            var forged = Array(cursor.utf8)
            forged[index] = forged[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            request.cursor = String(decoding: forged, as: UTF8.self)
            await #expect(throws: S3Error.self) { try await SearchObjects(store.context).run(request, by: store.root) }
        }
        request.cursor = cursor
        request.query = "blue"
        await #expect(throws: S3Error.self) { try await SearchObjects(store.context).run(request, by: store.root) }
    }
}
