import Core
import Journal
import Replication
import TestSupport
import Testing

@testable import Node

/// After a torn tail nobody on the drive may believe to be sure of its log, whatever happens next.
@Suite struct TornJournalTests {
    private static let identity = DriveIdentity(
        cluster: ClusterID(high: 1, low: 2), drive: DriveID(high: 3, low: 4))
    private static let stores = [StoreID(1), StoreID(2), StoreID(3)]

    private static func open(_ drive: SimulatedDrive) async throws -> (journal: Journal, condition: JournalCondition) {
        try await Journal.open(
            drive, identity: identity, configuration: .init(segmentBytes: 512 << 10, groupBytes: 256 << 10),
            entropy: SeededEntropy(seed: 5))
    }

    private static func running(_ journal: Journal, _ body: () async throws -> Void) async rethrows {
        async let writer: Void = journal.run()
        defer { journal.close() }
        try await body()
        journal.close()
        await writer
    }

    private static func note() -> ReplicaNote {
        let member = Member(node: NodeID(high: 1, low: 1), drive: identity.drive, incarnation: 9)
        let record = ShardRecord(
            shard: ShardID(1), lowerBound: [], upperBound: nil, epoch: Epoch(1), leader: member, members: [member],
            minMembers: 1)
        return ReplicaNote(shard: ShardID(1), incarnation: 9, note: .founding(record))
    }

    /// A drive with three members and a learner, whose last group was damaged.
    private static func tornDrive() async throws -> SimulatedDrive {
        let drive = SimulatedDrive()
        let (journal, _) = try await open(drive)
        try await running(journal) {
            for store in stores {
                try await journal.append([
                    JournalRecord(store: store, kind: .note, sequence: .zero, payload: note().encoded())
                ])
            }
            var learner = note()
            learner.note = .learner
            try await journal.append([
                JournalRecord(store: StoreID(4), kind: .note, sequence: .zero, payload: learner.encoded())
            ])
            try await journal.append([
                JournalRecord(store: stores[0], kind: .entry, sequence: SequenceNumber(1), payload: [1, 2, 3])
            ])
        }
        // The first block is the superblock's, then each group has one.
        drive.flipBit(in: "journal/0000000000000001.log", at: 5 * 4096 + 70)
        return drive
    }

    private static func areUnsure(_ journal: Journal) throws -> [Bool] {
        try stores.map { try ReplicaNote(journal.note(of: $0) ?? []).note.isUnsure }
    }

    @Test func allMembersAreUnsureAfterwards() async throws {
        let (journal, condition) = try await Self.open(try await Self.tornDrive())
        #expect(condition == .torn)
        try await Self.running(journal) { try await ReplicaNote.markAllUnsure(in: journal) }
        #expect(try Self.areUnsure(journal) == [true, true, true])
        #expect(try !ReplicaNote(journal.note(of: StoreID(4)) ?? []).note.isUnsure, "a learner promotes never")
    }

    /// The next group takes the place of the torn one. If it told of one replica only, a crash behind it would leave the
    /// others sure of logs that had been cut.
    @Test func noCrashLeavesSomeOfThemSure() async throws {
        for stop in 0..<4 {
            for seed in 0..<8 as Range<UInt64> {
                let drive = try await Self.tornDrive()
                let (journal, _) = try await Self.open(drive)
                drive.stop(after: stop)
                // The drive stops on the way, or not; what was written counts.
                await Self.running(journal) { _ = try? await ReplicaNote.markAllUnsure(in: journal) }
                let (again, condition) = try await Self.open(drive.crashed(seed: seed))
                let unsure = try Self.areUnsure(again)
                #expect(condition == .torn || unsure.allSatisfy { $0 }, "stop \(stop) seed \(seed): \(unsure)")
            }
        }
    }
}
