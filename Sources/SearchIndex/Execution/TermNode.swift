/// The lengths of a field's documents.
// Safe: the plane is the segment's, which the plan holds.
enum LengthSource {
    case plane(UnsafePointer<UInt8>)
    /// The field's documents with their numbers of words.
    case list(PostingsCursor)

    @inline(__always)
    mutating func byte(of document: UInt32) -> UInt8 {
        switch self {
        case .plane(let bytes): return bytes[Int(document)]
        case .list(var cursor):
            defer { self = .list(cursor) }
            guard cursor.seek(document) == document else { return 0 }
            cursor.loadFrequencies()
            return WordCount.encoded(Int(cursor.frequencies[cursor.index]))
        }
    }
}

/// weight · f / (f + normalisation of the length).
// Safe: the table is the plan's.
struct TermScorer {
    let weight: Float
    let normalisation: UnsafePointer<Float>
    var lengths: LengthSource

    @inline(__always)
    func score(_ frequency: Float, lengthByte: UInt8) -> Float {
        weight * frequency / (frequency + normalisation[Int(lengthByte)])
    }

    /// The bound of a block's frontier (`PostingsFormat`).
    @inline(__always)
    func bound(_ impacts: UInt64) -> Double {
        var rest = impacts
        var greatest: Float = 0
        while rest != 0 {
            let frequency = UInt8(truncatingIfNeeded: rest)
            let score =
                frequency == 255
                ? weight : self.score(Float(frequency), lengthByte: UInt8(truncatingIfNeeded: rest >> 8))
            greatest = max(greatest, score)
            rest >>= 16
        }
        return Double(greatest)
    }
}

final class TermNode: PlanNode {
    var cursor: PostingsCursor
    var scorer: TermScorer?
    private let documents: UInt32
    /// Of the whole list; blocks' bounds lie below.
    let greatest: Double

    init(_ cursor: PostingsCursor, scorer: TermScorer?, documents: Int) {
        self.cursor = cursor
        self.scorer = scorer
        self.documents = UInt32(documents)
        greatest = Self.greatest(cursor, scorer)
        super.init(cost: cursor.count, isScored: scorer != nil)
    }

    private static func greatest(_ cursor: PostingsCursor, _ scorer: TermScorer?) -> Double {
        guard let scorer else { return 0 }
        guard cursor.blocksInList > 0, cursor.impacts(ofBlock: 0) != nil else { return Double(scorer.weight) }
        var greatest = 0.0
        for block in 0..<cursor.blocksInList {
            if let impacts = cursor.impacts(ofBlock: block) { greatest = max(greatest, scorer.bound(impacts)) }
        }
        return greatest
    }

    override func next(from document: UInt32) -> UInt32 {
        cursor.isEverything ? document : cursor.seek(document)
    }

    override func fill(_ base: UInt32, _ bits: Window.Bits) {
        Window.clear(bits)
        let end = base &+ Window.documents
        if cursor.isEverything { return Window.set(bits, base: base, from: base, to: min(end, documents)) }
        guard cursor.seek(base) < end else { return }
        while true {
            let (size, list) = (cursor.size, cursor.documents)
            var index = cursor.index
            if list[size &- 1] < end {
                while index < size {
                    let place = list[index] &- base
                    bits[Int(place &>> 6)] |= 1 &<< UInt64(place & 63)
                    index &+= 1
                }
                cursor.index = size
                guard cursor.block + 1 < cursor.blocksInList else { return }
                cursor.load(cursor.block + 1)
            } else {
                while list[index] < end {
                    let place = list[index] &- base
                    bits[Int(place &>> 6)] |= 1 &<< UInt64(place & 63)
                    index &+= 1
                }
                // The cursor stays before what the next window needs, and may be asked for this one again.
                return
            }
        }
    }

    override func fill(_ base: UInt32, _ bits: Window.Bits, adding scores: Window.Scores) {
        guard var scorer else { return fill(base, bits) }
        Window.clear(bits)
        let end = base &+ Window.documents
        guard cursor.seek(base) < end else { return }
        while true {
            cursor.loadFrequencies()
            let (size, list, frequencies) = (cursor.size, cursor.documents, cursor.frequencies)
            var index = cursor.index
            while index < size, list[index] < end {
                let document = list[index]
                let place = Int(document &- base)
                bits[place &>> 6] |= 1 &<< UInt64(place & 63)
                let score = scorer.score(
                    Float(frequencies[index]), lengthByte: scorer.lengths.byte(of: document))
                scores[place] += Double(score)
                index &+= 1
            }
            guard index == size, cursor.block + 1 < cursor.blocksInList else { break }
            cursor.load(cursor.block + 1)
        }
        self.scorer = scorer
    }

    override func bound(from: UInt32, to: UInt32) -> Double {
        guard let scorer else { return 0 }
        var block = cursor.firstBlock(reaching: from, from: max(cursor.block, 0))
        var bound = 0.0
        while block < cursor.blocksInList {
            guard let impacts = cursor.impacts(ofBlock: block) else { return greatest }
            bound = max(bound, scorer.bound(impacts))
            if cursor.lastDocument(ofBlock: block) >= to &- 1 { break }
            block += 1
        }
        return bound
    }
}
