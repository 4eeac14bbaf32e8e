/// A part of a query in one segment, ready to run: all bytes that it needs are there. Windows are asked for in ascending
/// order.
class PlanNode {
    /// Roughly how many documents match.
    let cost: Int
    /// False: every score is 0.
    let isScored: Bool

    init(cost: Int, isScored: Bool) {
        self.cost = cost
        self.isScored = isScored
    }

    static func anyScored(_ parts: [PlanNode]) -> Bool {
        for part in parts where part.isScored { return true }
        return false
    }

    /// A document that is not after the first match from `document` on.
    func next(from document: UInt32) -> UInt32 { document }

    /// Writes which documents of the window match.
    func fill(_ base: UInt32, _ bits: Window.Bits) { Window.clear(bits) }

    /// As `fill`, and adds the scores of those that match, and of no others. Either `fill` is called for a window, once.
    func fill(_ base: UInt32, _ bits: Window.Bits, adding scores: Window.Scores) { fill(base, bits) }

    /// What no score of a document in [from, to) exceeds.
    func bound(from: UInt32, to: UInt32) -> Double { 0 }
}

final class RangesNode: PlanNode {
    let ranges: [Range<UInt32>]

    /// - Parameter ranges: ascending and apart.
    init(_ ranges: [Range<UInt32>]) {
        self.ranges = ranges
        super.init(cost: ranges.reduce(0) { $0 + $1.count }, isScored: false)
    }

    override func next(from document: UInt32) -> UInt32 {
        let index = firstRange(endingAfter: document)
        return index < ranges.count ? max(document, ranges[index].lowerBound) : PostingsCursor.end
    }

    private func firstRange(endingAfter document: UInt32) -> Int {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound <= document { low = middle + 1 } else { high = middle }
        }
        return low
    }

    override func fill(_ base: UInt32, _ bits: Window.Bits) {
        Window.clear(bits)
        var index = firstRange(endingAfter: base)
        while index < ranges.count, ranges[index].lowerBound < base + Window.documents {
            Window.set(bits, base: base, from: ranges[index].lowerBound, to: ranges[index].upperBound)
            index += 1
        }
    }
}

/// Documents whose number in a column lies between two, both included.
final class ColumnRangeNode: PlanNode {
    private let column: ColumnReader
    private let (lower, upper): (Int64, Int64)

    init(_ column: ColumnReader, lower: Int64, upper: Int64) {
        self.column = column
        (self.lower, self.upper) = (lower, upper)
        super.init(cost: column.count / 2 + 1, isScored: false)
    }

    override func next(from document: UInt32) -> UInt32 {
        var index = Int(document / Window.documents)
        let chunks = (column.count + ColumnFormat.chunk - 1) / ColumnFormat.chunk
        var first = document
        while index < chunks {
            let chunk = column.chunk(index)
            if chunk.presence != .none, chunk.least <= upper, chunk.greatest >= lower { return first }
            index += 1
            first = UInt32(index) * Window.documents
        }
        return PostingsCursor.end
    }

    override func fill(_ base: UInt32, _ bits: Window.Bits) {
        Window.clear(bits)
        let chunk = column.chunk(Int(base / Window.documents))
        guard chunk.presence != .none, chunk.least <= upper, chunk.greatest >= lower else { return }
        let size = min(ColumnFormat.chunk, column.count - Int(base))
        if chunk.least >= lower, chunk.greatest <= upper {
            Window.set(bits, base: base, from: base, to: base + UInt32(size))
        } else {
            for index in 0..<size {
                let value = chunk.value(index)
                let fits: UInt64 = value >= lower && value <= upper ? 1 : 0
                bits[index >> 6] |= fits &<< UInt64(index & 63)
            }
        }
        if chunk.presence == .some { for word in 0..<(size + 63) / 64 { bits[word] &= chunk.presenceWord(word) } }
    }
}

final class NotNode: PlanNode {
    private let part: PlanNode
    private let documents: UInt32

    init(_ part: PlanNode, documents: Int) {
        self.part = part
        self.documents = UInt32(documents)
        super.init(cost: max(documents - part.cost, 1), isScored: false)
    }

