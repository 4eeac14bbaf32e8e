import Core

/// One search over the segments of a snapshot: plans are made (which loads what they need), run on a compute thread, and
/// the hits' keys are read.
struct SearchRun {
    private let search: IndexSearch
    private let context: SearchContext
    private let request: SegmentRequest
    private let sort: [SortKey]

    init(_ search: IndexSearch, _ context: SearchContext) {
        self.search = search
        self.context = context
        sort = search.sort.isEmpty ? [SortKey(.relevance, isDescending: true)] : search.sort
        request = SegmentRequest(
            limit: min(max(search.limit, 0), 1000), count: search.count, facets: search.facets,
            isByRelevance: sort.count == 1 && sort[0].field == .relevance && sort[0].isDescending,
            isByBucket: sort.contains { $0.field == .key })
    }

    private struct Outcome: Sendable {
        var result: Result<SegmentTotals, IndexError>
    }

    func reply(_ views: [SegmentView]) async throws(IndexError) -> IndexReply {
        var plans: [SegmentPlan] = []
        // The largest first: its hits leave the least to look at elsewhere.
        for view in views.sorted(by: { $0.segment.documentCount > $1.segment.documentCount }) {
            try context.checkCancelled()
            let plan = try await plan(view)
            if plan.root != nil { plans.append(plan) }
        }
        let (batch, request, sort, isCancelled) = (SegmentPlans(plans), request, sort, context.isCancelled)
        let outcome = await context.compute.run {
            Outcome(
                result: Result { () throws(IndexError) in
                    try SegmentTotals(batch.plans, request, sort, isCancelled)
                })
        }
        let totals = try outcome.result.get()
        var reply = IndexReply()
        reply.hits = try await hits(totals.candidates, plans)
        if search.count != .none {
            reply.count = UInt64(totals.count)
            reply.isCountExact = totals.isComplete
        }
        reply.facets = totals.facets
        return reply
    }

    private func plan(_ view: SegmentView) async throws(IndexError) -> SegmentPlan {
        var builder = PlanBuilder(view, search.scope, context, needsScores: true)
        let plan = try await builder.plan(search.query)
        guard plan.root != nil else { return plan }
        let segment = view.segment
        for key in sort {
            switch key.field {
            case .relevance: plan.sort.append(.relevance(isDescending: key.isDescending))
            case .key: plan.sort.append(.key(isDescending: key.isDescending))
            case .column(let field):
                plan.sort.append(.column(try await segment.column(field), isDescending: key.isDescending))
            case .keyword(let name):
                let terms = try await terms(.metadata(name), segment, plan)
                let ordinals = KeywordOrdinals(terms, documents: segment.documentCount, scratch: plan.scratch)
                plan.sort.append(.keyword(ordinals, isDescending: key.isDescending))
            }
        }
        for (index, facet) in search.facets.enumerated() {
            switch facet {
            case .terms(.bucket, _): break
            case .terms(.keyword(let field), _): plan.facetTerms[index] = try await terms(field, segment, plan)
            case .ranges(let field, _), .dateHistogram(let field, _):
                plan.facetColumns[index] = try await segment.column(field)
            }
        }
        if let after = search.after { plan.after = try await position(after, plan) }
        return plan
    }

    /// All values of a field with their lists.
    private func terms(
        _ field: KeywordField, _ segment: Segment, _ plan: SegmentPlan
    ) async throws(IndexError) -> [FacetTerm] {
        let code = FieldCode.of(field)
        var values: [[UInt8]] = []
        let entries = try await segment.terms(
            beginningWith: code, skipping: code.count, context, fits: { _ in true },
            found: { term throws(IndexError) in values.append(term.withUnsafeBytes { KeywordForm.shown(field, $0) }) })
        var terms: [FacetTerm] = []
        terms.reserveCapacity(entries.count)
        let none = HeldBytes(Allocation(count: 0))
        for (value, var entry) in zip(values, entries) {
            entry.owner = nil
            let bytes = entry.count == 1 ? none : try await segment.bytes(.postings, entry.postings)
            terms.append(FacetTerm(value: value, list: UnionNode.List(entry: entry, postings: bytes)))
        }
        return terms
    }

