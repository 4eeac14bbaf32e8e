/// What is wanted of every segment.
struct SegmentRequest: Sendable {
    var limit: Int
    var count: CountMode
    var facets: [FacetRequest]
    /// Best scores first, and nothing else: the order in which bounds can end the search of a window.
    var isByRelevance: Bool
    /// Keys of different buckets are in no common order: each bucket has hits of its own.
    var isByBucket: Bool
}

/// A hit before its key is known.
struct Candidate {
    var segment: Int
    var document: UInt32
    var score: Float
    var firstKey: Int64
}

/// Runs one plan: window by window in ascending order of documents.
struct SegmentSearch {
    let plan: SegmentPlan
    let request: SegmentRequest
    let isCancelled: @Sendable () -> Bool
    /// Keys beyond it cannot be among the hits of all segments.
    var floor = Int64.max

    private(set) var candidates: [Candidate] = []
    private(set) var counted = 0
    private(set) var isComplete = true
    private(set) var matched: Window.Bits?

    private let bits: Window.Bits
    /// All matches of the window that was looked at last, whatever is live or in the range.
    private let windowBits: Window.Bits
    private var filled = UInt32.max
    private let scores: Window.Scores

    init(_ plan: SegmentPlan, _ request: SegmentRequest, isCancelled: @escaping @Sendable () -> Bool) {
        self.plan = plan
        self.request = request
        self.isCancelled = isCancelled
        bits = plan.scratch.bits()
        windowBits = plan.scratch.bits()
        scores = plan.scratch.scores()
    }

    mutating func run(index: Int) throws(IndexError) {
        guard let root = plan.root else { return }
        if !request.facets.isEmpty { matched = plan.scratch.bits(of: plan.view.segment.documentCount) }
        var ranges = plan.ranges
        if request.isByBucket {
            let outline = plan.view.segment.outline
            ranges = ranges.flatMap { range in
                (outline.bucketIndex(of: range.lowerBound)...outline.bucketIndex(of: range.upperBound - 1)).map {
                    outline.documents(ofBucketAt: $0)
                }
            }
        }
        var top = newList()
        var flat = FlatSearch(plan, request)
        defer { flat?.close() }
        for range in ranges {
            placeAfter(range)
            if let isWhole = try flat?.run(range, &top, isCancelled) {
                isComplete = isComplete && isWhole
            } else {
                try run(root, range, &top)
            }
            if request.isByBucket {
                take(top, index)
                top = newList()
            }
        }
        take(top, index)
    }

    /// A cursor's key among the documents of the range's bucket.
    private func placeAfter(_ range: Range<UInt32>) {
        guard plan.after != nil, !plan.afterPlaces.isEmpty else { return }
        let place = plan.afterPlaces[plan.view.segment.outline.bucketIndex(of: range.lowerBound)]
        for (index, source) in plan.sort.enumerated() {
            if case .key(let isDescending) = source { plan.after?.keys[index] = isDescending ? -place : place }
        }
    }

    private func newList() -> TopList {
        var top = TopList(limit: request.limit, width: max(plan.sort.count, 1))
        if plan.sort[0].isComparable { top.floor = floor }
        return top
    }

    private mutating func take(_ top: TopList, _ index: Int) {
        for place in 0..<top.count {
            candidates.append(
                Candidate(
                    segment: index, document: top.documents[place], score: top.scores[place],
                    firstKey: top.keys[place * top.width]))
        }
    }

    private mutating func run(_ root: PlanNode, _ range: Range<UInt32>, _ top: inout TopList) throws(IndexError) {
        var document = range.lowerBound
        let needsAll = request.count == .exact || !request.facets.isEmpty
        while document < range.upperBound {
            // A window that an earlier range began is there already, and its nodes have moved on.
            if document & ~(Window.documents - 1) != filled { document = root.next(from: document) }
            guard document < range.upperBound else { break }
            if isCancelled() { throw .timedOut }
            let base = document & ~(Window.documents - 1)
            let end = min(base &+ Window.documents, range.upperBound)
            let mayHit = mayHit(root, base, from: document, to: end, top)
            if !mayHit, !needsAll {
                isComplete = false
                document = end
                continue
            }
            if base != filled {
                if root.isScored, mayHit || plan.ranges.count > 1 || request.isByBucket {
                    scores.update(repeating: 0, count: Int(Window.documents))
                    root.fill(base, windowBits, adding: scores)
                } else {
                    root.fill(base, windowBits)
                }
                filled = base
            }
            bits.update(from: windowBits, count: Window.words)
            restrict(base, range)
            if request.count != .none { counted += Window.count(bits) }
            if let matched { keep(matched + Int(base >> 6)) }
            if mayHit { offer(base, scored: root.isScored, &top) }
            document = end
        }
    }

