public import Core
public import KeyValue
import Synchronization

/// The fragments of one drive: volumes, group commit, index.
///
/// **Durable:** a fragment is durable when `store` returns, because its group was written through a descriptor opened
/// with O_DSYNC. The index is not: it is rebuilt from the tail of the volumes, from the mark that was flushed with it.
///
/// Invariants: a fragment is in the index only if its record is durable; of several records of one fragment the one with
/// the highest sequence counts, so a tombstone kills all below it; the mark never passes a record that is not indexed.
public final class FragmentStore: FragmentService {
    public struct Configuration: Sendable {
        /// Volumes are closed at about this size.
        public var volumeBytes: UInt64
        /// Volumes grow in steps of this many bytes.
        public var growthBytes: UInt64
        /// Upper bound of one group's payloads.
        public var groupBytes: Int
        /// Per cent of the drive kept free of new fragments, so that deletes and compaction can finish.
        public var reservePercent: UInt64
        /// The index is flushed after this many records, so that a start scans little.
        public var flushEvery: Int

        public init(
            volumeBytes: UInt64 = 1 << 30, growthBytes: UInt64 = 64 << 20, groupBytes: Int = 8 << 20,
            reservePercent: UInt64 = 5, flushEvery: Int = 4096
        ) {
            self.volumeBytes = volumeBytes
            self.growthBytes = growthBytes
            self.groupBytes = groupBytes
            self.reservePercent = reservePercent
            self.flushEvery = flushEvery
        }
    }

    enum Request: Sendable {
        case store(Fragment)
        case remove(FragmentID)
    }

    struct Pending: Sendable {
        var requests: [Request]
        var reply: OneShot<Result<Void, FragmentError>>
    }

    struct Volume: Sendable {
        var number: UInt64
        var nonce: UInt64
        /// For reads through the page cache.
        var reader: any DriveFile
    }

    struct State {
        var volumes: [UInt64: Volume] = [:]
        var failure: FragmentError?
        var isFull = false
        /// The drive does not answer: nobody is to wait for it.
        var isLate = false
        /// Those who wait for a store or removal, by the order in which they came.
        var waiting: [UInt64: OneShot<Result<Void, FragmentError>>] = [:]
        var lastWaiting: UInt64 = 0
        var recordsSinceFlush = 0
        /// Counters for metrics.
        var storedBytes: UInt64 = 0
        var storedFragments: UInt64 = 0
    }

    /// The volume that is written to; touched by the writer task only.
    struct Active: Sendable {
        var number: UInt64
        var nonce: UInt64
        var file: any DriveFile
        /// Where the next group goes.
        var end: UInt64
        var allocated: UInt64
    }

    let drive: any Drive
    let cluster: ClusterID
    let driveID: DriveID
    let index: any KeyValueStore
    let compute: any Compute
    let entropy: any Entropy
    let configuration: Configuration
    let log: Log
    let state = Mutex(State())
    let active = Mutex<Active?>(nil)
    let nextSequence = Mutex<UInt64>(1)
    private let requests = Mailbox<Pending>()

    /// - Parameter index: its `fragments` family is this store's own.
    public init(
        drive: any Drive, cluster: ClusterID, driveID: DriveID, index: any KeyValueStore, compute: any Compute,
        entropy: any Entropy, configuration: Configuration = Configuration(), log: Log
    ) {
        self.drive = drive
        self.cluster = cluster
        self.driveID = driveID
        self.index = index
        self.compute = compute
        self.entropy = entropy
        self.configuration = configuration
        self.log = log
    }

    public var failure: FragmentError? { state.withLock { $0.failure } }

    /// (volumes, fragments stored since the start, their bytes).
    public var counters: (volumes: Int, fragments: UInt64, bytes: UInt64) {
        state.withLock { ($0.volumes.count, $0.storedFragments, $0.storedBytes) }
    }

    /// Lets `run` return once what was handed over is written.
    public func close() { requests.close() }

    public func store(_ fragment: Fragment) async throws(FragmentError) {
        if state.withLock({ $0.isFull }) { throw .full }
        try await hand([.store(fragment)])
    }

    public func remove(_ ids: [FragmentID]) async throws(FragmentError) {
        guard !ids.isEmpty else { return }
        try await hand(ids.map { .remove($0) })
    }

    private func hand(_ list: [Request]) async throws(FragmentError) {
        let reply = OneShot<Result<Void, FragmentError>>()
        let number = state.withLock { state -> UInt64? in
            guard !state.isLate else { return nil }
            state.lastWaiting += 1
            state.waiting[state.lastWaiting] = reply
            return state.lastWaiting
        }
        guard let number else { throw .failed(.late) }
        defer { _ = state.withLock { $0.waiting.removeValue(forKey: number) } }
        guard requests.send(Pending(requests: list, reply: reply)) else { throw .closed }
        try await reply.value().get()
    }

