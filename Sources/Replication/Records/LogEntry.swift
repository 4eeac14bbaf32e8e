public import Core

/// Names a client's request: one of the 256 slots of a session that a gateway opened with the shard, and how often the
/// slot was used. The replicated state holds the last counter and result of each slot, so that a retry is answered with
/// the stored result and never applied twice.
public struct RequestID: Hashable, Sendable {
    public var session: UInt64
    public var slot: UInt16
    public var counter: UInt64

    public init(session: UInt64, slot: UInt16, counter: UInt64) {
        self.session = session
        self.slot = slot
        self.counter = counter
    }

    /// For entries that no client asked for.
    public static let none = RequestID(session: 0, slot: 0, counter: 0)
}

/// What an entry is for. The numbers are part of the format.
public enum EntryKind: UInt8, Sendable {
    /// A command for the rows; applied by the domain.
    case client = 1
    /// First entry of a leadership. Changes no row; once it is committed and applied the leader serves.
    case newEpoch = 2
    /// The leader's digest of the rows as of an earlier sequence (see `DigestClaim`); changes no row.
    case digest = 3
}

/// One entry of a shard's replicated log.
///
/// Entry format 1, little-endian: version u16, kind u8, epoch u64, sequence u64, previous epoch u64, session u64,
/// slot u16, counter u64, apply version u16, leader's time u64 (ms since 1970), command length u32, command, CRC-32C of
/// everything before it u32.
public struct LogEntry: Hashable, Sendable {
    public let kind: EntryKind
    /// The epoch in which it was made. Sending it again in a later epoch does not change it.
    public let epoch: Epoch
    public let sequence: SequenceNumber
    /// The epoch of the entry before it: with `epoch` and `sequence` this makes equal positions mean equal logs.
    public let previousEpoch: Epoch
    public let request: RequestID
    /// The version of the domain's rules by which every replica applies it.
    public let applyVersion: UInt16
    /// The leader's time of day when it was proposed; apply never reads a clock.
    public let leaderTime: WallTime
    public let command: [UInt8]
    /// CRC-32C over all else, in encoded form.
    public let checksum: UInt32

    public init(
        kind: EntryKind, epoch: Epoch, sequence: SequenceNumber, previousEpoch: Epoch, request: RequestID = .none,
        applyVersion: UInt16 = 0, leaderTime: WallTime = WallTime(milliseconds: 0), command: [UInt8] = []
    ) {
        self.kind = kind
        self.epoch = epoch
        self.sequence = sequence
        self.previousEpoch = previousEpoch
        self.request = request
        self.applyVersion = applyVersion
        self.leaderTime = leaderTime
        self.command = command
        var writer = ByteWriter(reserving: Self.fixedSizeBytes + command.count)
        Self.write(
            kind, epoch, sequence, previousEpoch, request, applyVersion, leaderTime, command, to: &writer)
        self.checksum = CRC32C.of(writer.bytes)
    }

    public var position: LogPosition { LogPosition(epoch: epoch, sequence: sequence) }
    public var previous: LogPosition {
        LogPosition(epoch: previousEpoch, sequence: SequenceNumber(sequence.rawValue - 1))
    }

    static let version: UInt16 = 1
    static let fixedSizeBytes = 2 + 1 + 8 * 3 + 8 + 2 + 8 + 2 + 8 + 4 + 4

    /// Length in encoded form.
    public var encodedSizeBytes: Int { Self.fixedSizeBytes + command.count }

    private static func write(
        _ kind: EntryKind, _ epoch: Epoch, _ sequence: SequenceNumber, _ previousEpoch: Epoch, _ request: RequestID,
        _ applyVersion: UInt16, _ leaderTime: WallTime, _ command: [UInt8], to writer: inout ByteWriter
    ) {
        writer.write(version)
        writer.write(kind.rawValue)
        epoch.encode(to: &writer)
        sequence.encode(to: &writer)
        previousEpoch.encode(to: &writer)
        writer.write(request.session)
        writer.write(request.slot)
        writer.write(request.counter)
        writer.write(applyVersion)
        writer.write(leaderTime.milliseconds)
        writer.write(command)
    }

    public func encode(to writer: inout ByteWriter) {
        Self.write(kind, epoch, sequence, previousEpoch, request, applyVersion, leaderTime, command, to: &writer)
        writer.write(checksum)
    }

    /// Throws for a wrong checksum too.
    public init(from reader: inout ByteReader) throws(CodecError) {
        let begin = reader.offset
        let version = try reader.read(UInt16.self)
        guard version >= 1 else { throw .field("entry version") }
        guard version <= Self.version else { throw .newerVersion(version) }
        guard let kind = EntryKind(rawValue: try reader.read()) else { throw .field("entry kind") }
        self.kind = kind
        epoch = try Epoch(from: &reader)
        sequence = try SequenceNumber(from: &reader)
        previousEpoch = try Epoch(from: &reader)
        request = RequestID(session: try reader.read(), slot: try reader.read(), counter: try reader.read())
        applyVersion = try reader.read()
        leaderTime = WallTime(milliseconds: try reader.read())
        command = try reader.readBytes()
        let computed = CRC32C.of(reader.bytes[begin..<reader.offset])
        checksum = try reader.read()
        guard checksum == computed else { throw .field("entry checksum") }
        guard sequence.rawValue > 0, previousEpoch <= epoch else { throw .field("entry position") }
    }
}

/// The command of a `digest` entry: what the leader's rows amounted to right after `sequence` was applied.
public struct DigestClaim: Hashable, Sendable {
    public var sequence: SequenceNumber
    public var digest: [UInt8]

    public init(sequence: SequenceNumber, digest: [UInt8]) {
        self.sequence = sequence
        self.digest = digest
    }

    public func encode(to writer: inout ByteWriter) {
        sequence.encode(to: &writer)
        writer.write(digest)
    }

    public init(from reader: inout ByteReader) throws(CodecError) {
        sequence = try SequenceNumber(from: &reader)
        digest = try reader.readBytes()
    }
}
