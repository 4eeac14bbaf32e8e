/// Which of the names that there are was probably meant.
enum NearestName {
    /// The name with the smallest edit distance, the first of several; nil if none is near: more than a third of the
    /// letters, and at least 3, would have to change.
    static func of(_ name: String, in names: [String]) -> String? {
        var best: (name: String, distance: Int)?
        for candidate in names {
            let distance = distance(Array(name.lowercased()), Array(candidate.lowercased()))
            if distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        guard let best, best.distance <= max(3, name.count / 3) else { return nil }
        return best.name
    }

    /// Insertions, deletions and replacements (Wagner and Fischer, "The String-to-String Correction Problem", 1974).
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var row = Array(0...right.count)
        for (leftIndex, leftCharacter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = leftIndex + 1
            for (rightIndex, rightCharacter) in right.enumerated() {
                let replaced = diagonal + (leftCharacter == rightCharacter ? 0 : 1)
                diagonal = row[rightIndex + 1]
                row[rightIndex + 1] = min(replaced, diagonal + 1, row[rightIndex] + 1)
            }
        }
        return row[right.count]
    }
}
