import Core
import FragmentStore
import KeyValue
import TestSupport
import Testing

@Suite("Fragment store")
struct FragmentStoreTests {
    static let cluster = ClusterID(high: 1, low: 1)
    static let driveID = DriveID(high: 2, low: 2)
    static let configuration = FragmentStore.Configuration(
        volumeBytes: 2 << 20, growthBytes: 512 << 10, groupBytes: 1 << 20, flushEvery: 8)

    static func open(_ drive: SimulatedDrive, _ rows: SimulatedRows, seed: UInt64 = 1) async throws -> FragmentStore {
        let store = FragmentStore(
            drive: drive, cluster: cluster, driveID: driveID, index: rows, compute: InlineCompute(),
            entropy: SeededEntropy(seed: seed), configuration: configuration, log: .none)
        _ = try await store.open()
        return store
    }

    static func running(_ store: FragmentStore, _ body: () async throws -> Void) async rethrows {
        async let writer: Void = store.run()
        do {
            try await body()
        } catch {
            store.close()
            await writer
            throw error
        }
        store.close()
        await writer
    }

    static func content(_ number: Int) -> [UInt8] {
        var random = SplitMix64(seed: UInt64(number))
        return random.bytes([1, 64, 5000, 65_535, 65_536, 65_537, 150_000][number % 7])
    }

    static func id(_ number: Int) -> FragmentID {
        FragmentID(blob: BlobID(high: UInt64(number), low: 1), stripe: UInt32(number), index: UInt8(number % 6))
    }

    static func fragment(_ number: Int, content: [UInt8]? = nil) -> Fragment {
        let bytes = content ?? Self.content(number)
        let payload = IOSlice(IOBuffer(copying: bytes), offset: 0, count: bytes.count)
        return Fragment(
            id: id(number), pool: 0, dataCount: 4, parityCount: 2,
            owner: FragmentOwner(bucket: BucketID(9), key: Array("key/\(number)".utf8)), payload: payload,
            checksums: Fragment.checksums(of: payload))
    }

    static func read(_ store: FragmentStore, _ number: Int) async throws -> [UInt8] {
        let length = try await store.length(of: id(number))
        let slice = IOBuffer(capacity: max(1, length)).slice(0..<length)
        let count = try await store.read(
            id(number), blocks: 0..<Fragment.blockCount(length), into: slice, patience: .long)
        return slice.prefix(count).bytes
    }

