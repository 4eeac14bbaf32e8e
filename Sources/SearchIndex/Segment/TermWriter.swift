/// Writes the dictionary, the lists and the positions of a segment; terms come in ascending order, once each.
struct TermWriter: ~Copyable {
    /// A block ends with the term that reaches either.
    static let blockTerms = 48
    static let blockBytes = 4096

    var terms = ByteSink(reserving: 4096)
    var postings = ByteSink(reserving: 4096)
    var positions = ByteSink(reserving: 4096)
    private var separators = ByteSink()
    private var separatorEnds = WordBuffer(64)
    private var blockStarts: [UInt64] = []
    private var previous = ByteSink(reserving: 4096)
    private var termsInBlock = 0
    private var blockStart = 0
    let documentCount: Int

    init(documentCount: Int) { self.documentCount = documentCount }

    private mutating func begin(_ term: UnsafeRawBufferPointer) {
        let common = commonPrefix(previous.held, term)
        var shared = common
        if termsInBlock >= Self.blockTerms || terms.end - blockStart >= Self.blockBytes || blockStarts.isEmpty {
            let needed = blockStarts.isEmpty ? 0 : common + 1
            separators.append(UnsafeRawBufferPointer(rebasing: term.prefix(needed)))
            separatorEnds.append(UInt32(separators.count))
            blockStart = terms.end
            blockStarts.append(UInt64(blockStart))
            termsInBlock = 0
            terms.append(fixed: UInt64(postings.end))
            terms.append(fixed: UInt64(positions.end))
            shared = 0
        }
        terms.append(varying: shared)
        terms.append(varying: term.count - shared)
        terms.append(UnsafeRawBufferPointer(rebasing: term[shared...]))
        previous.truncate(to: common)
        previous.append(UnsafeRawBufferPointer(rebasing: term[common...]))
        termsInBlock += 1
    }

    /// A term of one document.
    mutating func add(
        _ term: UnsafeRawBufferPointer, kind: TermKind, document: UInt32, frequency: UInt32,
        positions list: UnsafePointer<UInt32>
    ) {
        begin(term)
        terms.append(varying: 1)
        terms.append(varying: Int(document))
        guard kind != .plain else { return }
        terms.append(varying: Int(frequency))
        guard kind == .positioned else { return }
        var last: UInt32 = 0
        for index in 0..<Int(frequency) {
            terms.append(varying: Int(list[index] &- last))
            last = list[index]
        }
    }

    /// - Parameter length: the length byte of the document at an index of the list.
    mutating func add(
        _ term: UnsafeRawBufferPointer, kind: TermKind, list: borrowing PostingList, length: (Int) -> UInt8
    ) {
        let count = list.documents.count
        guard count > 0 else { return }
        if count == 1 {
            return add(
                term, kind: kind, document: list.documents[0], frequency: kind == .plain ? 1 : list.frequencies[0],
                positions: list.positions.base)
        }
        begin(term)
        terms.append(varying: count)
        let (start, positionsStart) = (postings.end, positions.end)
        if kind != .plain || count < documentCount {
            PostingsFormat.write(list, kind: kind, to: &postings, positions: &positions, length: length)
        }
        terms.append(varying: postings.end - start)
        switch kind {
        case .plain: break
        case .counted:
            var words = 0
            for index in 0..<count { words += Int(list.frequencies[index]) }
            terms.append(varying: words)
        case .positioned: terms.append(varying: positions.end - positionsStart)
        }
    }

    /// The sparse index: number of blocks, start of each, end of each separator, end of the last block, separators. A
    /// separator is the shortest beginning of the block's first term that is greater than the term before it.
    func index() -> HeldBytes {
        var sink = ByteSink(reserving: 16 + blockStarts.count * 12 + separators.count)
        sink.append(fixed: UInt64(blockStarts.count))
        for start in blockStarts { sink.append(fixed: start) }
        sink.append(fixed: UInt64(terms.end))
        for index in 0..<blockStarts.count { sink.append(fixed: separatorEnds[index]) }
        sink.append(separators.held)
        return sink.copied()
    }
}
