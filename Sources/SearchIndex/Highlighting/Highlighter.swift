/// Shows where a query's words stand in a hit's key and in the values of its metadata and tags.
///
/// Analyses the texts anew, as the index keeps none. A word shows where it would be found: terms, prefixes, patterns and
/// fuzzy words by themselves, phrases where all of their words stand as asked. Not for two threads at once.
public struct Highlighter {
    private let query: IndexQuery
    private var analyzer: Analyzer
    private var buffer = TokenBuffer()

    /// - Parameters:
    ///   - query: as it was executed.
    ///   - schema: of the hit's bucket.
    public init(_ query: IndexQuery, schema: SearchSchema = .standard) {
        self.query = query
        analyzer = Analyzer(stemmer: schema.stemmer)
    }

    /// The whole key in parts; nil if nothing of it was found.
    public mutating func key(_ key: [UInt8]) -> Highlight? {
        let matches = matches(in: key, .key)
        return matches.isEmpty ? nil : Highlight(Self.parts(0..<key.count, matches))
    }

    /// The pieces of a value that show most of what was found in it, in order; none if nothing was.
    /// - Parameters:
    ///   - pieceBytes: about how long a piece is at most; a match is never cut.
    ///   - pieces: at most so many.
    public mutating func value(
        _ value: [UInt8], of name: MetadataName, pieceBytes: Int = 160, pieces: Int = 3
    ) -> [Highlight] {
        let matches = matches(in: value, .metadata(name))
        let found = HighlightPieces.pieces(of: value, matches, pieceBytes: pieceBytes, limit: pieces)
        return found.map { range in
            Highlight(
                Self.parts(range, matches.filter { $0.lowerBound >= range.lowerBound && range.contains($0.lowerBound) })
            )
        }
    }

    private static func parts(_ range: Range<Int>, _ matches: [Range<Int>]) -> [Highlight.Part] {
        var parts: [Highlight.Part] = []
        var end = range.lowerBound
        for match in matches {
            if match.lowerBound > end { parts.append(Highlight.Part(end..<match.lowerBound, isMatch: false)) }
            parts.append(Highlight.Part(match, isMatch: true))
            end = match.upperBound
        }
        if end < range.upperBound { parts.append(Highlight.Part(end..<range.upperBound, isMatch: false)) }
        return parts
    }

    // MARK: - Matches

    /// Ranges of the text, ascending, none touching another.
    private mutating func matches(in text: [UInt8], _ source: HighlightClause.Source) -> [Range<Int>] {
        let clauses = HighlightClause.clauses(of: query, in: source)
        guard !clauses.isEmpty, !text.isEmpty else { return [] }
        buffer.removeAll()
        // Safe: the array lives through the calls.
        let name = text.withUnsafeBytes { bytes in
            if source == .key {
                analyzer.addKey(bytes, to: &buffer)
                return KeyName.lastComponent(of: bytes)
            }
            analyzer.addWords(bytes, to: &buffer)
            return 0..<bytes.count
        }
        var ranges: [Range<Int>] = []
        for placed in clauses {
            let tokens = HighlightTokens(buffer, analyzer.kinds, within: placed.isOfName ? name : 0..<text.count)
            switch placed.clause {
            case .term(let term): ranges += tokens.ranges { $0.elementsEqual(term) }
            case .prefix(let prefix): ranges += tokens.ranges { $0.starts(with: prefix) }
            case .pattern(let pattern): ranges += tokens.ranges { $0.withUnsafeBytes { pattern.fits($0) } }
            case .phrase(let phrase): ranges += tokens.ranges(of: phrase)
            case .fileExtension(let name):
                let found = text.withUnsafeBytes { KeyName.fileExtension(of: $0) }
                let end = KeyName.lastComponent(of: text).upperBound
                if found == name { ranges.append((end - name.count)..<end) }
            case .wholeValue(let value):
                if text.starts(with: value), text.count == value.count || value.count >= 1020 {
                    ranges.append(0..<text.count)
                }
            }
        }
        return Self.joined(ranges)
    }

    private static func joined(_ ranges: [Range<Int>]) -> [Range<Int>] {
        var joined: [Range<Int>] = []
        for range in ranges.sorted(by: { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }) {
            if let last = joined.last, range.lowerBound <= last.upperBound {
                joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
        return joined
    }
}

extension KeyName {
    fileprivate static func lastComponent(of key: [UInt8]) -> Range<Int> {
        key.withUnsafeBytes { lastComponent(of: $0) }
    }
}

/// A text's tokens, as clauses ask for them.
private struct HighlightTokens {
    private let buffer: TokenBuffer
    private let tokens: [(token: TokenBuffer.Token, kind: TermSpan.Kind)]

    init(_ buffer: TokenBuffer, _ kinds: [TermSpan.Kind], within range: Range<Int>) {
        self.buffer = buffer
        tokens = zip(buffer.tokens, kinds).compactMap { token, kind in
            range.contains(Int(token.sourceStart)) && Int(token.sourceEnd) <= range.upperBound ? (token, kind) : nil
        }
    }

    /// Where a fitting term stands. A word or component as a whole shows only where none of its pieces fits.
    func ranges(_ fits: (ArraySlice<UInt8>) -> Bool) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var wholes: [Range<Int>] = []
        for (token, kind) in tokens where fits(buffer.term(token)) {
            let range = Int(token.sourceStart)..<Int(token.sourceEnd)
            if kind == .word || kind == .component { wholes.append(range) } else { found.append(range) }
        }
        return found + wholes.filter { whole in !found.contains { whole.overlaps($0) } }
    }

    /// Where the words of a phrase stand, each by itself.
    func ranges(of phrase: Phrase) -> [Range<Int>] {
        let candidates = phrase.words.enumerated().map { index, word in
            let isPrefix = phrase.endsInPrefix && index == phrase.words.count - 1
            return tokens.map(\.token).filter { token in
                isPrefix ? buffer.term(token).starts(with: word.term) : buffer.term(token).elementsEqual(word.term)
            }
        }
        var found: [Range<Int>] = []
        for first in candidates.first ?? [] {
            guard let chosen = occurrence(of: phrase, from: first, candidates) else { continue }
            found += chosen.map { Int($0.sourceStart)..<Int($0.sourceEnd) }
        }
        return found
    }

    /// For each word the nearest candidate to where it should stand; nil if they are further off than the slop allows.
    private func occurrence(
        of phrase: Phrase, from first: TokenBuffer.Token, _ candidates: [[TokenBuffer.Token]]
    ) -> [TokenBuffer.Token]? {
        var chosen: [TokenBuffer.Token] = []
        var shifts = (least: 0, greatest: 0)
        let start = Int(first.position) - phrase.words[0].position
        for (index, word) in phrase.words.enumerated() {
            func shift(_ token: TokenBuffer.Token) -> Int { Int(token.position) - word.position - start }
            let free = index == 0 ? [first] : candidates[index].filter { token in !chosen.contains(token) }
            guard let nearest = free.min(by: { abs(shift($0)) < abs(shift($1)) }) else { return nil }
            shifts = (min(shifts.least, shift(nearest)), max(shifts.greatest, shift(nearest)))
            guard shifts.greatest - shifts.least <= phrase.slop else { return nil }
            chosen.append(nearest)
        }
        return chosen
    }
}
