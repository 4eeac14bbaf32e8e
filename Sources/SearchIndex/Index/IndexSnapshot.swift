public import Core
private import Synchronization

/// The index at one sequence; later changes do not show. Holds its files open: a merge does not take them away.
public final class IndexSnapshot: Sendable {
    /// Every change up to it shows.
    public let sequence: SequenceNumber
    private let index: SearchIndex
    private let files: [SegmentView]
    private let parts: [(part: MemoryPart, live: LiveDocuments)]
    private let unresolved: [IndexState.Unresolved]
    private let prepared = Mutex<[SegmentView]?>(nil)

    init(
        _ index: SearchIndex, sequence: SequenceNumber, files: [SegmentView],
        parts: [(part: MemoryPart, live: LiveDocuments)], unresolved: [IndexState.Unresolved]
    ) {
        self.index = index
        self.sequence = sequence
        self.files = files
        self.parts = parts
        self.unresolved = unresolved
    }

    /// The segments to search: what was not analysed yet is, and keys whose older documents could not be found without
    /// the drive are looked up.
    private func views() async throws(IndexError) -> [SegmentView] {
        if let views = prepared.withLock({ $0 }) { return views }
        var views = files
        var found: [(key: [UInt8], segment: UInt64, document: UInt32?)] = []
        for entry in unresolved {
            for place in views.indices where entry.segments.contains(views[place].segment.id) {
                let segment = views[place].segment
                let (document, isFound) = try await segment.lowerBound(of: entry.key)
                if isFound { views[place].live.kill(document, in: segment) }
                found.append((entry.key, segment.id, isFound ? document : nil))
            }
        }
        index.settle(found)
        let parts = parts
        if parts.contains(where: { !$0.part.isReady }) {
            _ = await index.compute.run { for part in parts { _ = part.part.segment } }
        }
        for (part, live) in parts { views.append(SegmentView(segment: part.segment, live: live)) }
        views.removeAll { $0.live.count == $0.live.deleted }
        let ready = views
        prepared.withLock { $0 = ready }
        return views
    }

    /// What the scores of a query depend on, counting documents of the scope only.
    public func statistics(for query: IndexQuery, scope: IndexScope) async throws(IndexError) -> CorpusStatistics {
        try await StatisticsGathering(scope: scope, compute: index.compute).statistics(query, views())
    }

    /// Searches all segments and puts their best hits together.
    /// - Parameter isCancelled: asked once for every 4,096 documents at least, on any thread; true ends the search with
    ///   `.timedOut`.
    public func search(
        _ search: IndexSearch, isCancelled: @escaping @Sendable () -> Bool
    ) async throws(IndexError) -> IndexReply {
        let views = try await views()
        let statistics: CorpusStatistics
        if let given = search.statistics {
            statistics = given
        } else {
            statistics = try await StatisticsGathering(scope: search.scope, compute: index.compute)
                .statistics(search.query, views)
        }
        let context = SearchContext(statistics: statistics, isCancelled: isCancelled, compute: index.compute)
        return try await SearchRun(search, context).reply(views)
    }

    /// Terms of the field that begin with `prefix`, most frequent first, counting documents of the scope only.
    public func suggestions(
        _ prefix: [UInt8], in field: TextField, scope: IndexScope, limit: Int,
        isCancelled: @escaping @Sendable () -> Bool
    ) async throws(IndexError) -> [(term: [UInt8], documents: UInt64)] {
        let gathering = StatisticsGathering(scope: scope, compute: index.compute)
        let context = SearchContext(
            statistics: CorpusStatistics(), isCancelled: isCancelled, compute: index.compute)
        let code = FieldCode.of(field)
        var counts: [[UInt8]: UInt64] = [:]
        for view in try await views() {
            let ranges = view.documents(in: scope)
            if ranges.isEmpty { continue }
            var terms: [[UInt8]] = []
            let entries = try await view.segment.terms(
                beginningWith: code + prefix, skipping: code.count, context, fits: { !$0.isEmpty },
                found: { term throws(IndexError) in terms.append(term) })
            for (place, (term, entry)) in zip(terms, entries).enumerated() {
                if place & 255 == 0 { try context.checkCancelled() }
                let count = try await gathering.count(entry, view, ranges).documents
                if count > 0 { counts[term, default: 0] += count }
            }
        }
        let sorted = counts.map { (term: $0.key, documents: $0.value) }.sorted { left, right in
            left.documents != right.documents
                ? left.documents > right.documents : left.term.lexicographicallyPrecedes(right.term)
        }
        return Array(sorted.prefix(max(limit, 0)))
    }
}
