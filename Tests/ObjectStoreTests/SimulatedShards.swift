import Core
import Directory
import FragmentStore
import Metadata
import ObjectStore
import S3
import SearchIndex
import Synchronization
import TestSupport

/// Metadata shards in one place, cut wherever a test wants: the rows, commands and indexes are the real ones, and a
/// command is applied as soon as it is executed.
final class SimulatedShards: MetadataService, SearchService {
    private struct Shard {
        var id: ShardID
        /// Its first position; the next shard's is its end.
        var lowerBound: [UInt8]
        var state: ShardState
        let index: SearchIndex
        /// Not answering.
        var isDown = false
    }

    /// The system shard first, then in key order.
    private let all: Mutex<[Shard]>
    private let time = Atomic<UInt64>(1_700_000_000_000)

    /// - Parameter cuts: positions at which the keyspace is cut, ascending.
    init(cuts: [[UInt8]], drive: any Drive) async throws {
        var shards: [Shard] = []
        for (number, bound) in ([[], []] + cuts).enumerated() {
            let index = try await SearchIndex.open(
                drive, folder: "index-\(number)", settings: IndexSettings(), compute: InPlace())
            shards.append(
                Shard(
                    id: ShardID(UInt32(number)), lowerBound: bound,
                    state: try ShardState(rows: SimulatedRows(), store: StoreID(1)), index: index))
        }
        all = Mutex(shards)
    }

    func takeDown(_ shard: ShardID) { all.withLock { $0[Int(shard.rawValue)].isDown = true } }

    /// Everything that is in memory goes to files, so that searches see both.
    func commitIndexes() async throws {
        for index in all.withLock({ $0.map(\.index) }) { _ = try await index.commit() }
    }

    // MARK: MetadataService

    func execute(_ command: Command, at address: ShardAddress) async throws(MetadataError) -> CommandResult {
        let number =
            switch address {
            case .system: 0
            case .shard(let shard): Int(shard.rawValue)
            case .key(let bucket, let key): number(holding: KeyPosition.of(bucket, key))
            }
        let time = WallTime(milliseconds: time.add(1000, ordering: .relaxed).newValue)
        let result = all.withLock { shards -> Result<CommandResult, RowError> in
            do throws(RowError) {
                let before = shards[number].state.applied
                let result = try shards[number].state.apply(
                    sequence: before.next, epoch: Epoch(1), request: nil, time: time, command: command.encoded())
                try Self.follow(shards[number], after: before)
                return .success(result)
            } catch {
                return .failure(error)
            }
        }
        do throws(RowError) { return try result.get() } catch { throw .failed("\(error)") }
    }

    private static func follow(_ shard: Shard, after sequence: SequenceNumber) throws(RowError) {
        let reader = shard.state.reader
        let page = try reader.changes(after: sequence, applied: shard.state.applied, limit: 10_000)
        var changes: [IndexChange] = []
        for change in page.records.flatMap(\.changes) where change.kind != .schema {
            let schema = try reader.searchSchema(change.bucket).flatMap { try? SearchSchema($0) } ?? .standard
            if let stored = try reader.object(change.bucket, change.key, withBody: false) {
                changes.append(
                    .put(IndexDocument(bucket: change.bucket, key: change.key, stored.record), schema))
            } else {
                changes.append(.delete(change.bucket, key: change.key))
            }
        }
        shard.index.apply(changes, through: shard.state.applied)
    }

    private func number(holding position: [UInt8]) -> Int {
        all.withLock { shards in
            shards.lastIndex { !position.lexicographicallyPrecedes($0.lowerBound) } ?? 1
        }
    }

    private func read<Value>(
        _ number: Int, _ body: (MetadataReader) throws(RowError) -> Value
    ) throws(MetadataError) -> Value {
        let reader = all.withLock { $0[number].state.reader }
        do throws(RowError) { return try body(reader) } catch { throw .failed("\(error)") }
    }

    func object(_ bucket: BucketID, _ key: [UInt8], withBody: Bool) async throws(MetadataError) -> StoredObject? {
        try read(number(holding: KeyPosition.of(bucket, key))) { (reader) throws(RowError) in
            try reader.object(bucket, key, withBody: withBody)
        }
    }

    func bucket(named name: String) async throws(MetadataError) -> BucketRecord? {
        try read(0) { (reader) throws(RowError) in try reader.bucket(named: name) }
    }

    func buckets(after name: String?, prefix: String, limit: Int) async throws(MetadataError) -> [BucketRecord] {
        try read(0) { (reader) throws(RowError) in try reader.buckets(after: name, prefix: prefix, limit: limit) }
    }

    func bucketConfiguration(_ bucket: BucketID, kind: UInt8) async throws(MetadataError) -> [UInt8]? {
        try read(0) { (reader) throws(RowError) in try reader.bucketConfiguration(bucket, kind: kind) }
    }

    func shards(covering bucket: BucketID) -> [ShardID] {
        let (first, last) = (
            number(holding: KeyPosition.of(bucket)),
            number(holding: KeyPosition.of(bucket) + [UInt8](repeating: 255, count: 1030))
        )
        return (first...last).map { ShardID(UInt32($0)) }
    }

    func shard(holding bucket: BucketID, _ key: [UInt8]) throws(MetadataError) -> ShardID {
        ShardID(UInt32(number(holding: KeyPosition.of(bucket, key))))
    }

