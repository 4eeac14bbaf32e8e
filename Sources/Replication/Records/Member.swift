public import Core

/// One copy of a shard: a store (rows and log) on a drive of a node.
///
/// The incarnation names the *store*, not the drive: it is drawn at random when the store is made (by the founder of a
/// shard, or for each session of a learner) and never changes. A drive that lost its store and learned again is
/// therefore another member, and a record that still lists the old incarnation gives the new store no rights.
public struct Member: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let node: NodeID
    public let drive: DriveID
    public let incarnation: UInt64

    public init(node: NodeID, drive: DriveID, incarnation: UInt64) {
        self.node = node
        self.drive = drive
        self.incarnation = incarnation
    }

    public static func < (left: Member, right: Member) -> Bool {
        (left.node, left.drive, left.incarnation) < (right.node, right.drive, right.incarnation)
    }

    public var description: String { "\(node)/\(drive)/\(incarnation)" }

    public func encode(to writer: inout ByteWriter) {
        node.encode(to: &writer)
        drive.encode(to: &writer)
        writer.write(incarnation)
    }

    public init(from reader: inout ByteReader) throws(CodecError) {
        node = try NodeID(from: &reader)
        drive = try DriveID(from: &reader)
        incarnation = try reader.read()
    }
}
