/// The best hits of terms that all, or any, must occur, beside filters: by the bounds of blocks, most of which are never
/// decoded.
///
/// Between two ends of blocks each term has one block; what the blocks' bounds add up to, no document there exceeds.
/// Source: Ding, Suel: "Faster top-k document retrieval using block-max indexes", 2011.
// Safe: pointers are to memory of the plan, which lives through the search, and to the terms, which end with it.
struct FlatSearch {
    /// A term on its way through its list.
    private struct Term {
        var cursor: PostingsCursor
        var scorer: TermScorer
        let greatest: Double
        /// The block that reaches the window, its bound, and the frontier that the bound is made of (0: none is known).
        var block = -1
        var bound = 0.0
        var impacts: UInt64 = 0
        /// Scores of the frequencies 1 to 4 by length; nil for lists that are too short to be worth it.
        var table: UnsafePointer<Float>?

        @inline(__always)
        func score(_ frequency: UInt32, _ length: UInt8) -> Double {
            if let table, frequency <= 4 {
                return Double(table[Int(frequency &- 1) &* 256 &+ Int(length)])
            }
            return Double(scorer.score(Float(frequency), lengthByte: length))
        }
    }

    private let plan: SegmentPlan
    private let terms: UnsafeMutablePointer<Term>
    private let count: Int
    private let needsAll: Bool
    /// The lengths that all terms share, if they do.
    private let plane: UnsafePointer<UInt8>?
    private var hasOnePlane: Bool { plane != nil }
    private let sums: Window.Scores
    private let filters: [PlanNode]
    private let hasFilter: Bool
    private let filterBits: Window.Bits
    private let partBits: Window.Bits
    private var filled = UInt32.max
    /// The rarest first, or the weakest.
    private let order: UnsafeMutablePointer<Int>
    /// Documents of a window that all terms looked at so far have, and where each stands in their blocks.
    private let matches: UnsafeMutablePointer<UInt32>
    private let places: UnsafeMutablePointer<Int32>
    private var phrase: PhraseMatch?

    /// The search of a plan; nil if it is of another kind, or if more than the best hits is asked for.
    init?(_ plan: SegmentPlan, _ request: SegmentRequest) {
        guard request.isByRelevance, request.limit > 0, request.count == .none, request.facets.isEmpty,
            let root = plan.root, let shape = Self.shape(root), !shape.terms.isEmpty
        else { return nil }
        self.plan = plan
        needsAll = shape.needsAll
        filters = shape.filters
        count = shape.terms.count
        terms = .allocate(capacity: count)
        for (index, term) in shape.terms.enumerated() {
            (terms + index).initialize(to: term)
            if term.cursor.count >= 4096 { terms[index].table = Self.table(term.scorer, plan.scratch) }
        }
        phrase = shape.phrase
        let first = shape.terms[0].scorer.lengths.plane
        plane = shape.terms.allSatisfy { $0.scorer.lengths.plane == first } ? first : nil
        sums = plan.scratch.scores()
        hasFilter = !filters.isEmpty || plan.view.live.deleted > 0
        filterBits = plan.scratch.bits()
        partBits = plan.scratch.bits()
        order = .allocate(capacity: count)
        matches = .allocate(capacity: PostingsFormat.block)
        places = .allocate(capacity: PostingsFormat.block * count)
        for index in 0..<count { order[index] = index }
        if needsAll { sortOrder { Double(shape.terms[$0].cursor.count) } }
    }

    private static func table(_ scorer: TermScorer, _ scratch: PlanScratch) -> UnsafePointer<Float> {
        let table = scratch.floats(1024)
        for frequency in 0..<4 {
            for length in 0..<256 {
                table[frequency &* 256 &+ length] = scorer.score(
                    Float(frequency &+ 1), lengthByte: UInt8(truncatingIfNeeded: length))
            }
        }
        return UnsafePointer(table)
    }

