import Core
import TestSupport
import Testing

@testable import Replication

/// Against `Tests/Golden/values.txt`, which a script wrote from the tables in `Replication.md`.
@Suite("Replication, golden bytes")
struct ReplicationGoldenTests {
    private static let node = NodeID(high: 0x2122_2324_2526_2728, low: 0x3132_3334_3536_3738)
    private static let members = (1...3 as ClosedRange<UInt64>).map { number in
        Member(node: node, drive: DriveID(high: 0xD0 + number, low: number), incarnation: 0xA0 + number)
    }
    private static let record = ShardRecord(
        shard: ShardID(3), lowerBound: [0x40], upperBound: [0x80, 0], epoch: Epoch(7), leader: members[1],
        members: Array(members.prefix(2)), heirs: [members[2]], minMembers: 2)
    private static let entry = LogEntry(
        kind: .client, epoch: Epoch(6), sequence: SequenceNumber(41), previousEpoch: Epoch(5),
        request: RequestID(session: 0x1122_3344_5566_7788, slot: 255, counter: 9), applyVersion: 1,
        leaderTime: WallTime(milliseconds: 1_700_000_000_123), command: [2] + Array("put".utf8))
    private static let firstEntry = LogEntry(
        kind: .newEpoch, epoch: Epoch(7), sequence: SequenceNumber(42), previousEpoch: Epoch(6))
    private static let note = DurableNote(
        record: record, wasMember: true, isUnsure: true, promotedFrom: Epoch(7), checkpoint: position(5, 40))
    private static let checkpoint = CheckpointID(epoch: Epoch(7), number: 3)

    private static func position(_ epoch: UInt64, _ sequence: UInt64) -> LogPosition {
        LogPosition(epoch: Epoch(epoch), sequence: SequenceNumber(sequence))
    }

    private static var report: TailReport {
        var log = LogOutline(start: position(5, 40))
        log.append(position(6, 41))
        log.append(position(7, 42))
        return TailReport(log: log, committed: SequenceNumber(41), hasRows: true)
    }

    private static var learning: TailReport {
        TailReport(log: LogOutline(), committed: .zero, hasRows: false, installing: checkpoint, nextChunk: 5)
    }

    /// Decodes the golden bytes to the value, and encodes the value to the golden bytes.
    private static func check<Value: Equatable>(
        _ name: String, _ expected: Value, encode: (Value, inout ByteWriter) -> Void,
        decode: (inout ByteReader) throws(CodecError) -> Value
    ) {
        let golden = Golden.value(name)
        var reader = ByteReader(golden)
        do throws(CodecError) {
            let value = try decode(&reader)
            #expect(value == expected && reader.isAtEnd, "\(name)")
        } catch {
            Issue.record("\(name): \(error)")
        }
        var writer = ByteWriter()
        encode(expected, &writer)
        #expect(writer.bytes == golden, "\(name)")
        // Every byte counts, and none may be missing.
        for length in 0..<golden.count {
            var short = ByteReader(Array(golden.prefix(length)))
            #expect(throws: CodecError.self) { try decode(&short) }
        }
    }

    @Test func recordsAndNotes() {
        Self.check("shard record", Self.record) {
            $0.encode(to: &$1)
        } decode: { (reader) throws(CodecError) in
            try ShardRecord(from: &reader)
        }
        let last = ShardRecord(
            shard: ShardID(4), lowerBound: [0xC0], upperBound: nil, epoch: Epoch(1), leader: Self.members[0],
            members: [Self.members[0]], minMembers: 1)
        Self.check("last shard record", last) {
            $0.encode(to: &$1)
        } decode: { (reader) throws(CodecError) in
            try ShardRecord(from: &reader)
        }
        Self.check("note", Self.note) {
            $0.encode(to: &$1)
        } decode: { (reader) throws(CodecError) in
            try DurableNote(from: &reader)
        }
        Self.check("note of a learner", DurableNote.learner) {
            $0.encode(to: &$1)
        } decode: {
            (reader) throws(CodecError) in
            try DurableNote(from: &reader)
        }
    }

