import Core

/// Makes a segment's plan: looks terms up, loads their lists, finds the places of keys.
struct PlanBuilder {
    let view: SegmentView
    let scope: IndexScope
    let context: SearchContext
    let needsScores: Bool
    let scratch = PlanScratch()
    var held: [HeldBytes] = []

    private var segment: Segment { view.segment }
    private var documents: Int { view.segment.documentCount }

    init(_ view: SegmentView, _ scope: IndexScope, _ context: SearchContext, needsScores: Bool) {
        self.view = view
        self.scope = scope
        self.context = context
        self.needsScores = needsScores
    }

    mutating func plan(_ query: IndexQuery) async throws(IndexError) -> SegmentPlan {
        let ranges = view.documents(in: scope)
        let root = ranges.isEmpty ? nil : try await node(query, boost: needsScores ? 1 : 0)
        return SegmentPlan(view: view, root: root, ranges: ranges, scratch: scratch, held: held)
    }

    /// - Parameter boost: the product of the boosts around; 0: nothing is scored.
    /// - Returns: nil if nothing matches.
    mutating func node(_ query: IndexQuery, boost: Float) async throws(IndexError) -> PlanNode? {
        switch query {
        case .all: return RangesNode([0..<UInt32(documents)])
        case .none: return nil
        case .and(let parts):
            var nodes: [PlanNode] = []
            for part in parts {
                guard let node = try await node(part, boost: boost) else { return nil }
                nodes.append(node)
            }
            if nodes.count == 1 { return nodes[0] }
            return nodes.isEmpty ? RangesNode([0..<UInt32(documents)]) : AndNode.of(nodes, scratch: scratch)
        case .or(let parts):
            var nodes: [PlanNode] = []
            for part in parts { if let node = try await node(part, boost: boost) { nodes.append(node) } }
            return nodes.count < 2 ? nodes.first : OrNode.of(nodes, scratch: scratch)
        case .not(let part):
            guard let node = try await node(part, boost: 0) else { return RangesNode([0..<UInt32(documents)]) }
            return NotNode(node, documents: documents)
        case .boost(let part, let factor): return try await node(part, boost: boost * factor)
        case .term(let field, let term):
            return try await self.term(field, term, weight: boost * context.weight(field, term))
        case .phrase(let field, let phrase): return try await self.phrase(field, phrase, boost: boost)
        case .prefix(let field, let prefix):
            return try await union(
                FieldCode.of(field), prefix, nil, limit: ("p\(field)\(prefix)", prefix), weight: boost)
        case .wildcard(let field, let pattern):
            let wildcard = TermPattern.wildcard(Wildcard(pattern))
            return try await union(
                FieldCode.of(field), wildcard.literalPrefix, wildcard, limit: ("w\(field)\(pattern)", pattern),
                weight: boost)
        case .fuzzy(let field, let word, let distance):
            let pattern = TermPattern.fuzzy(FuzzyWord(word, distance: distance))
            return try await union(
                FieldCode.of(field), pattern.literalPrefix, pattern, limit: ("f\(distance)\(field)\(word)", word),
                weight: boost)
        case .exact(let field, let value): return try await values(field, [value])
        case .oneOf(let field, let values): return try await self.values(field, values)
        case .keywordPrefix(let field, let prefix): return try await keywords(field, prefix) { $0.starts(with: prefix) }
        case .keywordWildcard(let field, let pattern):
            let wildcard = Wildcard(pattern)
            return try await keywords(field, wildcard.literalPrefix) { $0.withUnsafeBytes { wildcard.fits($0) } }
        case .keyExact(let key): return try await keyExact(key)
        case .keyPrefix(let prefix): return try await keyPrefix(prefix)
        case .buckets(let buckets):
            let ranges = SegmentView.ranges(of: buckets, in: segment)
            return ranges.isEmpty ? nil : RangesNode(ranges)
        case .range(let field, let lower, let upper):
            guard let column = try await segment.column(field) else { return nil }
            held.append(column.bytes)
            return ColumnRangeNode(column, lower: lower ?? .min, upper: upper ?? .max)
        case .exists(let name): return try await list(of: FieldCode.presence(of: .metadata(name)))
        case .existsKeyword(let field): return try await list(of: FieldCode.presence(of: field))
        }
    }

    // MARK: Terms

    private mutating func hold(_ bytes: HeldBytes) -> UnsafeRawPointer {
        held.append(bytes)
        return bytes.base
    }

    private mutating func cursor(_ entry: TermEntry, positions: Bool) async throws(IndexError) -> PostingsCursor {
        if entry.count == 1 {
            let owner = entry.owner ?? HeldBytes(Allocation(count: 0))
            let base = hold(owner)
            return PostingsCursor(
                kind: entry.kind, document: entry.document, frequency: entry.frequency,
                positions: entry.inlinePositions ?? base, scratch: scratch.cursor())
        }
        let list = hold(try await segment.bytes(.postings, entry.postings))
        let places = positions ? hold(try await segment.bytes(.positions, entry.positions)) : list
        return PostingsCursor(
            kind: entry.kind, count: entry.count, isEverything: entry.kind == .plain && entry.count == documents,
            list: list, positions: places, scratch: scratch.cursor())
    }

