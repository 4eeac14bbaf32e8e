/// Where a segment's documents have their sort keys from. A key is a number of which the lesser comes first; what has no
/// value has the greatest there is. (A column's own greatest number, 2⁶³ − 1, sorts beside those.)
// Safe: pointers are into the plan's memory.
enum SortSource {
    case relevance(isDescending: Bool)
    /// Documents of one bucket are in the order of their keys. Even numbers, so that a key that no document has is
    /// between.
    case key(isDescending: Bool)
    case column(ColumnReader?, isDescending: Bool)
    /// Of each document the place of its value among the segment's, twice, from 2 on; 0: none.
    case keyword(KeywordOrdinals, isDescending: Bool)

    static let missing = Int64.max

    static func key(ofScore score: Float, isDescending: Bool) -> Int64 {
        let bits = Int64(score.bitPattern)
        return isDescending ? -bits : bits
    }

    @inline(__always)
    func key(_ document: UInt32, score: Float) -> Int64 {
        switch self {
        case .relevance(let isDescending): return Self.key(ofScore: score, isDescending: isDescending)
        case .key(let isDescending):
            let place = Int64(document) * 2
            return isDescending ? -place : place
        case .column(let column, let isDescending):
            guard let value = column?.value(of: document) else { return Self.missing }
            return isDescending ? ~value : value
        case .keyword(let ordinals, let isDescending):
            let ordinal = Int64(ordinals.of(document))
            return ordinal == 0 ? Self.missing : isDescending ? -ordinal : ordinal
        }
    }

    /// True if keys of different segments can be compared.
    var isComparable: Bool {
        switch self {
        case .relevance, .column: true
        case .key, .keyword: false
        }
    }
}

/// The values of a keyword field in one segment, in order, and which each document has.
final class KeywordOrdinals {
    let values: [[UInt8]]
    private let lists: [UnionNode.List]
    private let ordinals: UnsafeMutablePointer<UInt32>
    private let scratch: UnsafeMutablePointer<UInt32>
    private let documents: Int
    private var isReady = false

    init(_ terms: [FacetTerm], documents: Int, scratch plan: PlanScratch) {
        values = terms.map(\.value)
        lists = terms.map(\.list)
        ordinals = plan.words(documents)
        scratch = plan.cursor()
        self.documents = documents
    }

    func of(_ document: UInt32) -> UInt32 {
        if !isReady { prepare() }
        return ordinals[Int(document)]
    }

    func value(of document: UInt32) -> [UInt8]? {
        let ordinal = Int(of(document))
        return ordinal == 0 ? nil : values[ordinal / 2 - 1]
    }

    /// Twice the place of a value, or the odd number between its neighbours.
    func ordinal(of value: [UInt8]) -> Int64 {
        var (low, high) = (0, values.count)
        while low < high {
            let middle = (low + high) / 2
            if values[middle].lexicographicallyPrecedes(value) { low = middle + 1 } else { high = middle }
        }
        return low < values.count && values[low] == value ? Int64(low + 1) * 2 : Int64(low) * 2 + 1
    }

    private func prepare() {
        isReady = true
        for (index, list) in lists.enumerated() {
            let ordinal = UInt32(index + 1) * 2
            list.forEachBlock(documents: documents, scratch: scratch) { documents, count in
                for place in 0..<count { ordinals[Int(documents[place])] = ordinal }
            }
        }
    }
}

extension UnionNode.List {
    /// Hands over the documents in ascending order, 128 at most at a time; a counted term's frequencies stand in the scratch
    /// from `PostingsCursor.frequencyPlace` on.
    /// - Parameter scratch: room for 272 numbers.
    func forEachBlock(
        documents total: Int, scratch: UnsafeMutablePointer<UInt32>,
        _ body: (UnsafePointer<UInt32>, Int) -> Void
    ) {
        if entry.count == 1 {
            scratch[0] = entry.document
            scratch[PostingsCursor.frequencyPlace] = entry.frequency
            return body(scratch, 1)
        }
        if entry.kind == .plain, entry.count == total {
            for start in stride(from: 0, to: total, by: 128) {
                let count = min(128, total - start)
                for index in 0..<count { scratch[index] = UInt32(start + index) }
                body(scratch, count)
            }
            return
        }
        var cursor = PostingsCursor(
            kind: entry.kind, count: entry.count, isEverything: false, list: postings.base, positions: postings.base,
            scratch: scratch)
        for block in 0..<cursor.blocksInList {
            cursor.load(block)
            if entry.kind == .counted { cursor.loadFrequencies() }
            body(scratch, cursor.size)
        }
    }
}
