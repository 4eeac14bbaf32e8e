extension IndexQuery {
    /// The terms whose frequency a score depends on; each once.
    var scoredTerms: [CorpusStatistics.Term] {
        var found: [CorpusStatistics.Term] = []
        var seen: Set<CorpusStatistics.Term> = []
        func add(_ field: TextField, _ term: [UInt8]) {
            let term = CorpusStatistics.Term(field, term)
            if seen.insert(term).inserted { found.append(term) }
        }
        func visit(_ query: IndexQuery) {
            switch query {
            case .and(let parts), .or(let parts): for part in parts { visit(part) }
            case .boost(let part, _): visit(part)
            case .term(let field, let term): add(field, term)
            case .phrase(let field, let phrase):
                for word in phrase.endsInPrefix ? phrase.words.dropLast() : phrase.words[...] { add(field, word.term) }
                if phrase.words.count == 1, phrase.endsInPrefix { add(field, []) }
            default: break
            }
        }
        visit(self)
        return found
    }
}
