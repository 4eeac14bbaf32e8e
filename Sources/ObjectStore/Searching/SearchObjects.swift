import Core
import Metadata
public import S3
import SearchIndex

/// A search over all shards that hold objects of its scope: statistics from each, added up, then the best hits of each by
/// those statistics, merged. Hits, order and scores do not depend on where the keys are cut.
///
/// A shard that cannot answer makes the search fail, unless the client allows a partial answer, which says what is missing.
public struct SearchObjects: Sendable {
    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    public func run(_ request: SearchRequest, by requester: Requester) async throws(S3Error) -> SearchResult {
        let begin = context.clock.now
        let deadline = begin + .milliseconds(request.timeoutMilliseconds)
        let scope = try await context.searchScope(request.bucket, by: requester)
        var result: SearchResult
        if let text = request.suggestion {
            result = try await suggest(text, request, scope, deadline)
        } else {
            result = try await search(request, scope, requester, deadline)
        }
        result.tookMicroseconds = context.clock.now.since(begin).nanoseconds / 1000
        return result
    }

    private func search(
        _ request: SearchRequest, _ scope: SearchScope, _ requester: Requester, _ deadline: Instant
    ) async throws(S3Error) -> SearchResult {
        let plan = try SearchPlan(request, scope, now: context.clock.wallTime)
        let question = Self.question(request, requester)
        let cursor = try request.cursor.map { (text) throws(S3Error) in
            try SearchCursor(text, question: question, key: context.cursorKey)
        }
        var result = SearchResult()
        var statistics = cursor?.statistics
        if statistics == nil, plan.needsStatistics {
            var sum = CorpusStatistics()
            let parts = try await gather(scope.shards, request, &result) { (shard) async throws(SearchServiceError) in
                try await context.search.statistics(of: plan.query, scope: scope.index, in: shard, deadline: deadline)
            }
            for part in parts { sum.add(part.value) }
            statistics = sum
        }
        // One more than wanted tells whether there is a next page.
        let search = IndexSearch(
            query: plan.query, scope: scope.index, sort: plan.sort, limit: min(request.limit + 1, 1001),
            after: cursor?.position, facets: plan.facets, count: CountMode(request.count), statistics: statistics)
        let missing = Set(result.missing.map { ShardID($0.shard) })
        let replies = try await gather(
            scope.shards.filter { !missing.contains($0) }, request, &result
        ) { (shard) async throws(SearchServiceError) in
            try await context.search.search(search, in: shard, deadline: deadline)
        }
        let hits = Self.merged(replies.map(\.value.value.hits), sort: plan.sort)
        for reply in replies {
            result.applied.append(
                SearchResult.Shard(shard: reply.shard.rawValue, applied: reply.value.applied.rawValue))
        }
        if request.count != .none {
            result.count = replies.reduce(0) { $0 + ($1.value.value.count ?? 0) }
            result.isCountExact = result.missing.isEmpty && replies.allSatisfy { $0.value.value.isCountExact }
        }
        for (index, facet) in plan.facets.enumerated() {
            let merged = FacetReply.merged(replies.map { $0.value.value.facets[index] }, for: facet)
            result.facets.append(Self.shown(merged, facet, request.facets[index], scope))
        }
        let page = hits.prefix(request.limit)
        if hits.count > request.limit, let last = page.last {
            result.cursor = SearchCursor(position: last.position, statistics: statistics)
                .encoded(question: question, key: context.cursorKey)
        }
        try await show(page, plan, request, scope, &result)
        if request.explains { result.explanation = Self.explanation(plan.query, statistics) }
        return result
    }

    // MARK: Scatter and gather

    private struct Reply<Value: Sendable>: Sendable {
        var shard: ShardID
        var value: Value
    }

    /// In the order of the shards. What does not answer is noted as missing where the client allows that.
    private func gather<Value: Sendable>(
        _ shards: [ShardID], _ request: SearchRequest, _ result: inout SearchResult,
        _ ask: @escaping @Sendable (ShardID) async throws(SearchServiceError) -> Value
    ) async throws(S3Error) -> [Reply<Value>] {
        var outcomes: [ShardID: Result<Value, SearchServiceError>] = [:]
        if shards.count == 1 {
            do throws(SearchServiceError) { outcomes[shards[0]] = .success(try await ask(shards[0])) } catch {
                outcomes[shards[0]] = .failure(error)
            }
        } else {
            outcomes = await withTaskGroup(of: (ShardID, Result<Value, SearchServiceError>).self) { group in
                for shard in shards {
                    group.addTask {
                        do throws(SearchServiceError) { return (shard, .success(try await ask(shard))) } catch {
                            return (shard, .failure(error))
                        }
                    }
                }
                var outcomes: [ShardID: Result<Value, SearchServiceError>] = [:]
                for await (shard, outcome) in group { outcomes[shard] = outcome }
                return outcomes
            }
        }
        var replies: [Reply<Value>] = []
        for shard in shards {
            switch outcomes[shard] {
            case .success(let value): replies.append(Reply(shard: shard, value: value))
            case .failure(let error):
                let refusal = S3Error(error, shard: shard)
                guard request.allowsPartial, refusal.status >= 500 else { throw refusal }
                result.missing.append(
                    SearchResult.MissingShard(shard: shard.rawValue, reason: refusal.message))
            case nil: continue
            }
        }
        return replies
    }

