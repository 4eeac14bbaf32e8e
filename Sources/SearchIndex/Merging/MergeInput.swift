import Core

/// One of the segments that a merge reads, some of it at a time. Everything is read in order, so that a merge needs
/// little memory whatever the size.
final class MergeInput {
    let segment: Segment
    /// What was live when the merge began.
    let live: LiveDocuments
    /// The place of each document in the new segment; `gone` if it was dead.
    let map: UnsafeMutablePointer<UInt32>
    static let gone = UInt32.max
    /// Blocks that are loaded at once from a file.
    private static let blocks = 128

    // Keys
    private var keyBlock = 0
    private var keyBytes = HeldBytes(Allocation(count: 0))
    private var keyCursor: ByteCursor
    private var keysLoaded = 0
    private var document = -1
    private let keyMemory: UnsafeMutableRawPointer
    private var keyLength = 0

    // Terms
    private var termBlock = 0
    private var termBytes: [HeldBytes] = []
    private var nextOfLoaded = 0
    // Safe: the object's own memory; it has one user at a time, so that no access needs to be watched.
    private let reader: UnsafeMutablePointer<TermBlockReader>
    private let scratch = TermScratch()
    private var postings = HeldBytes(Allocation(count: 0))
    private var postingsStart = 0
    private var positions = HeldBytes(Allocation(count: 0))
    private var positionsStart = 0
    private let cursorMemory: UnsafeMutablePointer<UInt32>

    init(_ view: SegmentView) {
        segment = view.segment
        live = view.live
        map = .allocate(capacity: max(segment.documentCount, 1))
        keyMemory = .allocate(byteCount: 4096, alignment: 16)
        cursorMemory = .allocate(capacity: 272)
        keyCursor = ByteCursor(keyBytes.base)
        reader = .allocate(capacity: 1)
        reader.initialize(to: .none(scratch: scratch))
    }

    deinit {
        map.deallocate()
        keyMemory.deallocate()
        cursorMemory.deallocate()
        reader.deinitialize(count: 1)
        reader.deallocate()
    }

    var liveCount: Int { segment.documentCount - live.deleted }

    // MARK: Keys

    enum Step { case found, end, needsLoad }

