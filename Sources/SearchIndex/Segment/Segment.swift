import Core

/// The parts of a segment. The first five stay in memory as long as it is open.
enum Section: Int, CaseIterable, Sendable {
    case outline = 0, keyIndex, filter, termIndex, lengths
    case keys, terms, postings, positions, columns

    static let kept: [Section] = [.outline, .keyIndex, .filter, .termIndex, .lengths]
}

/// An immutable index of some documents, ordered by (bucket, key), in memory or in a file.
final class Segment: Sendable {
    enum Store: Sendable {
        case memory([HeldBytes])
        case file(SegmentFile)
    }

    let id: UInt64
    let outline: SegmentOutline
    let keyIndex: SparseIndex
    let filter: HeldBytes
    let termIndex: SparseIndex
    /// Three planes of a byte a document.
    let lengths: HeldBytes
    let store: Store

    init(id: UInt64, outline: SegmentOutline, kept: [HeldBytes], store: Store) {
        self.id = id
        self.outline = outline
        keyIndex = SparseIndex(kept[Section.keyIndex.rawValue])
        filter = kept[Section.filter.rawValue]
        termIndex = SparseIndex(kept[Section.termIndex.rawValue])
        lengths = kept[Section.lengths.rawValue]
        self.store = store
    }

    var documentCount: Int { Int(outline.documentCount) }

    var isInMemory: Bool { if case .memory = store { true } else { false } }

    var memoryBytes: Int {
        let kept = keyIndex.bytes.count + filter.count + termIndex.bytes.count + lengths.count
        guard case .memory(let sections) = store else { return kept }
        return sections.reduce(0) { $0 + $1.count }
    }

    /// Part of a section, verified; nil if that needs the drive.
    func cached(_ section: Section, _ range: Range<Int>) -> HeldBytes? {
        switch store {
        case .memory(let sections): sections[section.rawValue].slice(range.lowerBound, range.count)
        case .file(let file): file.cached(section, range)
        }
    }

    /// As `cached`, from the page cache too.
    private func ready(_ section: Section, _ range: Range<Int>) -> HeldBytes? {
        if let bytes = cached(section, range) { return bytes }
        guard case .file(let file) = store else { return nil }
        return file.ready(section, range)
    }

    func bytes(_ section: Section, _ range: Range<Int>) async throws(IndexError) -> HeldBytes {
        if let bytes = cached(section, range) { return bytes }
        guard case .file(let file) = store else { throw .closed }
        return try await file.read(section, range)
    }

    func lengthPlane(_ plane: Int) -> UnsafePointer<UInt8> {
        (lengths.base + plane * documentCount).assumingMemoryBound(to: UInt8.self)
    }

    // MARK: Keys

    enum Lookup: Equatable { case document(UInt32), absent, unknown }

    private func keysInBlock(_ block: Int) -> Int { min(KeyWriter.block, documentCount - block * KeyWriter.block) }

    /// Finds a document without waiting for the drive.
    func lookUp(_ key: [UInt8], hash: UInt64) -> Lookup {
        guard KeyFilter.mayHold(hash, filter) else { return .absent }
        return key.withUnsafeBytes { target in
            guard let block = keyIndex.block(for: target) else { return .absent }
            guard let bytes = ready(.keys, keyIndex.range(of: block)) else { return .unknown }
            let (index, isFound) = KeyReader.lowerBound(of: target, in: bytes, count: keysInBlock(block))
            return isFound ? .document(UInt32(block * KeyWriter.block + index)) : .absent
        }
    }

    /// How many documents are before a (bucket, key), and whether the next one is it.
    func lowerBound(of key: [UInt8]) async throws(IndexError) -> (document: UInt32, isFound: Bool) {
        guard let block = key.withUnsafeBytes({ keyIndex.block(for: $0) }) else { return (0, false) }
        let bytes = try await bytes(.keys, keyIndex.range(of: block))
        let (index, isFound) = key.withUnsafeBytes {
            KeyReader.lowerBound(of: $0, in: bytes, count: keysInBlock(block))
        }
        return (UInt32(block * KeyWriter.block + index), isFound)
    }

    /// Bucket in eight bytes, then the key.
    func key(of document: UInt32) async throws(IndexError) -> [UInt8] {
        let block = Int(document) / KeyWriter.block
        let bytes = try await bytes(.keys, keyIndex.range(of: block))
        return KeyReader.key(Int(document) % KeyWriter.block, in: bytes, count: keysInBlock(block))
    }

    // MARK: Terms

