import Core
import Placement
import Testing

@Suite struct GroupPlacementTests {
    private static func drives(_ count: Int) -> [PlacementDrive] {
        (1...count).map { PlacementDrive(id: DriveID(high: 7, low: UInt64($0))) }
    }

    /// Parity is not read as a rule: if it always lay on the same drives, those would serve nothing.
    @Test(arguments: [(6, 6), (7, 6), (8, 6), (12, 12), (16, 12), (4, 4), (3, 3), (2, 2)])
    func everyDriveHoldsEveryFragmentIndexAboutEquallyOften(count: Int, width: Int) throws {
        let groups = 64
        let table = try #require(
            GroupPlacement.table(drives: Self.drives(count), width: width, groups: groups, perZone: width))
        #expect(table.count == groups)
        let fair = Double(groups) / Double(count)
        for drive in Self.drives(count) {
            for index in 0..<width {
                let held = table.count { $0[index] == drive.id }
                #expect(
                    abs(Double(held) - fair) <= max(2, fair / 3), "drive \(drive.id.low) holds \(index) \(held) times")
            }
            let rows = table.count { $0.contains(drive.id) }
            #expect(abs(Double(rows) - fair * Double(width)) <= 1, "drive \(drive.id.low) is in \(rows) rows")
        }
    }

    @Test func aRowNamesEachDriveOnce() throws {
        let table = try #require(GroupPlacement.table(drives: Self.drives(9), width: 6, groups: 128, perZone: 6))
        #expect(table.allSatisfy { Set($0).count == 6 })
    }

    @Test func aZoneHoldsNoMoreThanItMay() throws {
        var drives = Self.drives(6)
        for index in drives.indices { drives[index].zone = ["a", "b", "c"][index / 2] }
        let zones = Dictionary(uniqueKeysWithValues: drives.map { ($0.id, $0.zone) })
        for (width, perZone) in [(3, 1), (4, 2), (6, 2)] {
            let table = try #require(GroupPlacement.table(drives: drives, width: width, groups: 32, perZone: perZone))
            for row in table {
                #expect(Dictionary(grouping: row) { zones[$0] }.values.allSatisfy { $0.count <= perZone })
            }
        }
    }

    @Test func aLargerDriveHoldsMore() throws {
        var drives = Self.drives(4)
        drives[0].weight = 2
        let table = try #require(GroupPlacement.table(drives: drives, width: 2, groups: 100, perZone: 2))
        let rows = drives.map { drive in table.count { $0.contains(drive.id) } }
        #expect(rows == [80, 40, 40, 40])
    }

    @Test func fewerDrivesThanARowNeedsIsNoTable() {
        #expect(GroupPlacement.table(drives: Self.drives(3), width: 4, groups: 8, perZone: 4) == nil)
    }
}