    /// Stores and removals that wait for the drive.
    public var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// While the drive is late, stores and removals throw `.failed(.late)`, at once and also those that wait already: the
    /// drive may carry them out yet, in order and before any that come later. Nothing is lost by that: a fragment that
    /// nobody counts on is garbage, or is made again.
    public func setLate(_ isLate: Bool) {
        let abandoned = state.withLock { state in
            state.isLate = isLate
            return isLate ? Array(state.waiting.values) : []
        }
        for reply in abandoned { reply.send(.failure(.failed(.late))) }
    }

    /// Writes groups until the store is closed. One task for the store's life.
    public func run() async {
        while let batch = await requests.receive() {
            var group: [Pending] = []
            var bytes = 0
            for pending in batch {
                let size = pending.requests.reduce(0) { $0 + $1.sizeEstimate }
                if !group.isEmpty, bytes + size > configuration.groupBytes {
                    await commit(group)
                    group = []
                    bytes = 0
                }
                group.append(pending)
                bytes += size
            }
            await commit(group)
        }
    }

    private func commit(_ group: [Pending]) async {
        var result: Result<Void, FragmentError> = .success(())
        if let failure {
            result = .failure(failure)
        } else {
            do {
                try await write(group.flatMap(\.requests))
            } catch {
                // What a failed synced write left is unknown, so a drive fault ends this store's writes for good.
                if error.isDriveFault { state.withLock { $0.failure = $0.failure ?? error } }
                result = .failure(error)
            }
        }
        for pending in group { pending.reply.send(result) }
    }

    public func length(of id: FragmentID) async throws(FragmentError) -> Int {
        guard let entry = try await entry(of: id) else { throw .missing }
        return Int(entry.length)
    }

    public func read(
        _ id: FragmentID, blocks: Range<Int>, into slice: IOSlice, patience: ReadPatience
    ) async throws(FragmentError) -> Int {
        guard let entry = try await entry(of: id) else { throw .missing }
        guard let volume = state.withLock({ $0.volumes[entry.volume] }) else { throw .missing }
        let start = blocks.lowerBound * Fragment.blockBytes
        let end = min(blocks.upperBound * Fragment.blockBytes, Int(entry.length))
        guard start < end, slice.count >= end - start else { return 0 }
        let target = slice.prefix(end - start)
        let offset = entry.payloadOffset + UInt64(start)
        var count = volume.reader.readCached(into: target, at: offset) ?? 0
        if count < target.count {
            let file = patience == .short ? volume.reader.impatient : volume.reader
            do {
                count += try await file.read(into: target.dropFirst(count), at: offset + UInt64(count))
            } catch {
                throw .failed(error)
            }
        }
        guard count == target.count else { throw .damaged(block: blocks.lowerBound) }
        for block in blocks.lowerBound..<Fragment.blockCount(end) {
            let from = (block - blocks.lowerBound) * Fragment.blockBytes
            guard CRC32C.of(target.dropFirst(from).prefix(Fragment.blockBytes)) == entry.checksums[block] else {
                throw .damaged(block: block)
            }
        }
        return target.count
    }

    /// Memory first; the disk only on a thread that may wait.
    func entry(of id: FragmentID) async throws(FragmentError) -> IndexEntry? {
        let key = id.indexKey
        do {
            switch try index.getCached(.fragments, key) {
            case .found(let value): return try Self.decode(value)
            case .missing: return nil
            case .unknown: break
            }
        } catch let error as KeyValueError {
            throw .indexFailed("\(error)")
        } catch {
            throw .indexFailed("\(error)")
        }
        let index = index
        let found = await compute.run { () -> Result<[UInt8]?, KeyValueError> in
            do throws(KeyValueError) { return .success(try index.get(.fragments, key)) } catch {
                return .failure(error)
            }
        }
        switch found {
        case .success(let value?): return try Self.decode(value)
        case .success(nil): return nil
        case .failure(let error): throw .indexFailed("\(error)")
        }
    }

    private static func decode(_ value: [UInt8]) throws(FragmentError) -> IndexEntry {
        do {
            return try IndexEntry(value)
        } catch {
            throw .indexFailed("\(error)")
        }
    }
}

extension FragmentStore.Request {
    var sizeEstimate: Int {
        switch self {
        case .store(let fragment): fragment.payload.count + RecordHeader.maximumBytes
        case .remove: 256
        }
    }
}
