public import Core

/// What the directory says about one metadata shard. Written by compare-and-swap only, from one epoch to the next.
///
/// Invariants: `members` holds `leader`; members and heirs are disjoint and sorted; `minMembers` ≥ 1.
public struct ShardRecord: Hashable, Sendable {
    public var shard: ShardID
    /// First key of the range, inclusive.
    public var lowerBound: [UInt8]
    /// End of the range, exclusive; nil: no end.
    public var upperBound: [UInt8]?
    public var epoch: Epoch
    public var leader: Member
    /// All replicas that an entry must reach before it commits, the leader among them.
    public var members: [Member]
    /// Replicas dropped when few were left. Each keeps its store until it is a member again or this no longer names it.
    public var heirs: [Member]
    /// Below this number of members nothing commits.
    public var minMembers: UInt8

    public init(
        shard: ShardID, lowerBound: [UInt8], upperBound: [UInt8]?, epoch: Epoch, leader: Member, members: [Member],
        heirs: [Member] = [], minMembers: UInt8
    ) {
        self.shard = shard
        self.lowerBound = lowerBound
        self.upperBound = upperBound
        self.epoch = epoch
        self.leader = leader
        self.members = members.sorted()
        self.heirs = heirs.sorted()
        self.minMembers = minMembers
    }

    public func isMember(_ member: Member) -> Bool { members.contains(member) }
    public func isHeir(_ member: Member) -> Bool { heirs.contains(member) }

    static let version: UInt16 = 1

    public func encode(to writer: inout ByteWriter) {
        writer.write(Self.version)
        shard.encode(to: &writer)
        epoch.encode(to: &writer)
        writer.write(lowerBound)
        writer.write(optional: upperBound) { $0.write($1) }
        leader.encode(to: &writer)
        writer.write(list: members) { $1.encode(to: &$0) }
        writer.write(list: heirs) { $1.encode(to: &$0) }
        writer.write(minMembers)
    }

    public init(from reader: inout ByteReader) throws(CodecError) {
        let version = try reader.read(UInt16.self)
        guard version >= 1 else { throw .field("shard record version") }
        guard version <= Self.version else { throw .newerVersion(version) }
        shard = try ShardID(from: &reader)
        epoch = try Epoch(from: &reader)
        lowerBound = try reader.readBytes()
        upperBound = try reader.readOptional { (reader) throws(CodecError) in try reader.readBytes() }
        leader = try Member(from: &reader)
        members = try reader.readList { (reader) throws(CodecError) in try Member(from: &reader) }
        heirs = try reader.readList { (reader) throws(CodecError) in try Member(from: &reader) }
        minMembers = try reader.read()
        guard minMembers >= 1, members.contains(leader), isStrictlySorted(members), isStrictlySorted(heirs),
            !heirs.contains(where: members.contains)
        else { throw .field("shard record members") }
    }
}

private func isStrictlySorted(_ members: [Member]) -> Bool { zip(members, members.dropFirst()).allSatisfy { $0 < $1 } }