    private static func merged(_ lists: [[IndexHit]], sort: [SortKey]) -> [IndexHit] {
        guard lists.count > 1 else { return lists.first ?? [] }
        return lists.flatMap { $0 }.sorted { $0.position.precedes($1.position, under: sort) }
    }

    /// What must be the same on every page.
    private static func question(_ request: SearchRequest, _ requester: Requester) -> [UInt8] {
        var writer = ByteWriter(reserving: 256)
        writer.write(requester.owner.id)
        writer.write(request.bucket?.text ?? "")
        writer.write(request.query)
        writer.write(list: request.sort) { writer, sort in
            writer.write(sort.field)
            writer.write(optional: sort.isDescending) { $0.write($1) }
        }
        return writer.bytes
    }

    private static func explanation(_ query: IndexQuery, _ statistics: CorpusStatistics?) -> String {
        var lines = ["query: \(query)"]
        for (field, counts) in (statistics?.fields ?? [:]).map({ ("\($0.key)", $0.value) }).sorted(by: { $0.0 < $1.0 })
        {
            lines.append("\(field): \(counts.documents) documents, \(counts.words) words")
        }
        let terms = (statistics?.terms ?? [:]).map {
            ("\($0.key.field) \"\(String(decoding: $0.key.term, as: UTF8.self))\"", $0.value)
        }
        for (term, count) in terms.sorted(by: { $0.0 < $1.0 }) { lines.append("\(term): in \(count) documents") }
        return lines.joined(separator: "\n")
    }

    // MARK: Suggestions

    private func suggest(
        _ text: String, _ request: SearchRequest, _ scope: SearchScope, _ deadline: Instant
    ) async throws(S3Error) -> SearchResult {
        var result = SearchResult()
        let (field, prefix) = SuggestionText.parse(text)
        guard let term = SuggestionText.term(prefix) else {
            result.suggestions = []
            return result
        }
        let limit = min(request.limit, 100)
        let replies = try await gather(scope.shards, request, &result) { (shard) async throws(SearchServiceError) in
            // More of each shard than are shown: a word that is rare in each may be frequent in all.
            try await context.search.suggestions(
                term, in: field, scope: scope.index, limit: limit * 4 + 32, shard: shard, deadline: deadline)
        }
        var counts: [[UInt8]: UInt64] = [:]
        for item in replies.flatMap(\.value) { counts[item.term, default: 0] += item.documents }
        let best = counts.sorted { left, right in
            left.value != right.value ? left.value > right.value : left.key.lexicographicallyPrecedes(right.key)
        }
        result.suggestions = best.prefix(limit).map {
            SearchResult.Suggestion(text: String(decoding: $0.key, as: UTF8.self), documents: $0.value)
        }
        return result
    }
}

/// `word`, or `FIELD:word` with `key`, `meta.NAME` or `tag.NAME`.
enum SuggestionText {
    static func parse(_ text: String) -> (TextField, String) {
        guard let colon = text.firstIndex(of: ":") else { return (.all, text) }
        let rest = String(text[text.index(after: colon)...])
        let field = String(text[..<colon])
        if field == "key" { return (.key, rest) }
        if let name = MetadataName(text: field) { return (.metadata(name), rest) }
        return (.all, text)
    }

    /// The last word of what was typed, as the index has it; nil if there is none.
    static func term(_ text: String) -> [UInt8]? {
        var analyzer = Analyzer()
        var buffer = TokenBuffer()
        Array(text.utf8).withUnsafeBytes { analyzer.addWords($0, to: &buffer) }
        return buffer.tokens.last.map { Array(buffer.term($0)) }
    }
}

extension CountMode {
    init(_ count: SearchRequest.Count) {
        switch count {
        case .none: self = .none
        case .lowerBound: self = .lowerBound
        case .exact: self = .exact
        }
    }
}