    func list(_ query: ListingQuery, in shard: ShardID) async throws(MetadataError) -> ListingPage {
        try read(Int(shard.rawValue)) { (reader) throws(RowError) in try reader.list(query) }
    }

    func changes(
        in shard: ShardID, after sequence: SequenceNumber, limit: Int
    ) async throws(MetadataError) -> ChangePage {
        let applied = try await applied(of: shard)
        return try read(Int(shard.rawValue)) { (reader) throws(RowError) in
            try reader.changes(after: sequence, applied: applied, limit: limit)
        }
    }

    func applied(of shard: ShardID) async throws(MetadataError) -> SequenceNumber {
        all.withLock { $0[Int(shard.rawValue)].state.applied }
    }

    // Nobody asks for these here.
    func user(named name: String) async throws(MetadataError) -> UserRecord? { nil }
    func users(after name: String?, limit: Int) async throws(MetadataError) -> [UserRecord] { [] }
    func accessKey(_ id: String) async throws(MetadataError) -> AccessKeyRecord? { nil }
    func accessKeys(of user: String?, after id: String?, limit: Int) async throws(MetadataError) -> [AccessKeyRecord] {
        []
    }
    func upload(_ name: UploadName) async throws(MetadataError) -> UploadState { throw .unavailable("no uploads") }
    func parts(of name: UploadName, after number: UInt16, limit: Int) async throws(MetadataError) -> PartsPage {
        throw .unavailable("no uploads")
    }
    func uploads(_ query: UploadsQuery, in shard: ShardID) async throws(MetadataError) -> UploadsPage {
        throw .unavailable("no uploads")
    }
    func partTable(
        _ bucket: BucketID, _ key: [UInt8], ordinal: UInt64, page: Int
    ) async throws(MetadataError) -> PartTablePage? { nil }

    // MARK: SearchService

    var shards: [ShardID] { all.withLock { $0.dropFirst().map(\.id) } }

    private func ask<Value: Sendable>(
        _ shard: ShardID, _ body: (IndexSnapshot) async throws(IndexError) -> Value
    ) async throws(SearchServiceError) -> ShardReply<Value> {
        let (index, applied, isDown) = all.withLock { shards in
            let shard = shards[Int(shard.rawValue)]
            return (shard.index, shard.state.applied, shard.isDown)
        }
        if isDown { throw .unavailable("it is taken down") }
        do throws(IndexError) {
            return ShardReply(try await body(index.snapshot()), applied: applied)
        } catch .query(let error) {
            throw .query(error)
        } catch {
            throw .unavailable("\(error)")
        }
    }

    func statistics(
        of query: IndexQuery, scope: IndexScope, in shard: ShardID, deadline: Instant
    ) async throws(SearchServiceError) -> CorpusStatistics {
        try await ask(shard) { (snapshot) async throws(IndexError) in
            try await snapshot.statistics(for: query, scope: scope)
        }.value
    }

    func search(
        _ search: IndexSearch, in shard: ShardID, deadline: Instant
    ) async throws(SearchServiceError) -> ShardReply<IndexReply> {
        try await ask(shard) { (snapshot) async throws(IndexError) in
            try await snapshot.search(search) { @Sendable in false }
        }
    }

    func suggestions(
        _ prefix: [UInt8], in field: TextField, scope: IndexScope, limit: Int, shard: ShardID, deadline: Instant
    ) async throws(SearchServiceError) -> [(term: [UInt8], documents: UInt64)] {
        try await ask(shard) { (snapshot) async throws(IndexError) in
            try await snapshot.suggestions(prefix, in: field, scope: scope, limit: limit) { @Sendable in false }
        }.value
    }
}

/// Work in place, as in the simulation.
struct InPlace: Compute {
    func run<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T { work() }
}

private struct FixedClock: Clock {
    var now: Instant { Instant(nanoseconds: 1) }
    var wallTime: WallTime { WallTime(milliseconds: 1_700_100_000_000) }
    func sleep(until deadline: Instant) async -> Bool { false }
}

private final class SeededEntropy: Entropy {
    private let random: Mutex<SplitMix64>
    init(seed: UInt64) { random = Mutex(SplitMix64(seed: seed)) }
    func next() -> UInt64 { random.withLock { $0.next() } }
}

/// Inline objects alone have no need of fragments.
private struct NoFragments: FragmentRouter, PlacementSource {
    func service(for drive: DriveID) -> (any FragmentService)? { nil }
    func reportDamage(_ stripe: StripeName, fragment: Int) {}
    func reportFault(of drive: DriveID, _ error: FragmentError) async {}
    var view: DirectoryView { DirectoryView() }
    func poolForWriting() async throws(S3Error) -> DirectoryView.Pool { throw S3Error(.serviceUnavailable) }
}

extension ObjectStoreContext {
    static func simulated(_ shards: SimulatedShards, seed: UInt64) -> ObjectStoreContext {
        ObjectStoreContext(
            metadata: shards, search: shards, fragments: NoFragments(), placement: NoFragments(), clock: FixedClock(),
            entropy: SeededEntropy(seed: seed), compute: InPlace(), budget: MemoryBudget(limitBytes: 1 << 20),
            log: Log { _ in }, limits: Limits(), region: "us-east-1", cursorKey: HMACSHA256Key([1, 2, 3]))
    }
}
