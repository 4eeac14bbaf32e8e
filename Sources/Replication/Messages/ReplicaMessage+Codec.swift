public import Core

/// Message format 1, little-endian: version u16, shard u32, epoch u64, from, to (40 bytes each), tag u8, body.
extension ReplicaMessage {
    static let version: UInt16 = 1

    public func encode(to writer: inout ByteWriter) {
        writer.write(Self.version)
        shard.encode(to: &writer)
        epoch.encode(to: &writer)
        from.encode(to: &writer)
        to.encode(to: &writer)
        body.encode(to: &writer)
    }

    public init(from reader: inout ByteReader) throws(CodecError) {
        let version = try reader.read(UInt16.self)
        guard version >= 1 else { throw .field("message version") }
        guard version <= Self.version else { throw .newerVersion(version) }
        shard = try ShardID(from: &reader)
        epoch = try Epoch(from: &reader)
        from = try Member(from: &reader)
        to = try Member(from: &reader)
        body = try Body(from: &reader)
    }
}

extension TailReport {
    func encode(to writer: inout ByteWriter) {
        log.encode(to: &writer)
        committed.encode(to: &writer)
        writer.write(hasRows)
        writer.write(optional: installing) { $1.encode(to: &$0) }
        writer.write(nextChunk)
    }

    init(from reader: inout ByteReader) throws(CodecError) {
        log = try LogOutline(from: &reader)
        committed = try SequenceNumber(from: &reader)
        hasRows = try reader.readBool()
        installing = try reader.readOptional { (reader) throws(CodecError) in try CheckpointID(from: &reader) }
        nextChunk = try reader.read()
    }
}

extension CheckpointID {
    func encode(to writer: inout ByteWriter) {
        epoch.encode(to: &writer)
        writer.write(number)
    }

    init(from reader: inout ByteReader) throws(CodecError) {
        epoch = try Epoch(from: &reader)
        number = try reader.read()
    }
}

/// The numbers are part of the format; a number is never used again for another meaning.
private enum Tag: UInt8 {
    case announce = 1
    case greet = 2
    case append = 3
    case acknowledge = 4
    case mismatch = 5
    case superseded = 6
    case release = 7
    case askTail = 8
    case tail = 9
    case confirm = 10
    case resign = 11
    case chunk = 12
    case chunkAcknowledge = 13
    case askRetire = 14
    case mayRetire = 15
    case dismiss = 16
    case halted = 17
    case noStream = 18
}

extension ReplicaMessage.Body {
    func encode(to writer: inout ByteWriter) {
        func tag(_ tag: Tag) { writer.write(tag.rawValue) }
        switch self {
        case .announce(let record, let stream):
            tag(.announce)
            record.encode(to: &writer)
            writer.write(stream)
        case .greet(let stream, let report, let generation):
            tag(.greet)
            writer.write(stream)
            report.encode(to: &writer)
            writer.write(generation)
        case .append(let stream, let previous, let entries, let committed):
            tag(.append)
            writer.write(stream)
            previous.encode(to: &writer)
            writer.write(list: entries) { $1.encode(to: &$0) }
            committed.encode(to: &writer)
        case .acknowledge(let stream, let durable, let generation, let unsureNonce):
            tag(.acknowledge)
            writer.write(stream)
            durable.encode(to: &writer)
            writer.write(generation)
            writer.write(optional: unsureNonce) { $0.write($1) }
        case .mismatch(let stream, let report):
            tag(.mismatch)
            writer.write(stream)
            report.encode(to: &writer)
        case .noStream(let stream):
            tag(.noStream)
            writer.write(stream)
        case .superseded(let record):
            tag(.superseded)
            record.encode(to: &writer)
        case .release(let record, let reason):
            tag(.release)
            record.encode(to: &writer)
            writer.write(reason.rawValue)
        case .askTail(let record, let nonce):
            tag(.askTail)
            record.encode(to: &writer)
            writer.write(nonce)
        case .tail(let nonce, let last, let isSure):
            tag(.tail)
            writer.write(nonce)
            last.encode(to: &writer)
            writer.write(isSure)
        case .confirm(let nonce, let through):
            tag(.confirm)
            writer.write(nonce)
            through.encode(to: &writer)
        case .resign(let reason):
            tag(.resign)
            writer.write(reason.rawValue)
        case .chunk(let stream, let checkpoint, let position, let index, let bytes, let checksum, let isLast):
            tag(.chunk)
            writer.write(stream)
            checkpoint.encode(to: &writer)
            position.encode(to: &writer)
            writer.write(index)
            writer.write(bytes)
            writer.write(checksum)
            writer.write(isLast)
        case .chunkAcknowledge(let stream, let checkpoint, let next):
            tag(.chunkAcknowledge)
            writer.write(stream)
            checkpoint.encode(to: &writer)
            writer.write(next)
        case .askRetire(let committed):
            tag(.askRetire)
            committed.encode(to: &writer)
        case .mayRetire: tag(.mayRetire)
        case .dismiss: tag(.dismiss)
        case .halted(let alarm):
            tag(.halted)
            writer.write(alarm.rawValue)
        }
    }