    /// Whether a document of a window can still get among the hits.
    private func mayHit(
        _ root: PlanNode, _ base: UInt32, from: UInt32, to: UInt32, _ top: TopList
    ) -> Bool {
        guard request.limit > 0 else { return false }
        guard top.isFull || top.floor < .max else { return true }
        switch plan.sort[0] {
        case .relevance(isDescending: true):
            let best = SortSource.key(ofScore: Float(root.bound(from: from, to: to)), isDescending: true)
            return request.isByRelevance ? top.takes(best) : best <= top.worst
        case .column(let column?, let isDescending):
            let chunk = column.chunk(Int(base / Window.documents))
            if chunk.presence == .none { return SortSource.missing <= top.worst }
            let best = isDescending ? ~chunk.greatest : chunk.least
            return plan.sort.count == 1 ? top.takes(best) : best <= top.worst
        default: return true
        }
    }

    private func restrict(_ base: UInt32, _ range: Range<UInt32>) {
        if let live = plan.view.live.window(base) { for word in 0..<Window.words { bits[word] &= live[word] } }
        if range.lowerBound > base {
            let first = Int(range.lowerBound - base)
            for word in 0..<first >> 6 { bits[word] = 0 }
            bits[first >> 6] &= UInt64.max << UInt64(first & 63)
        }
        if range.upperBound < base &+ Window.documents {
            let end = Int(range.upperBound - base)
            bits[end >> 6] &= ~(UInt64.max << UInt64(end & 63))
            for word in (end >> 6) + 1..<max(Window.words, (end >> 6) + 1) { bits[word] = 0 }
        }
    }

    /// Two ranges may meet in one window.
    private func keep(_ target: Window.Bits) { for word in 0..<Window.words { target[word] |= bits[word] } }

    private func offer(_ base: UInt32, scored: Bool, _ top: inout TopList) {
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: plan.sort.count) { keys in
            guard let keys = keys.baseAddress else { return }
            switch plan.sort[0] {
            case .relevance(let isDescending):
                Window.forEach(bits) { place in
                    let score = scored ? Float(scores[place]) : 0
                    offer(base, place, SortSource.key(ofScore: score, isDescending: isDescending), keys, scored, &top)
                }
            case .column(let column?, let isDescending):
                let chunk = column.chunk(Int(base / Window.documents))
                Window.forEach(bits) { place in
                    let value = chunk.isPresent(place) ? chunk.value(place) : SortSource.missing
                    let key = isDescending && chunk.isPresent(place) ? ~value : value
                    offer(base, place, key, keys, scored, &top)
                }
            default:
                Window.forEach(bits) { place in
                    let key = plan.sort[0].key(base &+ UInt32(truncatingIfNeeded: place), score: 0)
                    offer(base, place, key, keys, scored, &top)
                }
            }
        }
    }

    @inline(__always)
    private func offer(
        _ base: UInt32, _ place: Int, _ first: Int64, _ keys: UnsafeMutablePointer<Int64>, _ scored: Bool,
        _ top: inout TopList
    ) {
        // Most are no better than what there is.
        guard top.width == 1 ? top.takes(first) : first <= top.worst else { return }
        insert(base, place, first, keys, scored, &top)
    }

    @inline(never)
    private func insert(
        _ base: UInt32, _ place: Int, _ first: Int64, _ keys: UnsafeMutablePointer<Int64>, _ scored: Bool,
        _ top: inout TopList
    ) {
        let document = base &+ UInt32(truncatingIfNeeded: place)
        let score = scored ? Float(scores[place]) : 0
        keys[0] = first
        for index in 1..<max(top.width, 1) { keys[index] = plan.sort[index].key(document, score: score) }
        if let after = plan.after, !Self.isBehind(keys, document, after) { return }
        top.offer(keys, document, score: score)
    }

    static func isBehind(
        _ keys: UnsafePointer<Int64>, _ document: UInt32, _ after: (keys: [Int64], document: UInt32)
    ) -> Bool {
        for (index, key) in after.keys.enumerated() where keys[index] != key { return keys[index] > key }
        return document >= after.document
    }
}