    @Test func entries() {
        for (name, entry) in [("client entry", Self.entry), ("first entry of an epoch", Self.firstEntry)] {
            Self.check(name, entry) {
                $0.encode(to: &$1)
            } decode: { (reader) throws(CodecError) in
                try LogEntry(from: &reader)
            }
            #expect(entry.encodedSizeBytes == Golden.value(name).count)
        }
        let claim = DigestClaim(sequence: SequenceNumber(40_000), digest: Array(0..<8))
        Self.check("digest claim", claim) {
            $0.encode(to: &$1)
        } decode: { (reader) throws(CodecError) in
            try DigestClaim(from: &reader)
        }
    }

    @Test func aFlippedBitInAnEntryIsNoticed() {
        let golden = Golden.value("client entry")
        for place in golden.indices {
            for bit in 0..<8 {
                var bytes = golden
                bytes[place] ^= 1 << bit
                var reader = ByteReader(bytes)
                #expect(throws: CodecError.self) { try LogEntry(from: &reader) }
            }
        }
    }

    private static let bodies: [(name: String, body: ReplicaMessage.Body)] = [
        ("announce", .announce(record, stream: 8)),
        ("greet", .greet(stream: 8, report, generation: 99)),
        ("greet of a learner", .greet(stream: 8, learning, generation: 99)),
        (
            "append",
            .append(
                stream: 8, previous: position(5, 40), entries: [entry, firstEntry], committed: SequenceNumber(41))
        ),
        ("acknowledge", .acknowledge(stream: 8, durable: SequenceNumber(42), generation: 99, unsureNonce: 77)),
        (
            "acknowledge of a sure one",
            .acknowledge(stream: 8, durable: SequenceNumber(42), generation: 99, unsureNonce: nil)
        ),
        ("mismatch", .mismatch(stream: 8, report)), ("superseded", .superseded(record)),
        ("release", .release(record, .stalled)), ("ask tail", .askTail(record, nonce: 77)),
        ("tail", .tail(nonce: 77, last: position(7, 42), isSure: true)),
        ("confirm", .confirm(nonce: 77, through: position(7, 42))), ("resign", .resign(.stalled)),
        (
            "chunk",
            .chunk(
                stream: 8, checkpoint, position: position(5, 40), index: 6, bytes: Array("rows of a piece".utf8),
                checksum: CRC32C.of(Array("rows of a piece".utf8)), isLast: true)
        ),
        ("chunk acknowledge", .chunkAcknowledge(stream: 8, checkpoint, next: 7)),
        ("ask retire", .askRetire(committed: position(7, 41))), ("may retire", .mayRetire), ("dismiss", .dismiss),
        ("halted", .halted(.committedEntryConflicts)), ("no stream", .noStream(stream: 8)),
    ]

    @Test(arguments: 0..<20) func messages(number: Int) {
        let (name, body) = Self.bodies[number]
        let message = ReplicaMessage(
            shard: ShardID(3), epoch: Epoch(7), from: Self.members[1], to: Self.members[0], body: body)
        Self.check("message: \(name)", message) {
            $0.encode(to: &$1)
        } decode: { (reader) throws(CodecError) in
            try ReplicaMessage(from: &reader)
        }
    }

    @Test func leaseMessages() {
        for (name, message) in [
            ("beacon", LeaseMessage.beacon(process: 0x5151, number: 4)),
            ("beacon answer", .answer(process: 0x5151, number: 4, generation: 99)),
        ] {
            Self.check(name, message) {
                $0.encode(to: &$1)
            } decode: { (reader) throws(CodecError) in
                try LeaseMessage(from: &reader)
            }
        }
    }

    @Test(arguments: ["shard record", "note", "client entry", "beacon", "message: announce"])
    func aNewerVersionIsToldFromDamage(name: String) {
        var bytes = Golden.value(name)
        bytes[0] = 2
        var reader = ByteReader(bytes)
        #expect(throws: CodecError.newerVersion(2)) {
            switch name {
            case "shard record": _ = try ShardRecord(from: &reader)
            case "note": _ = try DurableNote(from: &reader)
            case "client entry": _ = try LogEntry(from: &reader)
            case "beacon": _ = try LeaseMessage(from: &reader)
            default: _ = try ReplicaMessage(from: &reader)
            }
        }
    }
}
