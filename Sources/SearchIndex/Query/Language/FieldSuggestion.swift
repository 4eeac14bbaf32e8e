/// What a name that is no field was probably meant to be.
enum FieldSuggestion {
    /// Names that other programs have for the same.
    private static let synonyms: [(String, String)] = [
        ("filename", "name"), ("file", "name"), ("basename", "name"), ("extension", "ext"), ("suffix", "ext"),
        ("content-type", "type"), ("contenttype", "type"), ("content_type", "type"), ("mime", "type"),
        ("mimetype", "type"), ("date", "modified"), ("mtime", "modified"), ("last-modified", "modified"),
        ("last_modified", "modified"), ("lastmodified", "modified"), ("updated", "modified"), ("prefix", "path"),
        ("folder", "path"), ("dir", "path"), ("directory", "path"), ("in", "path"), ("bytes", "size"),
        ("length", "size"), ("content-length", "size"), ("storageclass", "class"), ("storage-class", "class"),
        ("storage_class", "class"), ("versionid", "version"), ("version-id", "version"), ("instance", "version"),
        ("md5", "etag"), ("object", "key"), ("user", "owner"),
    ]

    static func nearest(to name: String) -> String? {
        let lowered = name.lowercased()
        if let (_, field) = synonyms.first(where: { $0.0 == lowered }) { return field }
        if QueryField(lowered) != nil { return lowered }
        for (start, replacement) in [
            ("x-amz-meta-", "meta."), ("metadata.", "meta."), ("tags.", "tag."), ("meta-", "meta."), ("tag-", "tag."),
            ("meta_", "meta."), ("tag_", "tag."),
        ] where lowered.hasPrefix(start) && lowered != start {
            return replacement + name.dropFirst(start.count)
        }
        if lowered.hasPrefix("meta.") || lowered.hasPrefix("tag.") { return nil }
        var best: (name: String, distance: Int)?
        for candidate in QueryField.builtIn.map(\.name) + ["created"] {
            let distance = distance(Array(lowered), Array(candidate))
            if distance < best?.distance ?? 3, distance < candidate.count - 1 { best = (candidate, distance) }
        }
        return best?.name
    }

    /// Levenshtein, with neighbours that changed places as one step (optimal string alignment).
    static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for i in left.indices {
            var row = [i + 1]
            for j in right.indices {
                var least = min(last[j + 1] + 1, row[j] + 1, last[j] + (left[i] == right[j] ? 0 : 1))
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    least = min(least, beforeLast[j - 1] + 1)
                }
                row.append(least)
            }
            beforeLast = last
            last = row
        }
        return last[right.count]
    }
}
