import Core

@testable import SearchIndex

/// Looks at every document: slow, and plainly right.
struct ReferenceSearch {
    var documents: [ReferenceDocument]

    private func isInScope(_ document: ReferenceDocument, _ scope: IndexScope) -> Bool {
        if case .buckets(let buckets) = scope { buckets.contains(document.document.bucket) } else { true }
    }

    func statistics(_ query: IndexQuery, _ scope: IndexScope) -> CorpusStatistics {
        var statistics = CorpusStatistics()
        for term in query.scoredTerms {
            statistics.terms[term] = 0
            statistics.fields[term.field] = CorpusStatistics.FieldStatistics()
        }
        for document in documents where isInScope(document, scope) {
            for term in statistics.terms.keys where document.frequency(term.field, term.term) > 0 {
                statistics.terms[term, default: 0] += 1
            }
            for field in statistics.fields.keys {
                guard let length = document.lengths[field] else { continue }
                statistics.fields[field]?.documents += 1
                statistics.fields[field]?.words += UInt64(WordCount.decoded(WordCount.encoded(length)))
            }
        }
        return statistics
    }

    /// The score if the document matches.
    func score(_ query: IndexQuery, _ document: ReferenceDocument, _ statistics: CorpusStatistics) -> Double? {
        func bm25(_ field: TextField, weight: Double, frequency: Double) -> Double {
            let of = statistics.fields[field] ?? CorpusStatistics.FieldStatistics()
            let length = Double(WordCount.decoded(WordCount.encoded(document.lengths[field] ?? 0)))
            let average = Double(of.words) / Double(max(of.documents, 1))
            return weight * frequency / (frequency + 1.2 * (0.25 + 0.75 * length / average))
        }
        func weight(_ field: TextField, _ term: [UInt8]) -> Double {
            Double(
                Relevance.inverseFrequency(
                    statistics.terms[CorpusStatistics.Term(field, term)] ?? 0,
                    of: statistics.fields[field]?.documents ?? 0))
        }
        func fits(_ value: [UInt8]?, _ test: ([UInt8]) -> Bool) -> Double? { value.map(test) == true ? 0 : nil }
        func anyTerm(_ field: TextField, _ test: ([UInt8]) -> Bool) -> Double? {
            document.positions(field, test).isEmpty ? nil : 1
        }
        func matches(_ wildcard: Wildcard) -> ([UInt8]) -> Bool { { $0.withUnsafeBytes { wildcard.fits($0) } } }
        switch query {
        case .all: return 0
        case .none: return nil
        case .and(let parts):
            var sum = 0.0
            for part in parts {
                guard let score = score(part, document, statistics) else { return nil }
                sum += score
            }
            return sum
        case .or(let parts):
            let scores = parts.compactMap { score($0, document, statistics) }
            return scores.isEmpty ? nil : scores.reduce(0, +)
        case .not(let part): return score(part, document, statistics) == nil ? 0 : nil
        case .boost(let part, let factor): return score(part, document, statistics).map { $0 * Double(factor) }
        case .term(let field, let term):
            let frequency = document.frequency(field, term)
            return frequency == 0 ? nil : bm25(field, weight: weight(field, term), frequency: Double(frequency))
        case .phrase(let field, let phrase):
            let lists = phrase.words.enumerated().map { index, word in
                let isPrefix = phrase.endsInPrefix && index == phrase.words.count - 1
                return document.positions(field) { isPrefix ? $0.starts(with: word.term) : $0 == word.term }
                    .map { Int32($0 - word.position) }
            }
            guard lists.allSatisfy({ !$0.isEmpty }) else { return nil }
            let frequency: Double
            if phrase.slop == 0 || phrase.words.count == 1 {
                frequency = Double(lists[0].filter { start in lists.allSatisfy { $0.contains(start) } }.count)
            } else {
                frequency = Double(
                    PhraseFrequency.sloppy(lists, offsets: phrase.words.map { Int32($0.position) }, slop: phrase.slop))
            }
            guard frequency > 0 else { return nil }
            var weights = phrase.words.map { weight(field, $0.term) }
            if phrase.endsInPrefix { weights[weights.count - 1] = 1 }
            return bm25(field, weight: weights.reduce(0, +), frequency: frequency)
        case .prefix(let field, let prefix): return anyTerm(field) { $0.starts(with: prefix) }
        case .wildcard(let field, let pattern): return anyTerm(field, matches(Wildcard(pattern)))
        case .fuzzy(let field, let term, let distance):
            let word = FuzzyWord(term, distance: distance)
            return anyTerm(field) { $0.withUnsafeBytes { word.fits($0) } }
        case .exact(let field, let value): return fits(document.keywords[field]) { $0 == value }
        case .oneOf(let field, let values): return fits(document.keywords[field]) { values.contains($0) }
        case .keywordPrefix(let field, let prefix): return fits(document.keywords[field]) { $0.starts(with: prefix) }
        case .keywordWildcard(let field, let pattern):
            return fits(document.keywords[field], matches(Wildcard(pattern)))
        case .keyExact(let key): return fits(document.document.key) { $0 == key }
        case .keyPrefix(let prefix): return fits(document.document.key) { $0.starts(with: prefix) }
        case .buckets(let buckets): return buckets.contains(document.document.bucket) ? 0 : nil
        case .range(let field, let lower, let upper):
            guard let value = document.column(field) else { return nil }
            return value >= lower ?? .min && value <= upper ?? .max ? 0 : nil
        case .exists(let name): return document.keywords[.metadata(name)] != nil ? 0 : nil
        case .existsKeyword(let field): return document.keywords[field] != nil ? 0 : nil
        }
    }

