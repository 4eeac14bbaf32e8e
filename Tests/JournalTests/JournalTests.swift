import Core
import Journal
import TestSupport
import Testing

@Suite("Journal")
struct JournalTests {
    static let identity = DriveIdentity(
        cluster: ClusterID(high: 1, low: 2), drive: DriveID(high: 3, low: 4))
    static let small = Journal.Configuration(segmentBytes: 512 << 10, groupBytes: 256 << 10)
    static let store = StoreID(7)

    static func open(
        _ drive: SimulatedDrive, seed: UInt64 = 1
    ) async throws -> (journal: Journal, condition: JournalCondition) {
        try await Journal.open(drive, identity: identity, configuration: small, entropy: SeededEntropy(seed: seed))
    }

    /// Runs the writer beside `body`.
    static func running(_ journal: Journal, _ body: () async throws -> Void) async rethrows {
        async let writer: Void = journal.run()
        do {
            try await body()
        } catch {
            journal.close()
            await writer
            throw error
        }
        journal.close()
        await writer
    }

    static func entry(_ sequence: UInt64, _ payload: [UInt8], store: StoreID = store) -> JournalRecord {
        JournalRecord(store: store, kind: .entry, sequence: SequenceNumber(sequence), payload: payload)
    }

    @Test func entriesNotesAndTruncationsSurvive() async throws {
        let drive = SimulatedDrive()
        let (journal, condition) = try await Self.open(drive)
        #expect(condition == .fresh)
        try await Self.running(journal) {
            try await journal.append([Self.entry(1, [1]), Self.entry(2, [2]), Self.entry(3, [3])])
            try await journal.append([
                JournalRecord(store: Self.store, kind: .truncate, sequence: SequenceNumber(1), payload: []),
                Self.entry(2, [22]),
                JournalRecord(store: Self.store, kind: .note, sequence: .zero, payload: [9, 9]),
            ])
        }
        let (again, found) = try await Self.open(drive.crashed(seed: 3))
        #expect(found == .clean)
        #expect(again.range(of: Self.store) == SequenceNumber(1)...SequenceNumber(2))
        #expect(try await again.read(Self.store, from: SequenceNumber(1)) == [[1], [22]])
        #expect(again.note(of: Self.store) == [9, 9])
    }

    /// The durability claim: whatever `append` reported before a crash is there after it, wherever the crash comes and
    /// whatever becomes of what was not synced. Fails if the segments are opened without `durableWrites`, or if a folder
    /// is not synced after a rename.
    @Test func acknowledgedRecordsSurviveEveryCrashPoint() async throws {
        let total = try await Self.write(to: SimulatedDrive(), keeping: 25, stoppingAfter: nil).operations
        for stop in 0..<total {
            let drive = SimulatedDrive()
            let (acknowledged, _) = try await Self.write(to: drive, keeping: 25, stoppingAfter: stop)
            for seed in 0..<3 as Range<UInt64> {
                let survivor = drive.crashed(seed: seed &+ UInt64(stop) &* 31)
                let (journal, _) = try await Self.open(survivor, seed: 99)
                guard acknowledged > 0 else { continue }
                let range = try #require(journal.range(of: Self.store), "stop \(stop) seed \(seed)")
                #expect(range.upperBound.rawValue >= acknowledged, "stop \(stop) seed \(seed)")
                // Nothing is recycled that the hold of the moment needs.
                let held = acknowledged > 35 ? acknowledged - 25 : 1
                #expect(range.lowerBound.rawValue <= held, "stop \(stop) seed \(seed)")
                let payloads = try await journal.read(Self.store, from: range.lowerBound, maximumBytes: 1 << 30)
                for (offset, payload) in payloads.enumerated() {
                    let sequence = range.lowerBound.rawValue + UInt64(offset)
                    #expect(payload == Self.payload(sequence), "stop \(stop) seed \(seed) sequence \(sequence)")
                }
            }
        }
    }

    private static func payload(_ sequence: UInt64) -> [UInt8] {
        [UInt8](repeating: UInt8(truncatingIfNeeded: sequence), count: 30_000)
    }

    /// Enough entries for several segments, with old ones released on the way.
    private static func write(
        to drive: SimulatedDrive, first: JournalRecord? = nil, keeping kept: UInt64 = 10, stoppingAfter stop: Int?
    ) async throws -> (acknowledged: UInt64, operations: Int) {
        if let stop { drive.stop(after: stop) }
        guard let (journal, _) = try? await open(drive) else { return (0, drive.operations) }
        var acknowledged: UInt64 = 0
        await running(journal) {
            if let first {
                do { try await journal.append([first]) } catch { return }
            }
            for sequence in 1...48 as ClosedRange<UInt64> {
                do {
                    try await journal.append([entry(sequence, payload(sequence))])
                } catch {
                    return
                }
                acknowledged = sequence
                if sequence > kept + 10 { journal.hold(store, for: .rows, from: SequenceNumber(sequence - kept)) }
            }
        }
        return (acknowledged, drive.operations)
    }

