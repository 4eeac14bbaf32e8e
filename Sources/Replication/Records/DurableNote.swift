public import Core

/// What a replica must remember besides its log: the last note written counts, as a whole.
public struct DurableNote: Hashable, Sendable {
    /// The highest shard record adopted; nil only for a learner that has not been greeted yet.
    public var record: ShardRecord?
    /// A record that listed this very store has been adopted at some time: it is not (or no longer) a learner.
    public var wasMember: Bool
    /// Something was cut from the log at a restart, and no leader has confirmed the tail since. Such a replica
    /// promotes only under the rule for tails that cannot be trusted.
    public var isUnsure: Bool
    /// The epoch from which it has decided to promote itself. It acknowledges nothing more in that epoch.
    public var promotedFrom: Epoch?
    /// The checkpoint that the log continues; nil for a founder, and for a learner that has none installed.
    public var checkpoint: LogPosition?

    public init(
        record: ShardRecord?, wasMember: Bool, isUnsure: Bool = false, promotedFrom: Epoch? = nil,
        checkpoint: LogPosition? = nil
    ) {
        self.record = record
        self.wasMember = wasMember
        self.isUnsure = isUnsure
        self.promotedFrom = promotedFrom
        self.checkpoint = checkpoint
    }

    /// The note of each member of a new shard, to be made durable before the directory shows the record.
    public static func founding(_ record: ShardRecord) -> DurableNote { DurableNote(record: record, wasMember: true) }

    /// The note of a fresh, empty store that is to learn.
    public static let learner = DurableNote(record: nil, wasMember: false)

    static let version: UInt16 = 1

    public func encode(to writer: inout ByteWriter) {
        writer.write(Self.version)
        writer.write(optional: record) { $1.encode(to: &$0) }
        writer.write(wasMember)
        writer.write(isUnsure)
        writer.write(optional: promotedFrom) { $1.encode(to: &$0) }
        writer.write(optional: checkpoint) { $1.encode(to: &$0) }
    }

    public init(from reader: inout ByteReader) throws(CodecError) {
        let version = try reader.read(UInt16.self)
        guard version >= 1 else { throw .field("note version") }
        guard version <= Self.version else { throw .newerVersion(version) }
        record = try reader.readOptional { (reader) throws(CodecError) in try ShardRecord(from: &reader) }
        wasMember = try reader.readBool()
        isUnsure = try reader.readBool()
        promotedFrom = try reader.readOptional { (reader) throws(CodecError) in try Epoch(from: &reader) }
        checkpoint = try reader.readOptional { (reader) throws(CodecError) in try LogPosition(from: &reader) }
    }
}