    /// A cursor's position in one segment's keys.
    private func position(
        _ after: SortPosition, _ plan: SegmentPlan
    ) async throws(IndexError) -> (keys: [Int64], document: UInt32) {
        let segment = plan.view.segment
        let (document, isFound) = try await segment.lowerBound(of: PendingDocument.key(after.bucket, after.key))
        var keys: [Int64] = []
        for (value, source) in zip(after.values, plan.sort) {
            switch (value, source) {
            case (.score(let score), .relevance(let isDescending)):
                keys.append(SortSource.key(ofScore: score, isDescending: isDescending))
            case (.number(let number), .column(_, let isDescending)): keys.append(isDescending ? ~number : number)
            case (.bytes(let bytes), .keyword(let ordinals, let isDescending)):
                let ordinal = ordinals.ordinal(of: bytes)
                keys.append(isDescending ? -ordinal : ordinal)
            case (.bytes, .key): keys.append(0)
            default: keys.append(SortSource.missing)
            }
        }
        // A key's place is another one in each bucket.
        if request.isByBucket {
            for bucket in segment.outline.buckets.map(\.bucket) {
                let (place, isFound) = try await segment.lowerBound(of: PendingDocument.key(bucket, after.key))
                plan.afterPlaces.append(Int64(place) * 2 - (isFound ? 0 : 1))
            }
        }
        return (keys, document + (isFound ? 1 : 0))
    }

    // MARK: Hits

    private func hits(_ candidates: [Candidate], _ plans: [SegmentPlan]) async throws(IndexError) -> [IndexHit] {
        guard request.limit > 0 else { return [] }
        var candidates = candidates
        if candidates.count > request.limit, plans.first?.sort.first?.isComparable == true {
            // What is worse by its first key alone than as many others as are wanted needs no key read.
            let keys = candidates.map(\.firstKey).sorted()
            candidates.removeAll { $0.firstKey > keys[request.limit - 1] }
        }
        var hits: [IndexHit] = []
        hits.reserveCapacity(candidates.count)
        for (index, candidate) in candidates.enumerated() {
            if index & 63 == 0 { try context.checkCancelled() }
            let plan = plans[candidate.segment]
            let full = try await plan.view.segment.key(of: candidate.document)
            guard full.count >= 8 else { throw .damaged("segment \(plan.view.segment.id): keys") }
            let key = Array(full[8...])
            let values = plan.sort.map { source -> SortValue in
                switch source {
                case .relevance: .score(candidate.score)
                case .key: .bytes(key)
                case .column(let column, _): column?.value(of: candidate.document).map(SortValue.number) ?? .missing
                case .keyword(let ordinals, _): ordinals.value(of: candidate.document).map(SortValue.bytes) ?? .missing
                }
            }
            let bucket = BucketID(full[..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
            hits.append(
                IndexHit(
                    score: candidate.score, position: SortPosition(values: values, bucket: bucket, key: key)))
        }
        hits.sort { $0.position.precedes($1.position, under: sort) }
        return Array(hits.prefix(request.limit))
    }
}

/// Plans on their way to the thread that runs them.
// Safe: @unchecked because the maker does not touch them until they have run.
private final class SegmentPlans: @unchecked Sendable {
    let plans: [SegmentPlan]
    init(_ plans: [SegmentPlan]) { self.plans = plans }
}

/// What the segments have found together.
struct SegmentTotals: Sendable {
    var candidates: [Candidate] = []
    var count = 0
    var isComplete = true
    var facets: [FacetReply] = []

    init(
        _ plans: [SegmentPlan], _ request: SegmentRequest, _ sort: [SortKey],
        _ isCancelled: @escaping @Sendable () -> Bool
    ) throws(IndexError) {
        var facets = request.facets.map { FacetCounts($0) }
        var best: [Int64] = []
        for (index, plan) in plans.enumerated() {
            var search = SegmentSearch(plan, request, isCancelled: isCancelled)
            if best.count == request.limit, let worst = best.last { search.floor = worst }
            try search.run(index: index)
            candidates += search.candidates
            count += search.counted
            isComplete = isComplete && search.isComplete
            if plan.sort[0].isComparable, plans.count > 1 {
                best = Array((best + search.candidates.map(\.firstKey)).sorted().prefix(request.limit))
            }
            guard let matched = search.matched else { continue }
            for place in facets.indices {
                try facets[place].add(plan, request: place, matched: matched, isCancelled: isCancelled)
            }
        }
        self.facets = facets.map(\.reply)
    }
}