    /// A store that writes nothing for a long time has only its note, in whatever segment that may be. Fails if notes are
    /// not carried into new segments.
    @Test func notesSurviveTheRecyclingOfTheirSegment() async throws {
        let note = JournalRecord(store: StoreID(99), kind: .note, sequence: .zero, payload: [4, 2])
        let total = try await Self.write(to: SimulatedDrive(), first: note, stoppingAfter: nil).operations
        for stop in 3..<total {
            let drive = SimulatedDrive()
            let (acknowledged, _) = try await Self.write(to: drive, first: note, stoppingAfter: stop)
            let survivor = drive.crashed(seed: UInt64(stop))
            let (journal, _) = try await Self.open(survivor, seed: 5)
            guard acknowledged > 0 else { continue }
            let range = try #require(journal.range(of: Self.store))
            try await Self.running(journal) {
                for sequence in range.upperBound.rawValue + 1...range.upperBound.rawValue + 40 {
                    try await journal.append([Self.entry(sequence, Self.payload(sequence))])
                    journal.hold(Self.store, for: .rows, from: SequenceNumber(sequence))
                }
            }
            #expect(journal.note(of: StoreID(99)) == [4, 2], "stop \(stop)")
            #expect(try await survivor.list("journal").count { $0.hasSuffix(".log") } <= 4, "nothing was recycled")
            let (again, _) = try await Self.open(survivor.crashed(seed: 1), seed: 6)
            #expect(again.note(of: StoreID(99)) == [4, 2], "stop \(stop)")
        }
    }

    /// A recycled file holds whole groups of its earlier life behind the last one of this life.
    @Test func groupsOfAnEarlierLifeAreNotTaken() async throws {
        let drive = SimulatedDrive()
        let (acknowledged, _) = try await Self.write(to: drive, stoppingAfter: nil)
        let (journal, condition) = try await Self.open(drive, seed: 9)
        #expect(condition == .clean)
        #expect(journal.range(of: Self.store)?.upperBound == SequenceNumber(acknowledged))
    }

    /// The last group of a segment that has a successor cannot be a torn tail, also if it holds nothing that is missed.
    @Test func aLostEndOfAnEarlierSegmentIsDamage() async throws {
        let drive = SimulatedDrive()
        let (journal, _) = try await Self.open(drive)
        // A segment holds its first block and 127 groups of one block.
        try await Self.running(journal) {
            for sequence in 1...126 as ClosedRange<UInt64> { try await journal.append([Self.entry(sequence, [1])]) }
            for payload in 1...2 as ClosedRange<UInt8> {
                try await journal.append([
                    JournalRecord(store: StoreID(99), kind: .note, sequence: .zero, payload: [payload])
                ])
            }
        }
        #expect(try await drive.list("journal").count { $0.hasSuffix(".log") } == 2)
        drive.flipBit(in: "journal/0000000000000001.log", at: 127 * 4096 + 84)
        await #expect(throws: JournalError.self) { try await Self.open(drive) }
    }

    @Test func oldSegmentsAreRecycledAndReadable() async throws {
        let drive = SimulatedDrive()
        let (acknowledged, _) = try await Self.write(to: drive, stoppingAfter: nil)
        #expect(acknowledged == 48)
        let segments = try await drive.list("journal").filter { $0.hasSuffix(".log") }
        #expect(segments.count <= 3)
        #expect(!segments.contains("0000000000000001.log"))
    }

    /// A group that was acknowledged and is damaged, with a later one behind it, is damage and never a torn tail.
    @Test func damageInTheMiddleIsNotATornTail() async throws {
        let drive = SimulatedDrive()
        let (journal, _) = try await Self.open(drive)
        try await Self.running(journal) {
            for sequence in 1...5 as ClosedRange<UInt64> {
                try await journal.append([Self.entry(sequence, [1, 2, 3])])
            }
        }
        // Superblock, then one block a group: the second group's payload.
        drive.flipBit(in: "journal/0000000000000001.log", at: 2 * 4096 + 85)
        await #expect(throws: JournalError.self) { try await Self.open(drive) }
    }

    @Test(arguments: [70, 8, 0, 60])
    func damageInTheLastGroupMakesItTorn(offset: Int) async throws {
        let drive = SimulatedDrive()
        let (journal, _) = try await Self.open(drive)
        try await Self.running(journal) {
            for sequence in 1...3 as ClosedRange<UInt64> {
                try await journal.append([Self.entry(sequence, [1, 2, 3])])
            }
        }
        drive.flipBit(in: "journal/0000000000000001.log", at: 3 * 4096 + offset)
        let (again, condition) = try await Self.open(drive)
        #expect(condition == .torn)
        #expect(again.range(of: Self.store)?.upperBound == SequenceNumber(2))
    }

    @Test func foreignAndMissingSegmentsAreRefused() async throws {
        let drive = SimulatedDrive()
        let (acknowledged, _) = try await Self.write(to: drive, stoppingAfter: nil)
        #expect(acknowledged > 0)
        let other = DriveIdentity(cluster: ClusterID(high: 5, low: 5), drive: Self.identity.drive)
        await #expect(throws: JournalError.self) {
            try await Journal.open(drive, identity: other, configuration: Self.small, entropy: SeededEntropy(seed: 1))
        }
        let segments = try await drive.list("journal").filter { $0.hasSuffix(".log") }
        try await drive.remove("journal/\(segments[1])")
        await #expect(throws: JournalError.self) { try await Self.open(drive) }
    }

    @Test func aFailedWriteEndsTheJournal() async throws {
        let drive = SimulatedDrive()
        let (journal, _) = try await Self.open(drive)
        try await Self.running(journal) {
            try await journal.append([Self.entry(1, [1])])
            drive.fail(with: .inputOutput(5))
            await #expect(throws: JournalError.failed(.inputOutput(5))) {
                try await journal.append([Self.entry(2, [2])])
            }
            drive.fail(with: nil)
            // What the disk holds now is unknown: a failed sync is never tried again.
            await #expect(throws: JournalError.failed(.inputOutput(5))) {
                try await journal.append([Self.entry(2, [2])])
            }
        }
    }
}
