/// Documents in which words stand as a phrase has them: those that have all words first, then their positions.
final class PhraseNode: PlanNode {
    private var words: [PostingsCursor]
    private let offsets: [Int32]
    /// The terms that the last word may be, if it is the beginning of one.
    private var endings: [PostingsCursor]
    private let ending: UnionNode?
    private let endingOffset: Int32
    private let slop: Int
    private var scorer: TermScorer?
    private let lead: Int
    private let windowBits: Window.Bits
    private var positions: [[Int32]]
    private let greatest: Double

    /// - Parameter words: with their positions in the phrase, in its order; without the last if that is a beginning.
    init(
        words: [(cursor: PostingsCursor, offset: Int)],
        ending: (cursors: [PostingsCursor], union: UnionNode, offset: Int)?, slop: Int, scorer: TermScorer?,
        scratch: PlanScratch
    ) {
        self.words = words.map(\.cursor)
        offsets = words.map { Int32($0.offset) }
        endings = ending?.cursors ?? []
        self.ending = ending?.union
        endingOffset = Int32(ending?.offset ?? 0)
        self.slop = slop
        self.scorer = scorer
        lead = words.indices.min { words[$0].cursor.count < words[$1].cursor.count } ?? 0
        windowBits = scratch.bits()
        positions = Array(repeating: [], count: words.count + (ending == nil ? 0 : 1))
        greatest = Double(scorer?.weight ?? 0)
        let cost = (words.map(\.cursor.count) + [ending?.union.cost].compactMap { $0 }).min() ?? 0
        super.init(cost: cost, isScored: scorer != nil)
    }

    override func next(from document: UInt32) -> UInt32 {
        words.isEmpty ? document : words[lead].seek(document)
    }

    override func bound(from: UInt32, to: UInt32) -> Double { greatest }

    override func fill(_ base: UInt32, _ bits: Window.Bits) { run(base, bits, scores: nil) }

    override func fill(_ base: UInt32, _ bits: Window.Bits, adding scores: Window.Scores) {
        run(base, bits, scores: scores)
    }

    private func run(_ base: UInt32, _ bits: Window.Bits, scores: Window.Scores?) {
        Window.clear(bits)
        let end = base &+ Window.documents
        ending?.fill(base, windowBits)
        guard !words.isEmpty else {
            for place in 0..<Int(Window.documents) where windowBits[place >> 6] & 1 << UInt64(place & 63) != 0 {
                check(base &+ UInt32(place), base, bits, scores)
            }
            return
        }
        var document = words[lead].seek(base)
        candidates: while document < end {
            var target = document
            for word in words.indices where word != lead {
                let found = words[word].seek(document)
                if found != document {
                    target = found
                    break
                }
            }
            if target == document {
                let place = Int(document &- base)
                if ending == nil || windowBits[place >> 6] & 1 << UInt64(place & 63) != 0 {
                    check(document, base, bits, scores)
                }
                target = document &+ 1
            }
            document = words[lead].seek(target)
        }
    }

    private func check(_ document: UInt32, _ base: UInt32, _ bits: Window.Bits, _ scores: Window.Scores?) {
        for word in words.indices {
            positions[word].removeAll(keepingCapacity: true)
            words[word].appendPositions(minus: offsets[word], to: &positions[word])
        }
        if ending != nil {
            let last = positions.count - 1
            positions[last].removeAll(keepingCapacity: true)
            for index in endings.indices where endings[index].seek(document) == document {
                endings[index].appendPositions(minus: endingOffset, to: &positions[last])
            }
            // Several terms may stand at one position.
            positions[last].sort()
            var kept = 0
            for place in positions[last].indices
            where place == 0 || positions[last][place] != positions[last][place - 1] {
                positions[last][kept] = positions[last][place]
                kept += 1
            }
            positions[last].removeLast(positions[last].count - kept)
        }
        let frequency: Float
        if slop == 0 || positions.count == 1 {
            frequency = Float(PhraseFrequency.exact(positions))
        } else {
            frequency = PhraseFrequency.sloppy(
                positions, offsets: offsets + (ending == nil ? [] : [endingOffset]), slop: slop)
        }
        guard frequency > 0 else { return }
        let place = Int(document &- base)
        bits[place >> 6] |= 1 << UInt64(place & 63)
        guard let scores, var scorer else { return }
        scores[place] += Double(scorer.score(frequency, lengthByte: scorer.lengths.byte(of: document)))
        self.scorer = scorer
    }
}
