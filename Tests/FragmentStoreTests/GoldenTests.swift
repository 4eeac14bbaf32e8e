import Core
import FragmentStore
import TestSupport
import Testing

/// Against `Tests/Golden/volume.vol`, which a script wrote from the format page.
@Suite("Volumes, golden bytes")
struct VolumeGoldenTests {
    private static let path = "volumes/0000000000000001.vol"
    private static let blob = BlobID(high: 0x018C_0000_0000_AAAA, low: 0xBBBB)

    private struct Nonce: Entropy {
        func next() -> UInt64 { 0x766F6C }
    }

    private static func open(_ drive: SimulatedDrive) async throws -> FragmentStore {
        let store = FragmentStore(
            drive: drive, cluster: ClusterID(high: 0x0102_0304_0506_0708, low: 0x1112_1314_1516_1718),
            driveID: DriveID(high: 0xD1, low: 1), index: SimulatedRows(), compute: InlineCompute(), entropy: Nonce(),
            configuration: FragmentStoreTests.configuration, log: .none)
        _ = try await store.open()
        return store
    }

    private static func pattern(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: 7 * $0 + $0 / 251) }
    }

    private static func fragment(
        _ stripe: UInt32, _ index: UInt8, _ scheme: (UInt8, UInt8), _ key: String, _ count: Int
    ) -> Fragment {
        let payload = IOSlice(IOBuffer(copying: pattern(count)), offset: 0, count: count)
        return Fragment(
            id: FragmentID(blob: blob, stripe: stripe, index: index), pool: 3, dataCount: scheme.0,
            parityCount: scheme.1, owner: FragmentOwner(bucket: BucketID(0x77), key: Array(key.utf8)),
            payload: payload, checksums: Fragment.checksums(of: payload))
    }

    private static let large = fragment(0, 5, (4, 2), "photos/a.jpg", 65_541)
    private static let small = fragment(1, 2, (4, 2), "photos/a.jpg", 100)
    private static let tiny = fragment(2, 0, (1, 1), "ä/b", 1)
    private static let unknown = FragmentID(blob: blob, stripe: 9, index: 9)

    @Test func whatTheScriptWroteIsRead() async throws {
        let drive = SimulatedDrive()
        try await drive.makeFolder("volumes")
        let file = try await drive.open(Self.path, OpenOptions(writable: true, creation: .always))
        try await file.write([IOSlice(copying: Golden.file("volume.vol"))], at: 0)
        let store = try await Self.open(drive)
        for fragment in [Self.large, Self.tiny] {
            let count = fragment.payload.count
            let slice = IOBuffer(capacity: count).slice(0..<count)
            let read = try await store.read(
                fragment.id, blocks: 0..<Fragment.blockCount(count), into: slice, patience: .long)
            #expect(read == count && slice.bytes == Self.pattern(count))
            let description = try await store.describe(fragment.id)
            #expect(
                description
                    == FragmentDescription(
                        pool: 3, dataCount: fragment.dataCount, parityCount: fragment.parityCount,
                        owner: fragment.owner, length: count))
        }
        await #expect(throws: FragmentError.missing) { try await store.length(of: Self.small.id) }
    }

    @Test func theSameIsWritten() async throws {
        let drive = SimulatedDrive()
        let store = try await Self.open(drive)
        try await FragmentStoreTests.running(store) {
            for fragment in [Self.large, Self.small, Self.tiny] { try await store.store(fragment) }
            try await store.remove([Self.small.id, Self.unknown])
        }
        let golden = Golden.file("volume.vol")
        let written = try #require(drive.bytes(of: Self.path))
        #expect(golden.count > 80_000 && Array(written.prefix(golden.count)) == golden)
        #expect(written.dropFirst(golden.count).allSatisfy { $0 == 0 })
    }
}
