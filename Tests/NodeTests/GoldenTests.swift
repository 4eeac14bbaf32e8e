import Core
import Replication
import TestSupport
import Testing

@testable import Node

/// Against `Tests/Golden/values.txt`, which a script wrote from the format page.
@Suite("Node, golden bytes")
struct NodeGoldenTests {
    @Test func theLabelOfADrive() throws {
        let label = DriveLabel(
            cluster: ClusterID(high: 0x0102_0304_0506_0708, low: 0x1112_1314_1516_1718),
            drive: DriveID(high: 0xD1, low: 1), node: NodeID(high: 0x2122_2324_2526_2728, low: 0x3132_3334_3536_3738))
        #expect(label.encoded() == Golden.value("drive file"))
        #expect(try DriveLabel(Golden.value("drive file")) == label)
    }

    @Test func theNoteOfAReplica() throws {
        var reader = ByteReader(Golden.value("note"))
        let note = ReplicaNote(shard: ShardID(3), incarnation: 0xA2, note: try DurableNote(from: &reader))
        #expect(note.encoded() == Golden.value("replica note"))
        #expect(try ReplicaNote(Golden.value("replica note")) == note)
    }

    @Test func quarantineMarks() {
        for (name, replica) in [
            (
                "quarantine mark",
                QuarantinedReplica(shard: ShardID(3), incarnation: 0xA2, reason: "its note cannot be read")
            ),
            (
                "quarantine mark of an unknown shard",
                QuarantinedReplica(shard: nil, incarnation: nil, reason: "its note cannot be read")
            ),
        ] {
            #expect(QuarantineMark.encoded(replica) == Golden.value(name))
            #expect(QuarantineMark.decode(Golden.value(name)) == replica)
        }
        #expect(QuarantineMark.path(StoreID(0xAB)) == "quarantine/000000ab")
        #expect(QuarantineMark.store(ofFile: "000000ab") == StoreID(0xAB))
    }
}