    func search(_ search: IndexSearch) -> IndexReply {
        let statistics = search.statistics ?? statistics(search.query, search.scope)
        let matching = documents.filter { isInScope($0, search.scope) }.compactMap { document in
            score(search.query, document, statistics).map { (document: document, score: Float($0)) }
        }
        var reply = IndexReply()
        let hits = matching.map { match -> IndexHit in
            let values: [SortValue] =
                search.sort.isEmpty
                ? [.score(match.score)]
                : search.sort.map { key in
                    switch key.field {
                    case .relevance: .score(match.score)
                    case .key: .bytes(match.document.document.key)
                    case .column(let field): match.document.column(field).map(SortValue.number) ?? .missing
                    case .keyword(let name): match.document.keywords[.metadata(name)].map(SortValue.bytes) ?? .missing
                    }
                }
            let document = match.document.document
            return IndexHit(
                score: match.score, position: SortPosition(values: values, bucket: document.bucket, key: document.key))
        }
        let after = hits.filter { hit in search.after.map { $0.precedes(hit.position, under: search.sort) } ?? true }
        reply.hits = Array(
            after.sorted { $0.position.precedes($1.position, under: search.sort) }.prefix(search.limit))
        if search.count != .none {
            reply.count = UInt64(matching.count)
            reply.isCountExact = true
        }
        reply.facets = search.facets.map { facet($0, matching.map(\.document)) }
        return reply
    }

    private func facet(_ request: FacetRequest, _ documents: [ReferenceDocument]) -> FacetReply {
        switch request {
        case .terms(let field, _):
            var counts: [FacetReply.Value.Term: UInt64] = [:]
            for document in documents {
                switch field {
                case .bucket: counts[.bucket(document.document.bucket), default: 0] += 1
                case .keyword(let field):
                    if let value = document.keywords[field] { counts[.bytes(value), default: 0] += 1 }
                }
            }
            return .terms(
                counts.map { FacetReply.Value($0.key, $0.value) }.sorted(by: FacetReply.Value.precedes))
        case .ranges(let field, let ranges):
            return .ranges(
                ranges.map { range in
                    UInt64(
                        documents.filter { document in
                            guard let value = document.column(field) else { return false }
                            return value >= range.lower ?? .min && range.upper.map { value < $0 } ?? true
                        }.count)
                })
        case .dateHistogram(let field, let interval):
            var counts: [Int64: UInt64] = [:]
            for value in documents.compactMap({ $0.column(field) }) {
                counts[interval.start(of: value), default: 0] += 1
            }
            return .dateHistogram(
                counts.sorted { $0.key < $1.key }.map { FacetReply.Interval($0.key, $0.value) })
        }
    }

    func suggestions(_ prefix: [UInt8], in field: TextField, scope: IndexScope, limit: Int) -> [(
        term: [UInt8], documents: UInt64
    )] {
        var counts: [[UInt8]: UInt64] = [:]
        for document in documents where isInScope(document, scope) {
            for term in Set((document.words[field] ?? []).map(\.term)) where term.starts(with: prefix) {
                counts[term, default: 0] += 1
            }
        }
        let sorted = counts.map { (term: $0.key, documents: $0.value) }.sorted {
            $0.documents != $1.documents ? $0.documents > $1.documents : $0.term.lexicographicallyPrecedes($1.term)
        }
        return Array(sorted.prefix(limit))
    }
}