    /// The least first.
    @inline(__always)
    private func sortOrder(_ key: (Int) -> Double) {
        for index in 1..<max(count, 1) {
            var place = index
            while place > 0, key(order[place - 1]) > key(order[place]) {
                (order[place - 1], order[place]) = (order[place], order[place - 1])
                place -= 1
            }
        }
    }

    func close() {
        terms.deinitialize(count: count)
        terms.deallocate()
        order.deallocate()
        matches.deallocate()
        places.deallocate()
    }

    private struct Shape {
        var terms: [Term]
        var filters: [PlanNode] = []
        var needsAll: Bool
        var phrase: PhraseMatch?
    }

    private static func shape(_ root: PlanNode) -> Shape? {
        if let terms = scoredTerms([root]) { return Shape(terms: terms, needsAll: true) }
        if let phrase = root as? PhraseNode { return shape(phrase, []) }
        if let any = root as? OrNode { return scoredTerms(any.parts).map { Shape(terms: $0, needsAll: false) } }
        guard let all = root as? AndNode else { return nil }
        let (scored, filters) = (all.parts.filter(\.isScored), all.parts.filter { !$0.isScored })
        if scored.isEmpty { return nil }
        if let terms = scoredTerms(scored) { return Shape(terms: terms, filters: filters, needsAll: true) }
        guard scored.count == 1 else { return nil }
        if let phrase = scored[0] as? PhraseNode { return shape(phrase, filters) }
        guard let any = scored[0] as? OrNode, let terms = scoredTerms(any.parts) else { return nil }
        return Shape(terms: terms, filters: filters, needsAll: false)
    }

    /// A phrase's words with the phrase's weight: it occurs no more often than each of them.
    private static func shape(_ phrase: PhraseNode, _ filters: [PlanNode]) -> Shape? {
        guard let scorer = phrase.scorer, phrase.ending == nil else { return nil }
        let terms = phrase.words.map { Term(cursor: $0, scorer: scorer, greatest: Double(scorer.weight)) }
        return Shape(terms: terms, filters: filters, needsAll: true, phrase: phrase.match)
    }

    private static func scoredTerms(_ parts: [PlanNode]) -> [Term]? {
        var terms: [Term] = []
        for part in parts {
            guard let node = part as? TermNode, let scorer = node.scorer else { return nil }
            terms.append(Term(cursor: node.cursor, scorer: scorer, greatest: node.greatest))
        }
        return terms
    }

    /// - Returns: false if documents were left out that match.
    mutating func run(
        _ range: Range<UInt32>, _ top: inout TopList, _ isCancelled: @Sendable () -> Bool
    ) throws(IndexError) -> Bool {
        var document = range.lowerBound
        var isComplete = true
        var steps = 0
        while document < range.upperBound {
            if steps & 63 == 0, isCancelled() { throw .timedOut }
            steps &+= 1
            var (end, sum, active) = (range.upperBound, 0.0, 0)
            var least = Double.infinity
            for index in 0..<count {
                let term = terms + index
                reach(term, document)
                if term.pointee.block < term.pointee.cursor.blocksInList {
                    active &+= 1
                    sum += term.pointee.bound
                    least = min(least, term.pointee.bound)
                    end = min(end, term.pointee.cursor.lastDocument(ofBlock: term.pointee.block) &+ 1)
                } else if needsAll {
                    return isComplete
                }
            }
            if active == 0 { return isComplete }
            if takes(phrase == nil ? sum : least, top), takes(jointBound(sum), top) {
                if needsAll {
                    all(document, end, &top)
                } else {
                    // What follows is likely no worse: many blocks at once cost less than each by itself.
                    end = min(max(end, document &+ Self.stretch), range.upperBound)
                    end = min(end, document &+ Window.documents)
                    either(document, end, &top)
                }
            } else {
                isComplete = false
            }
            document = end
        }
        return isComplete
    }

    @inline(__always)
    private func takes(_ score: Double, _ top: borrowing TopList) -> Bool {
        top.takes(SortSource.key(ofScore: Float(score), isDescending: true))
    }

