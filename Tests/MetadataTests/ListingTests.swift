import Core
import Metadata
import TestSupport
import Testing

@Suite("Listing")
struct ListingTests {
    /// Pages of any size, from any start, are what sorting all keys by their bytes gives.
    @Test(arguments: 1...30)
    func pagesAreWhatSortingGives(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var shard = try ShardHarness()
        try shard.apply(.openBucket(bucket: ShardHarness.bucket))
        let letters = ["a", "b", "/", "//", "é", "\u{0}", "😀", "z"]
        var keys: Set<String> = []
        for _ in 0..<80 {
            let key = (0...random.below(6)).map { _ in letters[random.below(letters.count)] }.joined()
            keys.insert(key)
            try shard.apply(ShardHarness.put(key))
        }
        for key in keys where random.chance(0.2) {
            keys.remove(key)
            try shard.apply(ShardHarness.delete(key))
        }
        let prefix = ["", "a", "a/", "é", "/"][random.below(5)]
        let delimiter = ["", "/", "//", "b"][random.below(4)]
        let limit = 1 + random.below(7)
        var found: [ListingPage.Item] = []
        var start = ListingQuery.Start.beginning
        while true {
            let page = try shard.state.reader.list(
                ListingQuery(
                    bucket: ShardHarness.bucket, prefix: Array(prefix.utf8), delimiter: Array(delimiter.utf8),
                    limit: limit, start: start))
            #expect(page.items.count <= limit)
            found += page.items
            guard page.hasMore, let last = page.items.last else { break }
            switch last {
            case .object(let key, _): start = .after(key)
            case .commonPrefix(let common): start = .afterPrefix(common)
            }
        }
        #expect(found.map(Self.name) == Self.expected(keys, prefix, delimiter), "seed \(seed)")
    }

    private static func name(_ item: ListingPage.Item) -> String {
        switch item {
        case .object(let key, _): "key " + String(decoding: key, as: UTF8.self)
        case .commonPrefix(let common): "prefix " + String(decoding: common, as: UTF8.self)
        }
    }

    private static func expected(_ keys: Set<String>, _ prefix: String, _ delimiter: String) -> [String] {
        var names: [String] = []
        let sorted = keys.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
        let (prefix, delimiter) = (Array(prefix.utf8), Array(delimiter.utf8))
        for key in sorted where key.starts(with: prefix) {
            var common: [UInt8]?
            if !delimiter.isEmpty {
                var index = prefix.count
                while index + delimiter.count <= key.count, common == nil {
                    if Array(key[index..<index + delimiter.count]) == delimiter {
                        common = Array(key[..<(index + delimiter.count)])
                    }
                    index += 1
                }
            }
            let name =
                common.map { "prefix " + String(decoding: $0, as: UTF8.self) }
                ?? "key " + String(decoding: key, as: UTF8.self)
            if names.last != name { names.append(name) }
        }
        return names
    }

    @Test func otherBucketsAndStoresAreNotSeen() throws {
        var shard = try ShardHarness()
        try shard.apply(.openBucket(bucket: ShardHarness.bucket))
        try shard.apply(ShardHarness.put("a"))
        let query = ListingQuery(
            bucket: BucketID(78), prefix: [], delimiter: [], limit: 10, start: .beginning)
        #expect(try shard.state.reader.list(query).items.isEmpty)
        let other = try ShardHarness(rows: shard.rows, store: StoreID(2))
        #expect(try other.object("a") == nil)
    }
}
