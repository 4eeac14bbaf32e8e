public import Core

/// A drive as placement sees it.
public struct PlacementDrive: Hashable, Sendable {
    public var id: DriveID
    /// Relative share of the data; usually its size.
    public var weight: Double
    /// Drives of one zone may fail together.
    public var zone: String

    public init(id: DriveID, weight: Double = 1, zone: String = "") {
        self.id = id
        self.weight = weight
        self.zone = zone
    }
}

/// First placement of a pool's groups. Pure: the same drives give the same table.
public enum GroupPlacement {
    /// Rows of `width` distinct drives each, so that every drive holds a share by its weight, every drive holds every
    /// fragment index about equally often, and a zone holds at most `perZone` fragments of a row where that can be.
    /// - Returns: nil if there are fewer drives than a row needs.
    public static func table(
        drives: [PlacementDrive], width: Int, groups: Int, perZone: Int
    ) -> [[DriveID]]? {
        guard drives.count >= width, width > 0 else { return nil }
        let drives = drives.sorted { $0.id < $1.id }
        var load = [Double](repeating: 0, count: drives.count)
        /// How often each drive holds each fragment index.
        var held = [[Int]](repeating: [Int](repeating: 0, count: width), count: drives.count)
        var table: [[DriveID]] = []
        for group in 0..<groups {
            var chosen: [Int] = []
            var zones: [String: Int] = [:]
            while chosen.count < width {
                let free = drives.indices.filter { !chosen.contains($0) }
                let allowed = free.filter { zones[drives[$0].zone, default: 0] < perZone }
                // Where zones cannot be kept apart, a drive of a full zone is better than none.
                let candidates = allowed.isEmpty ? free : allowed
                guard
                    let best = candidates.min(by: { left, right in
                        (load[left], rank(group, left, drives.count)) < (load[right], rank(group, right, drives.count))
                    })
                else { return nil }
                chosen.append(best)
                zones[drives[best].zone, default: 0] += 1
                load[best] += 1 / max(drives[best].weight, .leastNormalMagnitude)
            }
            table.append(assign(chosen, group: group, &held).map { drives[$0].id })
        }
        return table
    }

    /// Which of a row's drives holds which fragment index: each index goes to the drive that has held it least, so that
    /// parity, which is not read as a rule, lies on every drive as often as data. The index that chooses first rotates.
    private static func assign(_ chosen: [Int], group: Int, _ held: inout [[Int]]) -> [Int] {
        var row = [Int](repeating: 0, count: chosen.count)
        var left = chosen
        for turn in chosen.indices {
            let index = (turn + group) % chosen.count
            guard let place = left.indices.min(by: { held[left[$0]][index] < held[left[$1]][index] }) else { break }
            row[index] = left.remove(at: place)
            held[row[index]][index] += 1
        }
        return row
    }

    /// Ties between equally loaded drives go round, so that neighbours differ from row to row.
    private static func rank(_ group: Int, _ drive: Int, _ count: Int) -> Int { (drive + group) % count }

    /// `count` drives for the replicas of a shard: the least loaded ones, ties by ID.
    /// - Parameter load: replicas that each drive holds already.
    public static func replicas(
        count: Int, drives: [PlacementDrive], load: [DriveID: Int]
    ) -> [DriveID] {
        let ordered = drives.sorted {
            (Double(load[$0.id, default: 0]) / $0.weight, $0.id) < (Double(load[$1.id, default: 0]) / $1.weight, $1.id)
        }
        return ordered.prefix(count).map(\.id)
    }
}