    /// Finds the block that has the term's next document from `document` on.
    @inline(__always)
    private func reach(_ term: UnsafeMutablePointer<Term>, _ document: UInt32) {
        let block = term.pointee.block
        if block >= 0 {
            if block >= term.pointee.cursor.blocksInList { return }
            if term.pointee.cursor.lastDocument(ofBlock: block) >= document { return }
        }
        let next = term.pointee.cursor.firstBlock(reaching: document, from: max(block, 0))
        term.pointee.block = next
        bind(term)
    }

    /// Takes over the bound of the term's block.
    @inline(__always)
    private func bind(_ term: UnsafeMutablePointer<Term>) {
        let block = term.pointee.block
        if block >= term.pointee.cursor.blocksInList {
            term.pointee.impacts = 0
            term.pointee.bound = 0
        } else if let impacts = term.pointee.cursor.impacts(ofBlock: block) {
            term.pointee.impacts = impacts
            term.pointee.bound = term.pointee.scorer.bound(impacts)
        } else {
            term.pointee.impacts = 0
            term.pointee.bound = term.pointee.greatest
        }
    }

    /// As the sum of the blocks' bounds, but for documents that have one length for all terms: a short one has few
    /// occurrences of each, and one with many is long.
    private func jointBound(_ sum: Double) -> Double {
        guard hasOnePlane, phrase == nil, count > 1, count <= 4 else { return sum }
        var greatest = 0.0
        for index in 0..<count {
            guard isActive(index) else { continue }
            var rest = terms[index].impacts
            if rest == 0 { return sum }
            while rest != 0 {
                // Of documents at least this long, and shorter than the next length of any frontier.
                greatest = max(greatest, bound(ofLength: UInt8(truncatingIfNeeded: rest >> 8)))
                rest >>= 16
            }
        }
        return min(greatest, sum)
    }

    private func bound(ofLength length: UInt8) -> Double {
        var sum = 0.0
        for index in 0..<count {
            guard isActive(index) else { continue }
            var rest = terms[index].impacts
            if rest == 0 { return .infinity }
            // The first pair that is short enough has the highest frequency.
            while rest != 0, UInt8(truncatingIfNeeded: rest >> 8) > length { rest >>= 16 }
            if rest == 0 {
                if needsAll { return 0 }
                continue
            }
            let frequency = UInt8(truncatingIfNeeded: rest)
            let scorer = terms[index].scorer
            sum += Double(frequency == 255 ? scorer.weight : scorer.score(Float(frequency), lengthByte: length))
        }
        return sum
    }

    /// Loads the block of a term and goes to its first document from `document` on.
    @inline(__always)
    private func load(_ term: UnsafeMutablePointer<Term>, _ document: UInt32) {
        term.pointee.cursor.load(term.pointee.block)
        let (list, size) = (term.pointee.cursor.documents, term.pointee.cursor.size)
        var index = term.pointee.cursor.index
        while index < size, list[index] < document { index &+= 1 }
        term.pointee.cursor.index = index
    }

    @inline(__always)
    private func score(_ term: UnsafeMutablePointer<Term>, _ document: UInt32) -> Double {
        term.pointee.cursor.loadFrequencies()
        let frequency = term.pointee.cursor.frequencies[term.pointee.cursor.index]
        let length = term.pointee.scorer.lengths.byte(of: document)
        return Double(term.pointee.scorer.score(Float(frequency), lengthByte: length))
    }

