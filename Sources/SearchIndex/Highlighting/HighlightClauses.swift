/// What of a query can show in a text: its words and phrases, those under a negation excepted.
enum HighlightClause {
    case term([UInt8])
    case prefix([UInt8])
    case pattern(TermPattern)
    case phrase(Phrase)
    /// Of the key's name, in lower case.
    case fileExtension([UInt8])
    case wholeValue([UInt8])

    /// Where a text stands.
    enum Source: Equatable {
        case key
        case metadata(MetadataName)
    }

    /// A clause, and whether it speaks of the key's last component alone.
    struct Placed {
        var clause: HighlightClause
        var isOfName: Bool
    }

    static func clauses(of query: IndexQuery, in source: Source) -> [Placed] {
        var found: [Placed] = []
        collect(query, source, &found)
        return found
    }

    private static func collect(_ query: IndexQuery, _ source: Source, _ found: inout [Placed]) {
        func add(_ field: TextField, _ clause: HighlightClause) {
            switch (field, source) {
            case (.all, _), (.key, .key): found.append(Placed(clause: clause, isOfName: false))
            case (.name, .key): found.append(Placed(clause: clause, isOfName: true))
            case (.metadata(let name), .metadata(let other)) where name == other:
                found.append(Placed(clause: clause, isOfName: false))
            default: break
            }
        }
        switch query {
        case .and(let queries), .or(let queries): for query in queries { collect(query, source, &found) }
        case .boost(let query, _): collect(query, source, &found)
        case .term(let field, let term): add(field, .term(term))
        case .prefix(let field, let prefix): add(field, .prefix(prefix))
        case .wildcard(let field, let pattern): add(field, .pattern(.wildcard(Wildcard(pattern))))
        case .fuzzy(let field, let word, let distance):
            add(field, .pattern(.fuzzy(FuzzyWord(word, distance: distance))))
        case .phrase(let field, let phrase): add(field, .phrase(phrase))
        case .exact(let field, let value): keyword(field, [value], source, &found)
        case .oneOf(let field, let values): keyword(field, values, source, &found)
        case .all, .none, .not, .keywordPrefix, .keywordWildcard, .keyExact, .keyPrefix, .buckets, .range, .exists,
            .existsKeyword:
            break
        }
    }

    private static func keyword(
        _ field: KeywordField, _ values: [[UInt8]], _ source: Source, _ found: inout [Placed]
    ) {
        switch (field, source) {
        case (.fileExtension, .key):
            found += values.map { Placed(clause: .fileExtension($0), isOfName: true) }
        case (.metadata(let name), .metadata(let other)) where name == other:
            found += values.map { Placed(clause: .wholeValue($0), isOfName: false) }
        default: break
        }
    }
}
