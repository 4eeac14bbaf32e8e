/// Compares the positions of a phrase's words in one document.
struct PhraseMatch {
    private let offsets: [Int32]
    private let slop: Int
    private var positions: [[Int32]]

    init(offsets: [Int], slop: Int) {
        self.offsets = offsets.map { Int32($0) }
        self.slop = slop
        positions = Array(repeating: [], count: offsets.count)
    }

    mutating func begin(_ word: Int) { positions[word].removeAll(keepingCapacity: true) }

    /// Adds the positions of a word, or of one of the terms that it stands for, in the document that its cursor is at.
    mutating func take(_ word: Int, from cursor: inout PostingsCursor) {
        cursor.appendPositions(minus: offsets[word], to: &positions[word])
    }

    /// After the positions of several terms: in order, each once.
    mutating func settle(_ word: Int) {
        positions[word].sort()
        var kept = 0
        for place in positions[word].indices where place == 0 || positions[word][place] != positions[word][place - 1] {
            positions[word][kept] = positions[word][place]
            kept += 1
        }
        positions[word].removeLast(positions[word].count - kept)
    }

    var frequency: Float {
        if slop > 0, positions.count > 1 {
            return PhraseFrequency.sloppy(positions, offsets: offsets, slop: slop)
        }
        return Float(PhraseFrequency.exact(positions))
    }
}

/// Documents in which words stand as a phrase has them: those that have all words first, then their positions.
final class PhraseNode: PlanNode {
    private(set) var words: [PostingsCursor]
    /// The terms that the last word may be, if it is the beginning of one.
    private var endings: [PostingsCursor]
    let ending: UnionNode?
    private(set) var match: PhraseMatch
    let scorer: TermScorer?
    private let lead: Int
    private let windowBits: Window.Bits
    private let greatest: Double

    /// - Parameter words: with their positions in the phrase, in its order; without the last if that is a beginning.
    init(
        words: [(cursor: PostingsCursor, offset: Int)],
        ending: (cursors: [PostingsCursor], union: UnionNode, offset: Int)?, slop: Int, scorer: TermScorer?,
        scratch: PlanScratch
    ) {
        self.words = words.map(\.cursor)
        endings = ending?.cursors ?? []
        self.ending = ending?.union
        match = PhraseMatch(offsets: words.map(\.offset) + (ending.map { [$0.offset] } ?? []), slop: slop)
        self.scorer = scorer
        lead = words.indices.min { words[$0].cursor.count < words[$1].cursor.count } ?? 0
        windowBits = scratch.bits()
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
            match.begin(word)
            match.take(word, from: &words[word])
        }
        if ending != nil {
            match.begin(words.count)
            for index in endings.indices where endings[index].seek(document) == document {
                match.take(words.count, from: &endings[index])
            }
            match.settle(words.count)
        }
        let frequency = match.frequency
        guard frequency > 0 else { return }
        let place = Int(document &- base)
        bits[place >> 6] |= 1 << UInt64(place & 63)
        guard let scores, let scorer else { return }
        scores[place] += Double(scorer.score(frequency, lengthByte: scorer.lengths.byte(of: document)))
    }
}