    @Test func storesReadsAndRemoves() async throws {
        let store = try await Self.open(SimulatedDrive(), SimulatedRows())
        try await Self.running(store) {
            for number in 0..<20 { try await store.store(Self.fragment(number)) }
            for number in 0..<20 { #expect(try await Self.read(store, number) == Self.content(number)) }
            try await store.remove([Self.id(3)])
            await #expect(throws: FragmentError.missing) { try await Self.read(store, 3) }
            try await store.store(Self.fragment(4, content: [1, 2, 3]))
            #expect(try await Self.read(store, 4) == [1, 2, 3])
        }
    }

    /// Who waits for a drive that hangs is told so; the drive may do it all the same, in order.
    @Test func aLateDriveIsNotWaitedFor() async throws {
        let store = try await Self.open(SimulatedDrive(), SimulatedRows())
        async let stored: FragmentError? = Self.outcome { () async throws(FragmentError) in
            try await store.store(Self.fragment(1))
        }
        // Nothing runs the writer yet: the store waits.
        while store.waitingCount == 0 { await Task.yield() }
        store.setLate(true)
        #expect(await stored == .failed(.late))
        await #expect(throws: FragmentError.failed(.late)) { try await store.remove([Self.id(1)]) }
        try await Self.running(store) {
            store.setLate(false)
            try await store.store(Self.fragment(2))
            #expect(try await Self.read(store, 1) == Self.content(1))
            try await store.remove([Self.id(1)])
            await #expect(throws: FragmentError.missing) { try await Self.read(store, 1) }
        }
    }

    private static func outcome(_ body: () async throws(FragmentError) -> Void) async -> FragmentError? {
        do throws(FragmentError) {
            try await body()
            return nil
        } catch {
            return error
        }
    }

    /// Pages in the index's order, of one pool and one range of placement hashes; a removed fragment is not listed.
    @Test func listsByPoolAndPlacementHash() async throws {
        let store = try await Self.open(SimulatedDrive(), SimulatedRows())
        try await Self.running(store) {
            for number in 0..<40 {
                var fragment = Self.fragment(number)
                fragment.pool = number.isMultiple(of: 4) ? 7 : 0
                try await store.store(fragment)
            }
            try await store.remove([Self.id(8)])
            let expected = (0..<40).filter { $0.isMultiple(of: 4) && $0 != 8 }.map(Self.id)
                .sorted {
                    FragmentID.placementHash($0.blob, stripe: $0.stripe)
                        < FragmentID.placementHash($1.blob, stripe: $1.stripe)
                }
            let half = UInt64.max / 2
            var listed: [FragmentID] = []
            for range in [0...half, (half + 1)...UInt64.max] {
                var position: FragmentID?
                while true {
                    let page = try await store.list(pool: 7, range, after: position, limit: 2)
                    listed += page
                    if page.count < 2 { break }
                    position = page.last
                }
            }
            #expect(listed == expected)
            let description = try await store.describe(Self.id(4))
            #expect(
                description
                    == FragmentDescription(
                        pool: 7, dataCount: 4, parityCount: 2, owner: Self.fragment(4).owner,
                        length: Self.content(4).count))
            await #expect(throws: FragmentError.missing) { try await store.describe(Self.id(8)) }
        }
    }