    /// Documents of a window of blocks that have all terms.
    private mutating func all(_ from: UInt32, _ end: UInt32, _ top: inout TopList) {
        let lead = terms + order[0]
        load(lead, from)
        let (list, size) = (lead.pointee.cursor.documents, lead.pointee.cursor.size)
        var (index, found) = (lead.pointee.cursor.index, 0)
        while index < size, list[index] < end {
            matches[found] = list[index]
            places[found] = Int32(truncatingIfNeeded: index)
            found &+= 1
            index &+= 1
        }
        lead.pointee.cursor.index = index
        for other in 1..<max(count, 1) {
            if found == 0 { return }
            load(terms + order[other], from)
            found = intersect(other, found)
        }
        if phrase != nil { return phrases(found, &top) }
        for term in 0..<count { terms[term].cursor.loadFrequencies() }
        if count == 2, let plane { return pairs(found, plane, &top) }
        for match in 0..<found {
            let document = matches[match]
            var sum = 0.0
            for other in 0..<count {
                let term = terms + order[other]
                let frequency = term.pointee.cursor.frequencies[Int(places[other &* PostingsFormat.block &+ match])]
                let length = term.pointee.scorer.lengths.byte(of: document)
                sum += term.pointee.score(frequency, length)
            }
            guard takes(sum, top), !hasFilter || passes(document) else { continue }
            offer(document, sum, &top)
        }
    }

    /// The scores of matches of two terms with the same lengths.
    private mutating func pairs(_ found: Int, _ plane: UnsafePointer<UInt8>, _ top: inout TopList) {
        let (left, right) = (terms[order[0]], terms[order[1]])
        let (leftCounts, rightCounts) = (left.cursor.frequencies, right.cursor.frequencies)
        for match in 0..<found {
            let document = matches[match]
            let length = plane[Int(document)]
            let sum =
                left.score(leftCounts[Int(places[match])], length)
                + right.score(rightCounts[Int(places[PostingsFormat.block &+ match])], length)
            guard takes(sum, top), !hasFilter || passes(document) else { continue }
            offer(document, sum, &top)
        }
    }

    /// Keeps the matches that a further term has.
    private func intersect(_ other: Int, _ found: Int) -> Int {
        let term = terms + order[other]
        let (list, size) = (term.pointee.cursor.documents, term.pointee.cursor.size)
        let row = PostingsFormat.block
        var (place, kept) = (term.pointee.cursor.index, 0)
        for match in 0..<found {
            let document = matches[match]
            var passed = Self.lesser(list + place, document)
            while passed == 4 {
                place &+= 4
                passed = Self.lesser(list + place, document)
            }
            place &+= passed
            if place >= size { break }
            // Written whether it stays or not: a branch would be guessed wrong half of the time.
            matches[kept] = document
            for earlier in 0..<other { places[earlier &* row &+ kept] = places[earlier &* row &+ match] }
            places[other &* row &+ kept] = Int32(truncatingIfNeeded: place)
            kept &+= list[place] == document ? 1 : 0
        }
        term.pointee.cursor.index = min(place, size)
        return kept
    }

    /// How many of the next four documents come before one, without a branch; behind a block's last stand greater ones.
    @inline(__always)
    private static func lesser(_ list: UnsafeMutablePointer<UInt32>, _ document: UInt32) -> Int {
        (list[0] < document ? 1 : 0) &+ (list[1] < document ? 1 : 0) &+ (list[2] < document ? 1 : 0)
            &+ (list[3] < document ? 1 : 0)
    }

    private mutating func phrases(_ found: Int, _ top: inout TopList) {
        for match in 0..<found {
            for other in 0..<count {
                terms[order[other]].cursor.index = Int(places[other * PostingsFormat.block + match])
            }
            let document = matches[match]
            guard let sum = phraseScore(document, top), !hasFilter || passes(document) else { continue }
            offer(document, sum, &top)
        }
    }

    /// The score of the phrase where all words are; nil if they do not stand as it has them, or if it is too low.
    private mutating func phraseScore(_ document: UInt32, _ top: borrowing TopList) -> Double? {
        var least = UInt32.max
        for index in 0..<count {
            terms[index].cursor.loadFrequencies()
            least = min(least, terms[index].cursor.frequencies[terms[index].cursor.index])
        }
        let length = terms[0].scorer.lengths.byte(of: document)
        guard takes(Double(terms[0].scorer.score(Float(least), lengthByte: length)), top) else { return nil }
        for index in 0..<count {
            phrase?.begin(index)
            phrase?.take(index, from: &terms[index].cursor)
        }
        guard let frequency = phrase?.frequency, frequency > 0 else { return nil }
        return Double(terms[0].scorer.score(frequency, lengthByte: length))
    }

