import Core

/// What an index consists of at a moment. A (bucket, key) is live in one part at most: whatever puts or deletes it kills
/// it in all older parts, at once, or as soon as the drive has told where it is (`unresolved`).
struct IndexState {
    /// A file.
    struct File {
        var segment: Segment
        var live: LiveDocuments
        var bytes: UInt64
        /// Of the live bits that are on the drive, and how many documents were dead then.
        var liveGeneration: UInt64 = 0
        var deletedOnDrive = 0
        var isMerging = false
    }

    /// A part of the in-memory segment.
    struct Part {
        var part: MemoryPart
        var live: LiveDocuments
        var isMerging = false
        /// Being written to a file.
        var isFlushing = false
    }

    /// A key that was put or deleted, and the files that may hold an older document of it.
    struct Unresolved: Sendable {
        var key: [UInt8]
        var hash: UInt64
        var segments: Set<UInt64>
    }

    var files: [File] = []
    var parts: [Part] = []
    /// Documents that no search has asked for yet, in no order.
    var pending: [[UInt8]: PendingDocument] = [:]
    var unresolved: [[UInt8]: Unresolved] = [:]
    var applied = SequenceNumber.zero
    var committed = SequenceNumber.zero
    var nextSegment: UInt64 = 1
    var manifest: Manifest?
    var previousManifest: Manifest?
    var generation: UInt64 = 0
    /// Files that are being written.
    var inProgress: Set<UInt64> = []

    mutating func newSegment() -> UInt64 {
        defer { nextSegment += 1 }
        return nextSegment
    }

    // MARK: Changes

    mutating func apply(_ change: IndexChange) {
        switch change {
        case .put(let document, let schema):
            let key = PendingDocument.key(document.bucket, document.key)
            if pending.updateValue(PendingDocument(key: key, document: document, schema: schema), forKey: key) == nil {
                kill(key)
            }
        case .delete(let bucket, let key):
            let full = PendingDocument.key(bucket, key)
            if pending.removeValue(forKey: full) == nil { kill(full) }
        }
    }

    /// Kills a key's document, wherever it is.
    private mutating func kill(_ key: [UInt8]) {
        let hash = key.withUnsafeBytes { bytes in bytes.baseAddress.map { ByteHash.of($0, key.count) } ?? 0 }
        for index in parts.indices.reversed() {
            let segment = parts[index].part.segment
            if case .document(let document) = segment.lookUp(key, hash: hash),
                parts[index].live.kill(document, in: segment)
            {
                return
            }
        }
        var unknown: Set<UInt64> = []
        for index in files.indices.reversed() {
            let segment = files[index].segment
            switch segment.lookUp(key, hash: hash) {
            case .absent: continue
            case .unknown: unknown.insert(segment.id)
            case .document(let document): if files[index].live.kill(document, in: segment) { return }
            }
        }
        if !unknown.isEmpty {
            unresolved[key, default: Unresolved(key: key, hash: hash, segments: [])].segments.formUnion(unknown)
        }
    }

    /// What is pending becomes a part of its own.
    mutating func seal() {
        guard !pending.isEmpty else { return }
        let part = MemoryPart(id: newSegment(), Array(pending.values))
        parts.append(Part(part: part, live: LiveDocuments(count: part.count)))
        pending = [:]
    }

    // MARK: Replacing

    /// Puts what a merge made in the place of its inputs, without what died meanwhile.
    /// - Returns: the live bits of the new segment.
    mutating func replace(_ merge: SegmentMerge, by segment: Segment) -> LiveDocuments {
        var live = LiveDocuments(count: segment.documentCount)
        let inputs = Set(merge.inputs.map(\.segment.id))
        func add(_ current: LiveDocuments, _ id: UInt64) {
            guard let input = merge.inputs.first(where: { $0.segment.id == id }) else { return }
            current.forEachDeath(since: input.live) { document in
                let target = input.map[Int(document)]
                if target != MergeInput.gone { live.kill(target, in: segment) }
            }
        }
        for part in parts where inputs.contains(part.part.id) { add(part.live, part.part.id) }
        for file in files where inputs.contains(file.segment.id) { add(file.live, file.segment.id) }
        parts.removeAll { inputs.contains($0.part.id) }
        files.removeAll { inputs.contains($0.segment.id) }
        for (key, entry) in unresolved where !entry.segments.isDisjoint(with: inputs) {
            unresolved[key]?.segments.subtract(inputs)
            unresolved[key]?.segments.insert(segment.id)
        }
        return live
    }

    // MARK: Merges that are due

    /// Parts of about one size: eight times as many documents make the next size.
    static func size(ofPart count: Int) -> Int { count < 8 ? 0 : (Int.bitWidth - count.leadingZeroBitCount - 1) / 3 }

    /// Parts from this size on wait for the commit.
    static let largestMergedSize = 4

    /// The parts of a size that has become too many.
    func duePartMerge() -> [Part]? {
        var sizes: [Int: [Part]] = [:]
        for part in parts where !part.isMerging && !part.isFlushing {
            sizes[Self.size(ofPart: part.part.count), default: []].append(part)
        }
        for size in 0..<Self.largestMergedSize {
            if let group = sizes[size], group.count >= 8 { return group }
        }
        return nil
    }

    /// The files whose merge is due: as many of one tier as a tier may have, or one with many deleted documents.
    func dueFileMerge(_ settings: IndexSettings) -> [File]? {
        var tiers: [Int: [File]] = [:]
        for file in files where !file.isMerging {
            if file.live.deleted * 5 > file.segment.documentCount { return [file] }
            var (tier, bytes) = (0, file.bytes)
            while bytes > UInt64(settings.tierFloorBytes) {
                bytes /= UInt64(settings.segmentsPerTier)
                tier += 1
            }
            tiers[tier, default: []].append(file)
        }
        for tier in tiers.keys.sorted() {
            if let group = tiers[tier], group.count >= settings.segmentsPerTier {
                return Array(group.sorted { $0.bytes < $1.bytes }.prefix(max(settings.segmentsPerTier, 2)))
            }
        }
        return nil
    }
}
