import Core

/// Counts what scores depend on, deleted documents left out.
struct StatisticsGathering {
    let scope: IndexScope
    let compute: any Compute
    private let scratch = TermScratch()
    private let memory = PlanScratch()

    init(scope: IndexScope, compute: any Compute) {
        self.scope = scope
        self.compute = compute
    }

    func statistics(_ query: IndexQuery, _ views: [SegmentView]) async throws(IndexError) -> CorpusStatistics {
        var statistics = CorpusStatistics()
        let terms = query.scoredTerms
        for term in terms {
            statistics.terms[term] = 0
            statistics.fields[term.field] = CorpusStatistics.FieldStatistics()
        }
        let fields = statistics.fields.keys
        for view in views {
            let ranges = view.documents(in: scope)
            if ranges.isEmpty { continue }
            for field in fields {
                let of = try await self.field(field, view, ranges)
                statistics.fields[field]?.documents += of.documents
                statistics.fields[field]?.words += of.words
            }
            for term in terms where !term.term.isEmpty {
                guard let entry = try await view.segment.term(FieldCode.of(term.field) + term.term, scratch: scratch)
                else { continue }
                statistics.terms[term, default: 0] += try await count(entry, view, ranges).documents
            }
        }
        return statistics
    }

    private func field(
        _ field: TextField, _ view: SegmentView, _ ranges: [Range<UInt32>]
    ) async throws(IndexError) -> CorpusStatistics.FieldStatistics {
        guard let plane = FieldCode.lengthPlane(field) else {
            guard let entry = try await view.segment.term(FieldCode.of(field), scratch: scratch) else {
                return CorpusStatistics.FieldStatistics()
            }
            return try await count(entry, view, ranges)
        }
        var totals = CorpusStatistics.FieldStatistics()
        let outline = view.segment.outline
        for range in ranges {
            for index in outline.bucketIndex(of: range.lowerBound)...outline.bucketIndex(of: range.upperBound - 1) {
                var of = outline.buckets[index].totals
                if let dead = view.live.deadTotals[index] { of.subtract(dead) }
                totals.documents += of[plane].documents
                totals.words += of[plane].words
            }
        }
        return totals
    }

    /// Live documents of the ranges that have a term, and the sum of its frequencies there if it is a counted one.
    func count(
        _ entry: TermEntry, _ view: SegmentView, _ ranges: [Range<UInt32>]
    ) async throws(IndexError) -> CorpusStatistics.FieldStatistics {
        let isWhole = ranges.count == 1 && ranges[0].count == view.segment.documentCount
        if isWhole, view.live.deleted == 0 {
            return CorpusStatistics.FieldStatistics(documents: UInt64(entry.count), words: UInt64(entry.words))
        }
        if entry.count == 1 {
            let isIn = ranges.contains { $0.contains(entry.document) } && view.live.isLive(entry.document)
            return CorpusStatistics.FieldStatistics(documents: isIn ? 1 : 0, words: isIn ? UInt64(entry.frequency) : 0)
        }
        let list = UnionNode.List(entry: entry, postings: try await view.segment.bytes(.postings, entry.postings))
        if entry.count < 2048 { return Self.count(list, view, ranges, memory.countingScratch) }
        return await compute.run { Self.count(list, view, ranges, PlanScratch().countingScratch) }
    }

    private static func count(
        _ list: UnionNode.List, _ view: SegmentView, _ ranges: [Range<UInt32>], _ scratch: PlanScratch.Counting
    ) -> CorpusStatistics.FieldStatistics {
        var totals = CorpusStatistics.FieldStatistics()
        var range = 0
        list.forEachBlock(documents: view.segment.documentCount, scratch: scratch.words) { documents, count in
            for index in 0..<count {
                let document = documents[index]
                while range < ranges.count, ranges[range].upperBound <= document { range += 1 }
                guard range < ranges.count, ranges[range].lowerBound <= document, view.live.isLive(document) else {
                    continue
                }
                totals.documents += 1
                if list.entry.kind == .counted {
                    totals.words += UInt64(scratch.words[PostingsCursor.frequencyPlace + index])
                }
            }
        }
        return totals
    }
}

extension PlanScratch {
    /// Room for a block of a list.
    struct Counting {
        let owner: PlanScratch
        let words: UnsafeMutablePointer<UInt32>
    }

    var countingScratch: Counting { Counting(owner: self, words: cursor()) }
}
