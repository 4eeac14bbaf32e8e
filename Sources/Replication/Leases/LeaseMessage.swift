public import Core

/// What two nodes say to each other about all their shards at once.
///
/// Format 1, little-endian: version u16, tag u8, process u64, number u64, and in an answer generation u64.
public enum LeaseMessage: Hashable, Sendable {
    /// "I am here." `process` is drawn at random at the sender's start; `number` ascends within it.
    case beacon(process: UInt64, number: UInt64)
    /// "From when this beacon arrived, my replicas wait out the grace." `process` is the asking one.
    case answer(process: UInt64, number: UInt64, generation: UInt64)

    static let version: UInt16 = 1

    public func encode(to writer: inout ByteWriter) {
        writer.write(Self.version)
        switch self {
        case .beacon(let process, let number):
            writer.write(UInt8(1))
            writer.write(process)
            writer.write(number)
        case .answer(let process, let number, let generation):
            writer.write(UInt8(2))
            writer.write(process)
            writer.write(number)
            writer.write(generation)
        }
    }

    public init(from reader: inout ByteReader) throws(CodecError) {
        let version = try reader.read(UInt16.self)
        guard version >= 1 else { throw .field("lease message version") }
        guard version <= Self.version else { throw .newerVersion(version) }
        switch try reader.read(UInt8.self) {
        case 1: self = .beacon(process: try reader.read(), number: try reader.read())
        case 2:
            self = .answer(process: try reader.read(), number: try reader.read(), generation: try reader.read())
        default: throw .field("lease message tag")
        }
    }
}