    init(from reader: inout ByteReader) throws(CodecError) {
        guard let tag = Tag(rawValue: try reader.read()) else { throw .field("message tag") }
        switch tag {
        case .announce: self = .announce(try ShardRecord(from: &reader), stream: try reader.read())
        case .greet:
            self = .greet(
                stream: try reader.read(), try TailReport(from: &reader), generation: try reader.read())
        case .append:
            self = .append(
                stream: try reader.read(), previous: try LogPosition(from: &reader),
                entries: try reader.readList { (reader) throws(CodecError) in try LogEntry(from: &reader) },
                committed: try SequenceNumber(from: &reader))
        case .acknowledge:
            self = .acknowledge(
                stream: try reader.read(), durable: try SequenceNumber(from: &reader),
                generation: try reader.read(),
                unsureNonce: try reader.readOptional { (reader) throws(CodecError) in try reader.read() })
        case .mismatch: self = .mismatch(stream: try reader.read(), try TailReport(from: &reader))
        case .noStream: self = .noStream(stream: try reader.read())
        case .superseded: self = .superseded(try ShardRecord(from: &reader))
        case .release:
            let record = try ShardRecord(from: &reader)
            guard let reason = ReleaseReason(rawValue: try reader.read()) else { throw .field("release reason") }
            self = .release(record, reason)
        case .askTail: self = .askTail(try ShardRecord(from: &reader), nonce: try reader.read())
        case .tail:
            self = .tail(
                nonce: try reader.read(), last: try LogPosition(from: &reader), isSure: try reader.readBool())
        case .confirm: self = .confirm(nonce: try reader.read(), through: try LogPosition(from: &reader))
        case .resign:
            guard let reason = ResignReason(rawValue: try reader.read()) else { throw .field("resign reason") }
            self = .resign(reason)
        case .chunk:
            self = .chunk(
                stream: try reader.read(), try CheckpointID(from: &reader), position: try LogPosition(from: &reader),
                index: try reader.read(), bytes: try reader.readBytes(), checksum: try reader.read(),
                isLast: try reader.readBool())
            if case .chunk(_, _, _, _, let bytes, let checksum, _) = self, CRC32C.of(bytes) != checksum {
                throw .field("chunk checksum")
            }
        case .chunkAcknowledge:
            self = .chunkAcknowledge(
                stream: try reader.read(), try CheckpointID(from: &reader), next: try reader.read())
        case .askRetire: self = .askRetire(committed: try LogPosition(from: &reader))
        case .mayRetire: self = .mayRetire
        case .dismiss: self = .dismiss
        case .halted:
            guard let alarm = Alarm(rawValue: try reader.read()) else { throw .field("alarm") }
            self = .halted(alarm)
        }
    }
}
