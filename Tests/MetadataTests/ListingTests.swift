import Core
import KeyValue
import Metadata
import Synchronization
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

    /// A page costs what the page costs: a common prefix is passed by one seek, whatever lies below it.
    @Test func costFollowsThePage() throws {
        var shard = try ShardHarness()
        try shard.apply(.openBucket(bucket: ShardHarness.bucket))
        for folder in 0..<20 {
            for number in 0..<100 { try shard.apply(ShardHarness.put("f\(10 + folder)/\(number)", body: nil)) }
        }
        let rows = CountingRows(shard.rows)
        let reader = MetadataReader(rows: rows, store: shard.store)
        func steps(_ delimiter: String, limit: Int, _ start: ListingQuery.Start) throws -> Int {
            let before = rows.steps
            let page = try reader.list(
                ListingQuery(
                    bucket: ShardHarness.bucket, prefix: [], delimiter: Array(delimiter.utf8), limit: limit,
                    start: start))
            #expect(page.items.count == limit && page.hasMore)
            return rows.steps - before
        }
        #expect(try steps("/", limit: 10, .beginning) == 11)
        #expect(try steps("/", limit: 10, .afterPrefix(Array("f15/".utf8))) == 11)
        #expect(try steps("", limit: 10, .beginning) == 11)
        #expect(try steps("", limit: 10, .after(Array("f25/50".utf8))) == 11)
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

/// Counts how often cursors move.
private final class CountingRows: KeyValueStore {
    private let rows: SimulatedRows
    private let counter = Mutex(0)

    init(_ rows: SimulatedRows) { self.rows = rows }

    var steps: Int { counter.withLock { $0 } }
    var unflushedDeletes: Int { rows.unflushedDeletes }

    func get(_ family: Family, _ key: [UInt8]) throws(KeyValueError) -> [UInt8]? { try rows.get(family, key) }
    func getCached(_ family: Family, _ key: [UInt8]) throws(KeyValueError) -> CachedRow {
        try rows.getCached(family, key)
    }
    func write(_ batch: WriteBatch) throws(KeyValueError) { try rows.write(batch) }
    func flush() throws(KeyValueError) { try rows.flush() }
    func close() {}

    func cursor(_ family: Family, end: [UInt8]?) throws(KeyValueError) -> any KeyValueCursor {
        Cursor(try rows.cursor(family, end: end), self)
    }

    private final class Cursor: KeyValueCursor {
        private let cursor: any KeyValueCursor
        private let owner: CountingRows

        init(_ cursor: any KeyValueCursor, _ owner: CountingRows) {
            self.cursor = cursor
            self.owner = owner
        }

        func seek(_ key: [UInt8]) throws(KeyValueError) -> Bool {
            owner.counter.withLock { $0 += 1 }
            return try cursor.seek(key)
        }

        func next() throws(KeyValueError) -> Bool {
            owner.counter.withLock { $0 += 1 }
            return try cursor.next()
        }

        var key: [UInt8] { cursor.key }
        var value: [UInt8] { cursor.value }

        func withKey<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
            try cursor.withKey(body)
        }

        func withValue<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
            try cursor.withValue(body)
        }
    }
}