    /// Whatever `store` and `remove` reported holds after a crash at any point, with the index as far back as it may be,
    /// or gone altogether. Fails if volumes are opened without `durableWrites`, or if the mark is written before the
    /// records that it covers are indexed.
    @Test func acknowledgedFragmentsSurviveEveryCrashPoint() async throws {
        let total = try await Self.work(SimulatedDrive(), SimulatedRows(), stoppingAfter: nil).operations
        for stop in 0..<total {
            let drive = SimulatedDrive()
            let rows = SimulatedRows()
            let (model, _) = try await Self.work(drive, rows, stoppingAfter: stop)
            for seed in 0..<2 as Range<UInt64> {
                let seed = seed &+ UInt64(stop) &* 17
                let index = seed.isMultiple(of: 5) ? SimulatedRows() : rows.crashed(seed: seed)
                let store = try await Self.open(drive.crashed(seed: seed), index, seed: 77)
                for (number, content) in model {
                    if let content {
                        let found = try? await Self.read(store, number)
                        #expect(found == content, "stop \(stop) seed \(seed) fragment \(number)")
                    } else {
                        await #expect(throws: FragmentError.missing, "stop \(stop) seed \(seed) fragment \(number)") {
                            try await Self.read(store, number)
                        }
                    }
                }
            }
        }
    }

    /// - Returns: what was acknowledged: contents by number, nil for removed ones. What was under way is left out.
    private static func work(
        _ drive: SimulatedDrive, _ rows: SimulatedRows, stoppingAfter stop: Int?
    ) async throws -> (model: [Int: [UInt8]?], operations: Int) {
        if let stop { drive.stop(after: stop) }
        guard let store = try? await open(drive, rows) else { return ([:], drive.operations) }
        var model: [Int: [UInt8]?] = [:]
        await running(store) {
            for step in 0..<40 {
                let number = step % 15
                model[number] = nil
                do {
                    if step % 7 == 6 {
                        try await store.remove([id(number)])
                        model[number] = .some(nil)
                    } else {
                        let content = content(number) + [UInt8(step)]
                        try await store.store(fragment(number, content: content))
                        model[number] = content
                    }
                } catch {
                    return
                }
                if store.takeFlushRequest() { try? rows.flush() }
            }
        }
        return (model, drive.operations)
    }

    @Test func damageIsFoundBeforeAByteLeaves() async throws {
        let drive = SimulatedDrive()
        let store = try await Self.open(drive, SimulatedRows())
        try await Self.running(store) {
            try await store.store(Self.fragment(6))
            // Superblock, record header, payload from the third block on; the second checksummed block of it.
            drive.flipBit(in: "volumes/0000000000000001.vol", at: 2 * 4096 + 70_000)
            await #expect(throws: FragmentError.damaged(block: 1)) { try await Self.read(store, 6) }
        }
    }

    /// The header of a group arrived, its payload only in part; the index was not flushed since.
    @Test func aTornGroupIsNotIndexed() async throws {
        let drive = SimulatedDrive()
        let store = try await Self.open(drive, SimulatedRows())
        try await Self.running(store) {
            for number in [6, 13] { try await store.store(Self.fragment(number)) }
        }
        // The first block, then for each a block with the header and the payload on whole blocks.
        let second = 4096 + 4096 + (150_000 + 4095) / 4096 * 4096 + 4096
        drive.flipBit(in: "volumes/0000000000000001.vol", at: second + 100_000)
        let again = try await Self.open(drive, SimulatedRows(), seed: 2)
        try await Self.running(again) {
            #expect(try await Self.read(again, 6) == Self.content(6))
            await #expect(throws: FragmentError.missing) { try await again.length(of: Self.id(13)) }
            try await again.store(Self.fragment(13))
            #expect(try await Self.read(again, 13) == Self.content(13))
        }
    }

    /// What the disk holds after a failed write is unknown: it is not tried again.
    @Test func aFailedWriteEndsTheStore() async throws {
        let drive = SimulatedDrive()
        let store = try await Self.open(drive, SimulatedRows())
        try await Self.running(store) {
            try await store.store(Self.fragment(1))
            drive.fail(with: .inputOutput(5))
            await #expect(throws: FragmentError.failed(.inputOutput(5))) { try await store.store(Self.fragment(2)) }
            drive.fail(with: nil)
            await #expect(throws: FragmentError.failed(.inputOutput(5))) { try await store.store(Self.fragment(2)) }
            #expect(try await Self.read(store, 1) == Self.content(1), "reads go on")
        }
    }

    @Test func volumesOfAnotherDriveAreRefused() async throws {
        let drive = SimulatedDrive()
        let store = try await Self.open(drive, SimulatedRows())
        try await Self.running(store) { try await store.store(Self.fragment(1)) }
        let stranger = FragmentStore(
            drive: drive, cluster: Self.cluster, driveID: DriveID(high: 8, low: 8), index: SimulatedRows(),
            compute: InlineCompute(), entropy: SeededEntropy(seed: 1), configuration: Self.configuration, log: .none)
        await #expect(throws: FragmentError.self) { try await stranger.open() }
    }

    /// A payload that looks like records of ours must not come to life in a scan.
    @Test func recordsInsideOfPayloadsAreNotTaken() async throws {
        let drive = SimulatedDrive()
        let first = try await Self.open(drive, SimulatedRows())
        try await Self.running(first) { try await first.store(Self.fragment(1)) }
        let image = try #require(drive.bytes(of: "volumes/0000000000000001.vol"))
        let other = SimulatedDrive()
        let second = try await Self.open(other, SimulatedRows(), seed: 2)
        try await Self.running(second) {
            try await second.store(Self.fragment(2, content: Array(image.prefix(100_000))))
        }
        // The header is damaged, so that the scan looks for records within the payload.
        other.flipBit(in: "volumes/0000000000000001.vol", at: 4096 + 20)
        let recovered = try await Self.open(other, SimulatedRows())
        await #expect(throws: FragmentError.missing) { try await Self.read(recovered, 1) }
    }
}
