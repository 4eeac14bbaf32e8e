import Core
import Directory
import TestSupport
import Testing

/// Against `Tests/Golden/values.txt`, which a script wrote from the format page.
@Suite("Directory, golden bytes")
struct DirectoryGoldenTests {
    @Test func theFile() throws {
        let file = DirectoryFile(
            cluster: ClusterID(high: 0x0102_0304_0506_0708, low: 0x1112_1314_1516_1718), generation: 12,
            startID: 0x0123_4567_89AB_CDEF,
            voters: (1...3 as ClosedRange<UInt64>).map { DriveID(high: 0xD0 + $0, low: $0) }, tolerance: 1,
            records: [
                ConfigRecord(key: "cluster", value: [1, 2], revision: 1),
                ConfigRecord(key: "shard/00000003", value: Golden.value("shard record"), revision: 12),
                ConfigRecord(key: "ä", value: [], revision: 5),
            ])
        #expect(file.encoded() == Golden.value("directory file"))
        #expect(try DirectoryFile(Golden.value("directory file")) == file)
    }
}
