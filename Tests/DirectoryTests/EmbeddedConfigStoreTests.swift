import Core
import Directory
import TestSupport
import Testing

@Suite("Embedded directory")
struct EmbeddedConfigStoreTests {
    static let drives = (1...6).map { DriveID(high: UInt64($0), low: 0) }

    static func founded() -> DirectoryFile {
        DirectoryFile(
            cluster: ClusterID(high: 9, low: 9), generation: 1, startID: 1, voters: drives, tolerance: 2, records: [])
    }

    static func withStore(
        _ folders: [DriveID: SimulatedDrive], _ body: (EmbeddedConfigStore) async throws -> Void
    ) async throws {
        let store = EmbeddedConfigStore(file: founded(), drives: folders, readOnlyReason: nil, log: .none)
        async let writer: Void = store.run()
        do {
            try await body(store)
        } catch {
            store.close()
            await writer
            throw error
        }
        store.close()
        await writer
    }

    private static func folders() -> [DriveID: SimulatedDrive] {
        Dictionary(uniqueKeysWithValues: drives.map { ($0, SimulatedDrive(name: "\($0)")) })
    }

    private static func put(_ value: UInt8, ifRevision revision: UInt64) -> ConfigTransaction {
        ConfigTransaction(
            conditions: [(key: "k", revision: revision)], changes: [.put(key: "k", value: [value])])
    }

    @Test func comparesAndSwaps() async throws {
        try await Self.withStore(Self.folders()) { store async throws in
            #expect(try await store.commit(Self.put(1, ifRevision: 0)) == .committed(revision: 2))
            #expect(try await store.commit(Self.put(2, ifRevision: 0)) == .conflict)
            #expect(try await store.commit(Self.put(2, ifRevision: 2)) == .committed(revision: 3))
            #expect(try await store.get("k")?.value == [2])
        }
    }

    /// What was committed is found by a start that sees any m+1 voters, whatever a crash does to the rest. Fails if a
    /// copy is not synced, or counted although its write failed.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func committedRecordsAreFoundAgain(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let folders = Self.folders()
        var committed: UInt8 = 0
        try await Self.withStore(folders) { store async throws in
            var revision: UInt64 = 0
            for value in 1...8 as ClosedRange<UInt8> {
                if value == 4 { folders[Self.drives[random.below(6)]]?.fail(with: .inputOutput(5)) }
                if value == 6 { folders[Self.drives[random.below(6)]]?.stop(after: random.below(4)) }
                if case .committed(let next) = try await store.commit(Self.put(value, ifRevision: revision)) {
                    revision = next
                    committed = value
                }
            }
        }
        #expect(committed == 8)
        var files: [(DriveID, DirectoryFile)] = []
        for (id, drive) in folders {
            let survivor = drive.crashed(seed: seed &+ id.high)
            if let bytes = survivor.bytes(of: DirectoryFile.path) { files.append((id, try DirectoryFile(bytes))) }
        }
        for _ in 0..<20 {
            let seen = files.shuffled(using: &random).prefix(1 + random.below(files.count))
            let newest = try #require(seen.map(\.1).max { $0.generation < $1.generation })
            guard seen.filter({ newest.voters.contains($0.0) }).count >= newest.startQuorum else { continue }
            #expect(newest.records.first?.value == [committed], "seed \(seed)")
        }
    }

    @Test func tooFewCopiesMakeItReadOnly() async throws {
        let folders = Self.folders()
        try await Self.withStore(folders) { store async throws in
            for drive in Self.drives.prefix(3) { folders[drive]?.fail(with: .inputOutput(5)) }
            await #expect(throws: ConfigError.unknownOutcome) { try await store.commit(Self.put(1, ifRevision: 0)) }
            await #expect(throws: ConfigError.self) { try await store.commit(Self.put(1, ifRevision: 0)) }
            #expect(store.readOnlyReason != nil)
        }
    }

    /// A drive that hangs is no voter of the next generation, and nobody waits for it.
    @Test func aDriveThatHangsIsNotWaitedFor() async throws {
        let folders = Self.folders()
        let late = LateDrive(folders[Self.drives[0]] ?? SimulatedDrive())
        var drives: [DriveID: any Drive] = folders
        drives[Self.drives[0]] = late
        let store = EmbeddedConfigStore(file: Self.founded(), drives: drives, readOnlyReason: nil, log: .none)
        try await store.begin(startID: 7)
        #expect(store.file.voters == Array(Self.drives.dropFirst()))
        #expect(late.base.bytes(of: DirectoryFile.path) == nil)
        // In time again, it counts again.
        store.add(Self.drives[0], late.base)
        try await store.begin(startID: 8)
        #expect(store.file.voters == Self.drives)
    }

    /// As when the whole machine stood still for a moment: that must not end in a directory that is read-only.
    @Test func drivesThatAllHangAreWaitedFor() async throws {
        let folders = Self.folders()
        let store = EmbeddedConfigStore(
            file: Self.founded(), drives: folders.mapValues { LateDrive($0) }, readOnlyReason: nil, log: .none)
        try await store.begin(startID: 7)
        #expect(store.readOnlyReason == nil && store.file.voters == Self.drives)
        #expect(folders.values.allSatisfy { $0.bytes(of: DirectoryFile.path) != nil })
    }

    @Test func fileRefusesDamageAndNewerFormats() throws {
        var bytes = Self.founded().encoded()
        #expect(try DirectoryFile(bytes) == Self.founded())
        bytes[20] ^= 1
        #expect(throws: CodecError.self) { try DirectoryFile(bytes) }
        var newer = Self.founded().encoded()
        newer[8] = 2
        #expect(throws: CodecError.newerVersion(2)) { try DirectoryFile(newer) }
        for length in 0..<newer.count {
            #expect(throws: CodecError.self) { try DirectoryFile(Array(newer.prefix(length))) }
        }
    }
}

/// A drive that answers only those who wait.
private struct LateDrive: Drive {
    let base: SimulatedDrive
    private let hanging = SimulatedDrive()

    init(_ base: SimulatedDrive) {
        self.base = base
        hanging.fail(with: .late)
    }

    var name: String { base.name }
    var impatient: any Drive { hanging }
    func open(_ path: String, _ options: OpenOptions) async throws(DriveError) -> any DriveFile {
        try await base.open(path, options)
    }
    func list(_ folder: String) async throws(DriveError) -> [String] { try await base.list(folder) }
    func makeFolder(_ path: String) async throws(DriveError) { try await base.makeFolder(path) }
    func rename(_ source: String, to target: String) async throws(DriveError) {
        try await base.rename(source, to: target)
    }
    func remove(_ path: String) async throws(DriveError) { try await base.remove(path) }
    func syncFolder(_ path: String) async throws(DriveError) { try await base.syncFolder(path) }
    func space() async throws(DriveError) -> DriveSpace { try await base.space() }
}