    func term(_ term: [UInt8], scratch: TermScratch) async throws(IndexError) -> TermEntry? {
        guard let block = term.withUnsafeBytes({ termIndex.block(for: $0) }) else { return nil }
        let bytes = try await bytes(.terms, termIndex.range(of: block))
        return term.withUnsafeBytes { TermBlockReader.find($0, in: bytes, scratch: scratch) }
    }

    /// Calls `body` with every term that begins with `prefix`, ascending, until it returns false.
    func forEachTerm(
        beginningWith prefix: [UInt8], scratch: TermScratch,
        _ body: (UnsafeRawBufferPointer, TermEntry) throws(IndexError) -> Bool
    ) async throws(IndexError) {
        guard var block = prefix.withUnsafeBytes({ termIndex.block(for: $0) }) else { return }
        while block < termIndex.count {
            var reader = TermBlockReader(try await bytes(.terms, termIndex.range(of: block)), scratch: scratch)
            while reader.next() {
                let term = reader.current
                let begins = term.count >= prefix.count && term.prefix(prefix.count).elementsEqual(prefix)
                if begins {
                    guard try body(term, reader.held) else { return }
                } else if prefix.withUnsafeBytes({ compareBytes(term, $0) }) > 0 {
                    return
                }
            }
            block += 1
        }
    }

    func column(_ field: ColumnField) async throws(IndexError) -> ColumnReader? {
        let column: SegmentOutline.Column? =
            switch field {
            case .size: outline.columns.first
            case .modified: outline.columns.dropFirst().first
            case .declared(let name): outline.columns.first { $0.name == name }
            }
        guard let column else { return nil }
        let range = Int(column.offset)..<Int(column.offset + column.length)
        return ColumnReader(try await bytes(.columns, range), count: documentCount)
    }
}

extension Segment {
    /// The entries of all terms that begin with `prefix` and fit. Blocks are looked through on a compute thread, some at a
    /// time.
    /// - Parameter skipping: bytes of the field's code, which `fits` and `found` do not see.
    func terms(
        beginningWith prefix: [UInt8], skipping code: Int, _ context: SearchContext,
        fits: @escaping @Sendable (UnsafeRawBufferPointer) -> Bool,
        found: ([UInt8]) throws(IndexError) -> Void
    ) async throws(IndexError) -> [TermEntry] {
        guard var block = prefix.withUnsafeBytes({ termIndex.block(for: $0) }) else { return [] }
        var entries: [TermEntry] = []
        var isAtEnd = false
        while block < termIndex.count, !isAtEnd {
            try context.checkCancelled()
            var blocks: [HeldBytes] = []
            while block < termIndex.count, blocks.count < 64 {
                // What begins with more than the prefix ends it.
                let separator = termIndex.separator(block)
                if !blocks.isEmpty || isAtEnd, !Self.mayBegin(separator, prefix) {
                    isAtEnd = true
                    break
                }
                blocks.append(try await bytes(.terms, termIndex.range(of: block)))
                block += 1
            }
            let batch = blocks
            let work: @Sendable () -> (found: [(term: [UInt8], entry: TermEntry)], isAtEnd: Bool) = {
                var found: [(term: [UInt8], entry: TermEntry)] = []
                let scratch = TermScratch()
                for bytes in batch {
                    var reader = TermBlockReader(bytes, scratch: scratch)
                    while reader.next() {
                        let term = reader.current
                        guard term.count >= prefix.count, term.prefix(prefix.count).elementsEqual(prefix) else {
                            if prefix.withUnsafeBytes({ compareBytes(term, $0) }) > 0 { return (found, true) }
                            continue
                        }
                        let rest = UnsafeRawBufferPointer(rebasing: term[code...])
                        if fits(rest) { found.append((Array(rest), reader.held)) }
                    }
                }
                return (found, false)
            }
            let result = isInMemory ? work() : await context.compute.run(work)
            for (term, entry) in result.found {
                try found(term)
                entries.append(entry)
            }
            if result.isAtEnd { isAtEnd = true }
        }
        return entries
    }

    private static func mayBegin(_ separator: UnsafeRawBufferPointer, _ prefix: [UInt8]) -> Bool {
        prefix.withUnsafeBytes { prefix in
            let common = min(separator.count, prefix.count)
            return compareBytes(
                UnsafeRawBufferPointer(rebasing: separator.prefix(common)),
                UnsafeRawBufferPointer(rebasing: prefix.prefix(common))) <= 0
        }
    }
}
