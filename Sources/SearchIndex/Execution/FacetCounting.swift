import Core

/// Counts of one request over segments.
struct FacetCounts {
    let request: FacetRequest
    private var terms: [FacetReply.Value.Term: UInt64] = [:]
    private var ranges: [UInt64] = []
    private var intervals: [Int64: UInt64] = [:]

    static let maximumValues = 65_536
    static let maximumIntervals = 1000

    init(_ request: FacetRequest) {
        self.request = request
        if case .ranges(_, let wanted) = request { ranges = Array(repeating: 0, count: wanted.count) }
    }

    var reply: FacetReply {
        switch request {
        case .terms:
            .terms(terms.map { FacetReply.Value($0.key, $0.value) }.sorted(by: FacetReply.Value.precedes))
        case .ranges: .ranges(ranges)
        case .dateHistogram:
            .dateHistogram(intervals.sorted { $0.key < $1.key }.map { FacetReply.Interval($0.key, $0.value) })
        }
    }

    /// Adds the documents of a segment whose bits are set.
    mutating func add(
        _ plan: SegmentPlan, request index: Int, matched: Window.Bits, isCancelled: @Sendable () -> Bool
    ) throws(IndexError) {
        switch request {
        case .terms(.bucket, _): addBuckets(plan, matched)
        case .terms(.keyword, _): try addValues(plan, plan.facetTerms[index] ?? [], matched, isCancelled)
        case .ranges(_, let wanted):
            try forEachValue(plan, plan.facetColumns[index], matched, isCancelled) { value in
                for (place, range) in wanted.enumerated()
                where value >= range.lower ?? .min && range.upper.map({ value < $0 }) ?? true { ranges[place] += 1 }
            }
        case .dateHistogram(_, let interval):
            try addIntervals(plan, plan.facetColumns[index], interval, matched, isCancelled)
            if intervals.count > Self.maximumIntervals { throw .query(.tooManyFacetValues) }
        }
    }

    /// Counts hours or days first, where a chunk spans few of them: the calendar is asked once for each of those.
    private mutating func addIntervals(
        _ plan: SegmentPlan, _ column: ColumnReader?, _ interval: FacetRequest.Interval, _ matched: Window.Bits,
        _ isCancelled: @Sendable () -> Bool
    ) throws(IndexError) {
        guard let column else { return }
        let unit: Int64 = interval == .hour ? 3_600_000 : 86_400_000
        let chunks = (column.count + ColumnFormat.chunk - 1) / ColumnFormat.chunk
        var (least, greatest) = (Int64.max, Int64.min)
        for index in 0..<chunks {
            let chunk = column.chunk(index)
            guard chunk.presence != .none else { continue }
            (least, greatest) = (min(least, chunk.least), max(greatest, chunk.greatest))
        }
        guard least <= greatest else { return }
        let span = greatest.subtractingReportingOverflow(least)
        if span.overflow || span.partialValue / unit > 1 << 20 {
            var found = intervals
            try forEachValue(plan, column, matched, isCancelled) { found[interval.start(of: $0), default: 0] += 1 }
            intervals = found
            return
        }
        let first = interval == .hour ? interval.start(of: least) : FacetRequest.Interval.day.start(of: least)
        var counts = [UInt64](repeating: 0, count: Int((greatest - first) / unit) + 1)
        try counts.withUnsafeMutableBufferPointer { (counts) throws(IndexError) in
            let base = counts
            try forEachValue(plan, column, matched, isCancelled) { base[Int(($0 &- first) / unit)] &+= 1 }
        }
        for (place, count) in counts.enumerated() where count > 0 {
            intervals[interval.start(of: first + Int64(place) * unit), default: 0] += count
        }
    }

    private mutating func addBuckets(_ plan: SegmentPlan, _ matched: Window.Bits) {
        let outline = plan.view.segment.outline
        for index in outline.buckets.indices {
            let range = outline.documents(ofBucketAt: index)
            var count = 0
            for word in Int(range.lowerBound >> 6)...Int((range.upperBound - 1) >> 6) {
                var bits = matched[word]
                if word == Int(range.lowerBound >> 6) { bits &= UInt64.max << UInt64(range.lowerBound & 63) }
                if word == Int((range.upperBound - 1) >> 6) {
                    bits &= UInt64.max >> UInt64(63 - (range.upperBound - 1) & 63)
                }
                count += bits.nonzeroBitCount
            }
            if count > 0 { terms[.bucket(outline.buckets[index].bucket), default: 0] += UInt64(count) }
        }
    }

    private mutating func addValues(
        _ plan: SegmentPlan, _ values: [FacetTerm], _ matched: Window.Bits, _ isCancelled: @Sendable () -> Bool
    ) throws(IndexError) {
        let scratch = plan.scratch.cursor()
        let documents = plan.view.segment.documentCount
        for (place, value) in values.enumerated() {
            if place & 255 == 0, isCancelled() { throw .timedOut }
            var count: UInt64 = 0
            value.list.forEachBlock(documents: documents, scratch: scratch) { list, size in
                for index in 0..<size {
                    count &+= matched[Int(list[index] >> 6)] &>> UInt64(list[index] & 63) & 1
                }
            }
            if count > 0 { terms[.bytes(value.value), default: 0] += count }
            if terms.count > Self.maximumValues { throw .query(.tooManyFacetValues) }
        }
    }

    private func forEachValue(
        _ plan: SegmentPlan, _ column: ColumnReader?, _ matched: Window.Bits, _ isCancelled: @Sendable () -> Bool,
        _ body: (Int64) -> Void
    ) throws(IndexError) {
        guard let column else { return }
        for index in 0..<(column.count + ColumnFormat.chunk - 1) / ColumnFormat.chunk {
            if isCancelled() { throw .timedOut }
            let chunk = column.chunk(index)
            guard chunk.presence != .none else { continue }
            Window.forEach(matched + index * Window.words) { place in
                if chunk.isPresent(place) { body(chunk.value(place)) }
            }
        }
    }
}
