/// The lengths of a field's documents: a plane of bytes, or the field's documents with their numbers of words.
// Safe: the plane is the segment's, the cursor the plan's, which holds the segment.
struct LengthSource {
    let plane: UnsafePointer<UInt8>?
    private let list: UnsafeMutablePointer<PostingsCursor>?

    init(plane: UnsafePointer<UInt8>) {
        self.plane = plane
        list = nil
    }

    init(list: UnsafeMutablePointer<PostingsCursor>) {
        plane = nil
        self.list = list
    }

    /// Asked in ascending order.
    @inline(__always)
    func byte(of document: UInt32) -> UInt8 {
        if let plane { return plane[Int(document)] }
        return listed(document)
    }

    @inline(never)
    private func listed(_ document: UInt32) -> UInt8 {
        guard let list, list.pointee.seek(document) == document else { return 0 }
        list.pointee.loadFrequencies()
        return WordCount.encoded(Int(list.pointee.frequencies[list.pointee.index]))
    }
}

/// weight · f / (f + normalisation of the length).
// Safe: the table is the plan's.
struct TermScorer {
    let weight: Float
    let normalisation: UnsafePointer<Float>
    let lengths: LengthSource

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
    let scorer: TermScorer?
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
        var greatest = 0.0
        if cursor.blocksInList > 0, cursor.impacts(ofBlock: 0) != nil {
            for block in 0..<cursor.blocksInList {
                if let impacts = cursor.impacts(ofBlock: block) { greatest = max(greatest, scorer.bound(impacts)) }
            }
            return greatest
        }
        guard cursor.blocksInList == 1, let lengths = scorer.lengths.plane else { return Double(scorer.weight) }
        var short = cursor
        short.loadFrequencies()
        for index in 0..<short.size {
            let length = lengths[Int(short.documents[index])]
            greatest = max(greatest, Double(scorer.score(Float(short.frequencies[index]), lengthByte: length)))
        }
        return greatest
    }

    override func next(from document: UInt32) -> UInt32 {
        cursor.isEverything ? document : cursor.seek(document)
    }

    override func fill(_ base: UInt32, _ bits: Window.Bits) {
        Window.clear(bits)
        let end = base &+ Window.documents
        var cursor = cursor
        defer { self.cursor = cursor }
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
        guard let scorer else { return fill(base, bits) }
        Window.clear(bits)
        let end = base &+ Window.documents
        var cursor = cursor
        defer { self.cursor = cursor }
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
