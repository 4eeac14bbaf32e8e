import Core

/// A segment as a snapshot sees it.
struct SegmentView: Sendable {
    var segment: Segment
    var live: LiveDocuments

    /// The documents in the scope, as ranges.
    func documents(in scope: IndexScope) -> [Range<UInt32>] {
        switch scope {
        case .everything:
            let all = 0..<UInt32(segment.documentCount)
            return all.isEmpty ? [] : [all]
        case .buckets(let buckets): return Self.ranges(of: buckets, in: segment)
        }
    }

    static func ranges(of buckets: [BucketID], in segment: Segment) -> [Range<UInt32>] {
        var ranges: [Range<UInt32>] = []
        for bucket in buckets {
            let range = segment.outline.documents(of: bucket)
            if range.isEmpty { continue }
            if let last = ranges.last, last.upperBound == range.lowerBound {
                ranges[ranges.count - 1] = last.lowerBound..<range.upperBound
            } else {
                ranges.append(range)
            }
        }
        return ranges
    }
}

/// What the clauses of one search share over all segments.
final class SearchContext {
    let statistics: CorpusStatistics
    let isCancelled: @Sendable () -> Bool
    let compute: any Compute
    /// By clause: the terms that it was expanded to so far.
    private var expanded: [String: Set<[UInt8]>] = [:]
    private var tables: [TextField: [Float]] = [:]

    init(statistics: CorpusStatistics, isCancelled: @escaping @Sendable () -> Bool, compute: any Compute) {
        self.statistics = statistics
        self.isCancelled = isCancelled
        self.compute = compute
    }

    func checkCancelled() throws(IndexError) { if isCancelled() { throw .timedOut } }

    func count(_ term: [UInt8], of clause: String, pattern: [UInt8]) throws(IndexError) {
        expanded[clause, default: []].insert(term)
        if expanded[clause]?.count ?? 0 > QueryLimits.expandedTerms {
            throw .query(.tooManyTerms(pattern: pattern))
        }
    }

    func weight(_ field: TextField, _ term: [UInt8]) -> Float {
        Relevance.inverseFrequency(
            statistics.terms[CorpusStatistics.Term(field, term)] ?? 0, of: statistics.fields[field]?.documents ?? 0)
    }

    func normalisation(_ field: TextField) -> [Float] {
        if let table = tables[field] { return table }
        let table = Relevance.normalisation(statistics.fields[field] ?? CorpusStatistics.FieldStatistics())
        tables[field] = table
        return table
    }
}

/// A query in one segment with all that it needs, until it has run.
// Safe: @unchecked because it is made by one task and run by the one that it hands it to.
final class SegmentPlan: @unchecked Sendable {
    let view: SegmentView
    let root: PlanNode?
    /// Where to look: the scope.
    let ranges: [Range<UInt32>]
    let scratch: PlanScratch
    var held: [HeldBytes]
    var sort: [SortSource] = []
    /// The keys of the position after which hits count, as `sort` makes them, and the first document behind it.
    var after: (keys: [Int64], document: UInt32)?
    /// Where that position's key stands in each bucket, if hits are sorted by key.
    var afterPlaces: [Int64] = []
    var facetColumns: [Int: ColumnReader] = [:]
    var facetTerms: [Int: [FacetTerm]] = [:]

    init(view: SegmentView, root: PlanNode?, ranges: [Range<UInt32>], scratch: PlanScratch, held: [HeldBytes]) {
        self.view = view
        self.root = root
        self.ranges = ranges
        self.scratch = scratch
        self.held = held
    }
}

struct FacetTerm {
    var value: [UInt8]
    var list: UnionNode.List
}