    private mutating func lengths(_ field: TextField) async throws(IndexError) -> LengthSource {
        if let plane = FieldCode.lengthPlane(field) {
            return LengthSource(plane: segment.lengthPlane(plane))
        }
        guard let entry = try await segment.term(FieldCode.of(field), scratch: scratch.term) else {
            return LengthSource(plane: segment.lengthPlane(0))
        }
        return LengthSource(list: scratch.keep(try await cursor(entry, positions: false)))
    }

    private mutating func scorer(_ field: TextField, weight: Float) async throws(IndexError) -> TermScorer? {
        guard weight > 0 else { return nil }
        return TermScorer(
            weight: weight, normalisation: scratch.floats(context.normalisation(field)),
            lengths: try await lengths(field))
    }

    private mutating func term(
        _ field: TextField, _ term: [UInt8], weight: Float
    ) async throws(IndexError) -> PlanNode? {
        guard !term.isEmpty,
            let entry = try await segment.term(FieldCode.of(field) + term, scratch: scratch.term)
        else { return nil }
        return TermNode(
            try await cursor(entry, positions: false), scorer: try await scorer(field, weight: weight),
            documents: documents)
    }

    private mutating func phrase(
        _ field: TextField, _ phrase: Phrase, boost: Float
    ) async throws(IndexError) -> PlanNode? {
        guard let last = phrase.words.last else { return nil }
        let whole = phrase.endsInPrefix ? phrase.words.dropLast() : phrase.words[...]
        var weight: Float = phrase.endsInPrefix ? 1 : 0
        for word in whole { weight += context.weight(field, word.term) }
        if whole.count == 1, !phrase.endsInPrefix { return try await term(field, last.term, weight: boost * weight) }
        var words: [(cursor: PostingsCursor, offset: Int)] = []
        for word in whole {
            guard !word.term.isEmpty,
                let entry = try await segment.term(FieldCode.of(field) + word.term, scratch: scratch.term)
            else { return nil }
            words.append((try await cursor(entry, positions: true), word.position))
        }
        var ending: (cursors: [PostingsCursor], union: UnionNode, offset: Int)?
        if phrase.endsInPrefix {
            let lists = try await lists(
                FieldCode.of(field), last.term, nil, limit: ("p\(field)\(last.term)", last.term))
            guard !lists.isEmpty else { return nil }
            var cursors: [PostingsCursor] = []
            for list in lists { cursors.append(try await cursor(list.entry, positions: true)) }
            ending = (
                cursors, UnionNode(lists, weight: 0, documents: documents, scratch: scratch), last.position
            )
        }
        return PhraseNode(
            words: words, ending: ending, slop: phrase.slop, scorer: try await scorer(field, weight: boost * weight),
            scratch: scratch)
    }

    private mutating func list(of term: [UInt8]) async throws(IndexError) -> PlanNode? {
        guard let entry = try await segment.term(term, scratch: scratch.term) else { return nil }
        return TermNode(try await cursor(entry, positions: false), scorer: nil, documents: documents)
    }

    // MARK: Many terms

    private mutating func union(
        _ code: [UInt8], _ prefix: [UInt8], _ pattern: TermPattern?, limit: (clause: String, pattern: [UInt8]),
        weight: Float
    ) async throws(IndexError) -> PlanNode? {
        let lists = try await lists(code, prefix, pattern, limit: limit)
        return lists.isEmpty ? nil : UnionNode(lists, weight: weight, documents: documents, scratch: scratch)
    }

    /// The lists of a text field's terms that fit. What other buckets than those of the scope have in words is none of the
    /// asking user's business, in a limit neither: terms without a document in the scope do not count.
    private mutating func lists(
        _ code: [UInt8], _ prefix: [UInt8], _ pattern: TermPattern?, limit: (clause: String, pattern: [UInt8])
    ) async throws(IndexError) -> [UnionNode.List] {
        let context = context
        let ranges = view.documents(in: scope)
        let isWhole = ranges == [0..<UInt32(documents)]
        var terms: [[UInt8]] = []
        let entries = try await segment.terms(
            beginningWith: code + prefix, skipping: code.count, context,
            fits: { term in
                !term.isEmpty && pattern?.fits(term) ?? true
            },
            found: { term throws(IndexError) in
                if isWhole { return try context.count(term, of: limit.clause, pattern: limit.pattern) }
                terms.append(term)
                if terms.count > Self.maximumCandidates { throw .query(.tooManyTerms(pattern: limit.pattern)) }
            })
        let lists = try await load(entries)
        if isWhole { return lists }
        var inScope: [UnionNode.List] = []
        // Safe: room for the numbers of one cursor, which ends before the memory does.
        let memory = UnsafeMutablePointer<UInt32>.allocate(capacity: 272)
        defer { memory.deallocate() }
        for (term, list) in zip(terms, lists) where isAny(of: list, in: ranges, memory) {
            try context.count(term, of: limit.clause, pattern: limit.pattern)
            inScope.append(list)
        }
        return inScope
    }