    /// At least so many documents are looked at together where any term is enough.
    private static let stretch: UInt32 = 256

    /// Documents of a stretch that have any term.
    private mutating func either(_ from: UInt32, _ end: UInt32, _ top: inout TopList) {
        let span = (Int(end &- from) + 7) & ~7
        sums.update(repeating: 0, count: span)
        for index in 0..<count where isActive(index) { accumulate(terms + index, from, end) }
        // A little less than what is needed, for what rounding may have taken.
        let least = top.worst == .max ? 0 : Float(bitPattern: UInt32(truncatingIfNeeded: -top.worst))
        let limit = max(Double(least) * (1 - 1e-6), .leastNonzeroMagnitude)
        let (raw, limits) = (UnsafeRawPointer(sums), SIMD8<Double>(repeating: limit))
        for group in stride(from: 0, to: span, by: 8) {
            let values = raw.loadUnaligned(fromByteOffset: group &* 8, as: SIMD8<Double>.self)
            guard any(values .>= limits) else { continue }
            for offset in group..<group &+ 8 where sums[offset] >= limit {
                let document = from &+ UInt32(truncatingIfNeeded: offset)
                guard takes(sums[offset], top), !hasFilter || passes(document) else { continue }
                offer(document, sums[offset], &top)
            }
        }
    }

    /// Adds the scores of a term's documents up to `end`, block after block.
    private func accumulate(_ term: UnsafeMutablePointer<Term>, _ from: UInt32, _ end: UInt32) {
        load(term, from)
        let (list, frequencies) = (term.pointee.cursor.documents, term.pointee.cursor.frequencies)
        let own = term.pointee
        while true {
            let size = term.pointee.cursor.size
            var index = term.pointee.cursor.index
            if index < size, list[index] < end { term.pointee.cursor.loadFrequencies() }
            if let plane {
                while index < size, list[index] < end {
                    let document = list[index]
                    sums[Int(document &- from)] += own.score(frequencies[index], plane[Int(document)])
                    index &+= 1
                }
            } else {
                while index < size, list[index] < end {
                    let document = list[index]
                    sums[Int(document &- from)] += own.score(
                        frequencies[index], own.scorer.lengths.byte(of: document))
                    index &+= 1
                }
            }
            term.pointee.cursor.index = index
            let next = term.pointee.block &+ 1
            guard index == size, next < term.pointee.cursor.blocksInList else { return }
            term.pointee.block = next
            bind(term)
            term.pointee.cursor.load(next)
        }
    }

    @inline(__always)
    private func isActive(_ term: Int) -> Bool { terms[term].block < terms[term].cursor.blocksInList }

    @inline(__always)
    private func offer(_ document: UInt32, _ sum: Double, _ top: inout TopList) {
        let score = Float(sum)
        var key = SortSource.key(ofScore: score, isDescending: true)
        guard top.takes(key) else { return }
        if let after = plan.after, !SegmentSearch.isBehind(&key, document, after) { return }
        top.offer(&key, document, score: score)
    }

    /// Whether a document is live and fits the filters. Asked in ascending order.
    private mutating func passes(_ document: UInt32) -> Bool {
        let base = document & ~(Window.documents - 1)
        if base != filled {
            filled = base
            if let live = plan.view.live.window(base) {
                filterBits.update(from: live, count: Window.words)
            } else {
                filterBits.update(repeating: .max, count: Window.words)
            }
            for filter in filters {
                filter.fill(base, partBits)
                for word in 0..<Window.words { filterBits[word] &= partBits[word] }
            }
        }
        let place = Int(document &- base)
        return filterBits[place >> 6] & 1 &<< UInt64(place & 63) != 0
    }
}