    override func fill(_ base: UInt32, _ bits: Window.Bits) {
        part.fill(base, bits)
        for word in 0..<Window.words { bits[word] = ~bits[word] }
        guard documents < base + Window.documents else { return }
        for place in Int(documents - base)..<Int(Window.documents) { bits[place >> 6] &= ~(1 << UInt64(place & 63)) }
    }
}

final class AndNode: PlanNode {
    /// The cheapest first.
    let parts: [PlanNode]
    private let partBits: Window.Bits
    private let partScores: Window.Scores?

    static func of(_ parts: [PlanNode], scratch: PlanScratch) -> AndNode {
        let parts = parts.sorted { $0.cost < $1.cost }
        return AndNode(parts, isScored: anyScored(parts), cost: parts.first?.cost ?? 0, scratch)
    }

    private init(_ parts: [PlanNode], isScored: Bool, cost: Int, _ scratch: PlanScratch) {
        self.parts = parts
        partBits = scratch.bits()
        partScores = isScored ? scratch.scores() : nil
        super.init(cost: cost, isScored: isScored)
    }

    override func next(from document: UInt32) -> UInt32 {
        var document = document
        while document != PostingsCursor.end {
            let before = document
            for part in parts { document = max(document, part.next(from: document)) }
            // A later part may have moved beyond what the first ones have said; once more is enough to gain from it.
            if document / Window.documents == before / Window.documents { return document }
        }
        return document
    }

    override func fill(_ base: UInt32, _ bits: Window.Bits) {
        for (index, part) in parts.enumerated() {
            part.fill(base, index == 0 ? bits : partBits)
            if index > 0 { for word in 0..<Window.words { bits[word] &= partBits[word] } }
            if Window.isEmpty(bits) { return }
        }
    }

    override func fill(_ base: UInt32, _ bits: Window.Bits, adding scores: Window.Scores) {
        guard let partScores else { return fill(base, bits) }
        partScores.update(repeating: 0, count: Int(Window.documents))
        for (index, part) in parts.enumerated() {
            let target = index == 0 ? bits : partBits
            if part.isScored { part.fill(base, target, adding: partScores) } else { part.fill(base, target) }
            if index > 0 { for word in 0..<Window.words { bits[word] &= partBits[word] } }
            if Window.isEmpty(bits) { return }
        }
        Window.forEach(bits) { scores[$0] += partScores[$0] }
    }

    override func bound(from: UInt32, to: UInt32) -> Double {
        parts.reduce(0) { $1.isScored ? $0 + $1.bound(from: from, to: to) : $0 }
    }
}

final class OrNode: PlanNode {
    let parts: [PlanNode]
    private let partBits: Window.Bits

    static func of(_ parts: [PlanNode], scratch: PlanScratch) -> OrNode {
        OrNode(parts, isScored: anyScored(parts), cost: parts.reduce(0) { $0 + $1.cost }, scratch)
    }

    private init(_ parts: [PlanNode], isScored: Bool, cost: Int, _ scratch: PlanScratch) {
        self.parts = parts
        partBits = scratch.bits()
        super.init(cost: cost, isScored: isScored)
    }

    override func next(from document: UInt32) -> UInt32 {
        var least = PostingsCursor.end
        for part in parts {
            least = min(least, part.next(from: document))
            if least == document { break }
        }
        return least
    }

    override func fill(_ base: UInt32, _ bits: Window.Bits) {
        for (index, part) in parts.enumerated() {
            part.fill(base, index == 0 ? bits : partBits)
            if index > 0 { for word in 0..<Window.words { bits[word] |= partBits[word] } }
        }
    }

    override func fill(_ base: UInt32, _ bits: Window.Bits, adding scores: Window.Scores) {
        for (index, part) in parts.enumerated() {
            part.fill(base, index == 0 ? bits : partBits, adding: scores)
            if index > 0 { for word in 0..<Window.words { bits[word] |= partBits[word] } }
        }
    }

    override func bound(from: UInt32, to: UInt32) -> Double {
        parts.reduce(0) { $1.isScored ? $0 + $1.bound(from: from, to: to) : $0 }
    }
}