    /// Terms that are looked at in a segment for those of the scope.
    private static let maximumCandidates = 65_536

    private func isAny(
        of list: UnionNode.List, in ranges: [Range<UInt32>], _ memory: UnsafeMutablePointer<UInt32>
    ) -> Bool {
        let entry = list.entry
        if entry.count == 1 { return ranges.contains { $0.contains(entry.document) } }
        var cursor = PostingsCursor(
            kind: entry.kind, count: entry.count, isEverything: entry.kind == .plain && entry.count == documents,
            list: list.postings.base, positions: list.postings.base, scratch: memory)
        return ranges.contains { cursor.seek($0.lowerBound) < $0.upperBound }
    }

    private mutating func load(_ entries: [TermEntry]) async throws(IndexError) -> [UnionNode.List] {
        var lists: [UnionNode.List] = []
        lists.reserveCapacity(entries.count)
        let none = HeldBytes(Allocation(count: 0))
        for entry in entries {
            if entry.count == 1 {
                // What is left of the block that it stood in is not needed.
                var entry = entry
                if entry.kind != .positioned { entry.owner = nil }
                lists.append(UnionNode.List(entry: entry, postings: none))
            } else {
                let bytes = try await segment.bytes(.postings, entry.postings)
                held.append(bytes)
                lists.append(UnionNode.List(entry: entry, postings: bytes))
            }
        }
        return lists
    }

    private mutating func values(_ field: KeywordField, _ values: [[UInt8]]) async throws(IndexError) -> PlanNode? {
        var entries: [TermEntry] = []
        for value in Set(values).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let term = FieldCode.of(field) + KeywordForm.stored(field, value)
            if let entry = try await segment.term(term, scratch: scratch.term) { entries.append(entry) }
        }
        if entries.isEmpty { return nil }
        if entries.count == 1 {
            return TermNode(try await cursor(entries[0], positions: false), scorer: nil, documents: documents)
        }
        return UnionNode(try await load(entries), weight: 0, documents: documents, scratch: scratch)
    }

    /// Values as a whole that fit. Entity tags are looked through from the beginning: their order is of another form.
    private mutating func keywords(
        _ field: KeywordField, _ prefix: [UInt8], _ fits: @escaping @Sendable ([UInt8]) -> Bool
    ) async throws(IndexError) -> PlanNode? {
        let code = FieldCode.of(field)
        let entries = try await segment.terms(
            beginningWith: field == .entityTag ? code : code + prefix, skipping: code.count, context,
            fits: { fits(KeywordForm.shown(field, $0)) }, found: { _ throws(IndexError) in })
        guard !entries.isEmpty else { return nil }
        return UnionNode(try await load(entries), weight: 0, documents: documents, scratch: scratch)
    }

    // MARK: Keys

    private func bucketsInScope() -> [BucketID] {
        switch scope {
        case .everything: segment.outline.buckets.map(\.bucket)
        case .buckets(let buckets): buckets.filter { !segment.outline.documents(of: $0).isEmpty }
        }
    }

    private func keyExact(_ key: [UInt8]) async throws(IndexError) -> PlanNode? {
        var ranges: [Range<UInt32>] = []
        for bucket in bucketsInScope() {
            let full = PendingDocument.key(bucket, key)
            let hash = full.withUnsafeBytes { $0.baseAddress.map { ByteHash.of($0, full.count) } ?? 0 }
            guard KeyFilter.mayHold(hash, segment.filter) else { continue }
            let (document, isFound) = try await segment.lowerBound(of: full)
            if isFound { ranges.append(document..<document + 1) }
        }
        return ranges.isEmpty ? nil : RangesNode(ranges)
    }

    private func keyPrefix(_ prefix: [UInt8]) async throws(IndexError) -> PlanNode? {
        var ranges: [Range<UInt32>] = []
        for bucket in bucketsInScope() {
            let first = PendingDocument.key(bucket, prefix)
            let lower = try await segment.lowerBound(of: first).document
            var upper = UInt32(documents)
            if let after = Self.successor(of: first) { upper = try await segment.lowerBound(of: after).document }
            if lower < upper { ranges.append(lower..<upper) }
        }
        return ranges.isEmpty ? nil : RangesNode(ranges)
    }

    /// The least byte string that is greater than all that begin with this one; nil if there is none.
    static func successor(of prefix: [UInt8]) -> [UInt8]? {
        guard let last = prefix.lastIndex(where: { $0 != 255 }) else { return nil }
        var after = Array(prefix[...last])
        after[last] += 1
        return after
    }
}
