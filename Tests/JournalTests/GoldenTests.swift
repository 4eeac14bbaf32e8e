import Core
import TestSupport
import Testing

@testable import Journal

/// Against `Tests/Golden/journal.log`, which a script wrote from the format page.
@Suite("Journal, golden bytes")
struct JournalGoldenTests {
    private static let identity = DriveIdentity(
        cluster: ClusterID(high: 0x0102_0304_0506_0708, low: 0x1112_1314_1516_1718),
        drive: DriveID(high: 0xD1, low: 1))
    private static let path = "journal/0000000000000001.log"

    private struct Nonce: Entropy {
        func next() -> UInt64 { 0x6E_6F6E_6365 }
    }

    private static func open(
        _ drive: SimulatedDrive
    ) async throws -> (journal: Journal, condition: JournalCondition) {
        try await Journal.open(drive, identity: identity, configuration: JournalTests.small, entropy: Nonce())
    }

    @Test func whatTheScriptWroteIsRead() async throws {
        let drive = SimulatedDrive()
        let golden = Golden.file("journal.log")
        try await drive.makeFolder("journal")
        let file = try await drive.open(Self.path, OpenOptions(writable: true, creation: .always))
        try await file.extend(to: JournalTests.small.segmentBytes)
        try await file.write([IOSlice(copying: golden)], at: 0)
        let (journal, condition) = try await Self.open(drive)
        #expect(condition == .clean)
        #expect(journal.stores == [StoreID(0x10), StoreID(0x20)], "store 30 was forgotten")
        #expect(journal.range(of: StoreID(0x10)) == SequenceNumber(41)...SequenceNumber(41))
        #expect(journal.range(of: StoreID(0x20)) == SequenceNumber(10)...SequenceNumber(10))
        #expect(
            try await journal.read(StoreID(0x10), from: SequenceNumber(41)) == [Golden.value("client entry")])
        #expect(journal.note(of: StoreID(0x10)) == Golden.value("replica note"))
    }

    @Test func theSameIsWritten() async throws {
        let drive = SimulatedDrive()
        let (journal, _) = try await Self.open(drive)
        let (a, b, c) = (StoreID(0x10), StoreID(0x20), StoreID(0x30))
        func record(
            _ store: StoreID, _ kind: JournalRecord.Kind, _ sequence: UInt64, _ payload: [UInt8] = []
        ) -> JournalRecord {
            JournalRecord(store: store, kind: kind, sequence: SequenceNumber(sequence), payload: payload)
        }
        try await JournalTests.running(journal) {
            try await journal.append([
                record(a, .note, 0, Golden.value("replica note")), record(a, .entry, 41, Golden.value("client entry")),
                record(a, .entry, 42, Golden.value("first entry of an epoch")),
                record(b, .entry, 1, [UInt8](repeating: UInt8(ascii: "x"), count: 4000)),
            ])
            try await journal.append([
                record(a, .truncate, 41), record(b, .reset, 9), record(b, .entry, 10, Array("y".utf8)),
                record(c, .note, 0, Array("gone".utf8)), record(c, .forget, 0),
            ])
        }
        let golden = Golden.file("journal.log")
        let written = try #require(drive.bytes(of: Self.path))
        #expect(golden.count == 16_384 && Array(written.prefix(golden.count)) == golden)
        #expect(written.dropFirst(golden.count).allSatisfy { $0 == 0 })
    }

    /// A later segment refers to the group before it.
    @Test func aLaterSegmentsFirstBlock() throws {
        let block = SegmentSuperblock(
            identity: Self.identity, number: 9, nonce: 0xABCDEF, firstGroup: 77, previousGroupChecksum: 0xCAFE)
        #expect(block.encoded() == Golden.value("segment superblock"))
        #expect(try SegmentSuperblock(Golden.value("segment superblock")) == block)
    }
}