    var key: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: keyMemory, count: keyLength) }
    var currentDocument: Int { document }

    /// Goes to the next live document.
    func nextKey() -> Step {
        while document + 1 < segment.documentCount {
            if document + 1 >= keysLoaded { return .needsLoad }
            document += 1
            let shared = document % KeyWriter.block == 0 ? 0 : min(keyCursor.varying(), keyLength)
            let rest = min(keyCursor.varying(), 4096 - shared)
            (keyMemory + shared).copyMemory(from: keyCursor.place, byteCount: rest)
            keyCursor.place += rest
            keyLength = shared + rest
            if live.isLive(UInt32(document)) { return .found }
            map[document] = Self.gone
        }
        return .end
    }

    private func keyRange() -> (range: Range<Int>, end: Int) {
        let end = segment.isInMemory ? segment.keyIndex.count : min(keyBlock + Self.blocks, segment.keyIndex.count)
        return (segment.keyIndex.range(of: keyBlock).lowerBound..<segment.keyIndex.range(of: end - 1).upperBound, end)
    }

    func loadKeys() async throws(IndexError) {
        let (range, end) = keyRange()
        take(keys: try await load(.keys, range), end: end)
    }

    /// As `loadKeys`, of a segment in memory.
    func takeKeys() {
        let (range, end) = keyRange()
        if let bytes = segment.cached(.keys, range) { take(keys: bytes, end: end) }
    }

    private func take(keys: HeldBytes, end: Int) {
        keyBytes = keys
        keyCursor = ByteCursor(keys.base)
        keyBlock = end
        keysLoaded = min(end * KeyWriter.block, segment.documentCount)
    }

    /// Past the cache: what a merge reads is not asked for again.
    func load(_ section: Section, _ range: Range<Int>) async throws(IndexError) -> HeldBytes {
        switch segment.store {
        case .memory: return try await segment.bytes(section, range)
        case .file(let file): return try await file.readPastCache(section, range)
        }
    }

    // MARK: Terms

    @inline(__always)
    var term: UnsafeRawBufferPointer { reader.pointee.current }
    @inline(__always)
    var kind: TermKind { reader.pointee.entry.kind }

    func nextTerm() -> Step {
        while true {
            if reader.pointee.next() { return .found }
            if nextOfLoaded < termBytes.count {
                reader.pointee = TermBlockReader(termBytes[nextOfLoaded], scratch: scratch)
                nextOfLoaded += 1
            } else {
                return termBlock < segment.termIndex.count ? .needsLoad : .end
            }
        }
    }

    func loadTerms() async throws(IndexError) {
        guard case .file(let file) = segment.store else { return takeTerms() }
        let end = min(termBlock + Self.blocks, segment.termIndex.count)
        let index = segment.termIndex
        let start = index.range(of: termBlock).lowerBound
        let bytes = try await load(.terms, start..<index.range(of: end - 1).upperBound)
        let blocks = (termBlock..<end).map { block in
            bytes.slice(index.range(of: block).lowerBound - start, index.range(of: block).count)
        }
        guard let first = blocks.first else { return }
        postingsStart = first.base.long(0)
        positionsStart = first.base.long(1)
        var (postingsEnd, positionsEnd) = (0, 0)
        if end < index.count {
            let next = try await load(.terms, index.range(of: end).lowerBound..<index.range(of: end).lowerBound + 16)
            // Held until both are read: what is left is a pointer.
            (postingsEnd, positionsEnd) = withExtendedLifetime(next) { (next.base.long(0), next.base.long(1)) }
        } else {
            postingsEnd = Int(file.directory.sections[Section.postings.rawValue].length)
            positionsEnd = Int(file.directory.sections[Section.positions.rawValue].length)
        }
        guard postingsStart <= postingsEnd, positionsStart <= positionsEnd else {
            throw .damaged("segment \(segment.id): terms")
        }
        postings = try await load(.postings, postingsStart..<postingsEnd)
        positions = try await load(.positions, positionsStart..<positionsEnd)
        take(blocks, end: end)
    }

    func takeTerms() {
        guard case .memory(let sections) = segment.store else { return }
        let terms = sections[Section.terms.rawValue]
        postings = sections[Section.postings.rawValue]
        positions = sections[Section.positions.rawValue]
        (postingsStart, positionsStart) = (0, 0)
        take(
            (0..<segment.termIndex.count).map { block in
                let range = segment.termIndex.range(of: block)
                return terms.slice(range.lowerBound, range.count)
            }, end: segment.termIndex.count)
    }

    private func take(_ blocks: [HeldBytes], end: Int) {
        termBytes = blocks
        nextOfLoaded = 0
        termBlock = end
        reader.pointee = .none(scratch: scratch)
    }

    /// Adds the live documents of the current term, by their new numbers.
    func append(to list: inout PostingList) {
        if reader.pointee.entry.count == 1 { return appendOne(to: &list) }
        let entry = reader.pointee.entry
        if entry.kind == .plain, entry.count == segment.documentCount {
            for document in 0..<segment.documentCount where map[document] != Self.gone {
                list.documents.append(map[document])
            }
            return
        }
        appendBlocks(entry, to: &list)
    }

    private func appendOne(to list: inout PostingList) {
        let document = map[Int(reader.pointee.entry.document)]
        guard document != Self.gone else { return }
        let (frequency, kind) = (reader.pointee.entry.frequency, reader.pointee.entry.kind)
        list.documents.append(document)
        list.frequencies.append(frequency)
        guard kind == .positioned, let inline = reader.pointee.entry.inlinePositions else { return }
        var cursor = ByteCursor(inline)
        var position = 0
        for _ in 0..<frequency {
            position += cursor.varying()
            list.positions.append(UInt32(truncatingIfNeeded: position))
        }
    }

    private func appendBlocks(_ entry: TermEntry, to list: inout PostingList) {
        let places = positions.base + (entry.positions.lowerBound - positionsStart)
        var cursor = PostingsCursor(
            kind: entry.kind, count: entry.count, isEverything: false,
            list: postings.base + (entry.postings.lowerBound - postingsStart),
            positions: entry.kind == .positioned ? places : positions.base, scratch: cursorMemory)
        let isWhole = live.deleted == 0
        for block in 0..<cursor.blocksInList {
            cursor.load(block)
            let size = cursor.size
            list.documents.reserve(size)
            if entry.kind != .plain {
                cursor.loadFrequencies()
                list.frequencies.reserve(size)
            }
            let firstPosition = list.positions.count
            if entry.kind == .positioned { cursor.appendPositions(ofBlockTo: &list.positions) }
            if isWhole {
                for index in 0..<size { list.documents.append(map[Int(cursor.documents[index])]) }
                if entry.kind != .plain { for index in 0..<size { list.frequencies.append(cursor.frequencies[index]) } }
                continue
            }
            // Positions of dead documents are moved over.
            var (from, to) = (firstPosition, firstPosition)
            for index in 0..<size {
                let document = map[Int(cursor.documents[index])]
                let count = entry.kind == .positioned ? Int(cursor.frequencies[index]) : 0
                if document != Self.gone {
                    list.documents.append(document)
                    if entry.kind != .plain { list.frequencies.append(cursor.frequencies[index]) }
                    if from != to {
                        for place in 0..<count { list.positions[to + place] = list.positions[from + place] }
                    }
                    to += count
                }
                from += count
            }
            if entry.kind == .positioned { list.positions.count = to }
        }
    }
}
