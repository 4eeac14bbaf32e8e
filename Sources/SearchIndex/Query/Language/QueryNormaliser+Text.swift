/// Words.
extension QueryNormaliser {
    /// The words of a text, one at each position.
    private struct Words {
        var pieces: [Phrase.Word] = []
        /// The last one is a single character of a script without spaces, which longer words begin with.
        var endsInCharacter = false
        /// Something that is no word follows the last one.
        var isComplete = false
        /// All of it, if it was written as one word and split.
        var whole: [UInt8]?
    }

    mutating func words(
        _ text: Query.Text, in field: TextField, _ place: QueryPlace
    ) throws(QueryError) -> IndexQuery {
        switch text {
        case .word(let word): return try self.word(word, in: field, place)
        case .prefix(let start): return try prefix(start, in: field, place)
        case .wildcard(let pattern): return try wildcard(pattern, in: field, place)
        case .fuzzy(let word, let distance): return try fuzzy(word, distance, in: field, place)
        case .phrase(let phrase, let slop, let endsInPrefix):
            let words = try analysed(phrase, place)
            let isOpen = endsInPrefix && !words.isComplete || words.endsInCharacter
            return Self.phrase(words, in: field, slop: slop, endsInPrefix: isOpen)
        }
    }

    /// Several words that were written as one must stand one after another. A word that was split within is found also
    /// where it stands unsplit: `iPhone12` where `iphone12` is meant, and the other way around.
    private mutating func word(
        _ word: String, in field: TextField, _ place: QueryPlace
    ) throws(QueryError) -> IndexQuery {
        let words = try analysed(word, place)
        let query = Self.phrase(words, in: field, slop: 0, endsInPrefix: words.endsInCharacter)
        if let whole = words.whole { return Self.or([query, .term(field, whole)]) }
        guard words.pieces.count == 1, case .term(_, let term) = query, let stem = stem(of: word, term, in: field)
        else {
            return query
        }
        return .or([query, .term(field, stem)])
    }

    private mutating func prefix(
        _ start: String, in field: TextField, _ place: QueryPlace
    ) throws(QueryError) -> IndexQuery {
        let words = try analysed(start, place)
        let query = Self.phrase(words, in: field, slop: 0, endsInPrefix: !words.isComplete || words.endsInCharacter)
        guard let whole = words.whole, !words.isComplete else { return query }
        return .or([query, .prefix(field, whole)])
    }

    private mutating func wildcard(
        _ pattern: String, in field: TextField, _ place: QueryPlace
    ) throws(QueryError) -> IndexQuery {
        let parsed = WildcardPattern(pattern)
        switch field {
        case .all, .key, .name:
            if let name = parsed.fileExtension {
                return .exact(.fileExtension, Array(name.utf8).withUnsafeBytes { KeyName.lowercased($0) })
            }
        case .metadata: break
        }
        var folded: [UInt8] = []
        var literal = ""
        var classes: Set<CharacterClass> = []
        func finishLiteral() {
            Array(literal.utf8).withUnsafeBytes { folding.foldCase($0) }
            var bytes: [UInt8] = []
            folding.appendFolded(to: &bytes)
            for byte in bytes {
                if [UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "\\")].contains(byte) {
                    folded.append(UInt8(ascii: "\\"))
                }
                folded.append(byte)
            }
            literal = ""
        }
        for part in parsed.parts {
            switch part {
            case .character(let character):
                if CharacterClass(character.value) == .space {
                    throw QueryError(
                        .unsupportedForm,
                        "A pattern fits one word or one component of a key; it does not reach over `/` or a space.",
                        at: place, expected: ["path: with the beginning of the key", "AND between several patterns"])
                }
                classes.insert(CharacterClass(character.value))
                literal.unicodeScalars.append(character)
            case .any, .one:
                finishLiteral()
                folded.append(part == .any ? UInt8(ascii: "*") : UInt8(ascii: "?"))
            }
        }
        finishLiteral()
        guard !parsed.parts.allSatisfy({ $0 == .any }) else {
            throw noWords(pattern, place)
        }
        // What has punctuation, or letters and digits, fits a component as a whole, and no word.
        let reachesOverWords =
            classes.contains(.other) || classes.contains(.digit) && classes.contains { $0.isLetter }
        return .wildcard(field, reachesOverWords ? [Analyzer.wholeMark] + folded : folded)
    }

    private mutating func fuzzy(
        _ word: String, _ distance: Int?, in field: TextField, _ place: QueryPlace
    ) throws(QueryError) -> IndexQuery {
        let words = try analysed(word, place)
        guard let term = words.pieces.count == 1 ? words.pieces[0].term : words.whole else {
            throw QueryError(
                .unsupportedForm, "`~` takes one word, and `\(word)` has several.", at: place,
                suggestion: "\"\(word)\"~2")
        }
        let length = String(decoding: term, as: UTF8.self).unicodeScalars.count { $0.value != Analyzer.wholeMark }
        return .fuzzy(field, term, distance: distance ?? (length > 5 ? 2 : 1))
    }

    private static func phrase(
        _ words: Words, in field: TextField, slop: Int, endsInPrefix: Bool
    ) -> IndexQuery {
        if words.pieces.count == 1 {
            return endsInPrefix ? .prefix(field, words.pieces[0].term) : .term(field, words.pieces[0].term)
        }
        return .phrase(field, Phrase(words.pieces, slop: slop, endsInPrefix: endsInPrefix))
    }

    // MARK: - Analysis

    private mutating func analysed(_ text: String, _ place: QueryPlace) throws(QueryError) -> Words {
        buffer.removeAll()
        analyzer.addWords(text.utf8, to: &buffer)
        var words = Words()
        var pieces = (start: Int.max, end: 0)
        var whole = (start: 0, end: 0)
        for (token, kind) in zip(buffer.tokens, analyzer.kinds) {
            let term = Array(buffer.term(token))
            switch kind {
            case .piece, .pair, .single:
                words.pieces.append(Phrase.Word(term, at: Int(token.position)))
                pieces = (min(pieces.start, Int(token.sourceStart)), max(pieces.end, Int(token.sourceEnd)))
                words.endsInCharacter = kind == .single
            case .last: break
            case .word, .component:
                // A word's own characters are letters, digits and apostrophes.
                let isWord = term.allSatisfy {
                    $0 >= 0x80 || $0 &- 48 < 10 || $0 | 0x20 >= 97 && $0 | 0x20 <= 122 || $0 == UInt8(ascii: "'")
                        || $0 == Analyzer.wholeMark
                }
                if isWord, Int(token.sourceEnd - token.sourceStart) > whole.end - whole.start {
                    words.whole = term
                    whole = (Int(token.sourceStart), Int(token.sourceEnd))
                }
            }
        }
        guard let first = words.pieces.first else { throw noWords(text, place) }
        words.isComplete = pieces.end < text.utf8.count
        if whole != pieces || analyzer.kinds.contains(where: { $0 == .pair || $0 == .single }) { words.whole = nil }
        for index in words.pieces.indices { words.pieces[index].position -= first.position }
        return words
    }

    private func noWords(_ text: String, _ place: QueryPlace) -> QueryError {
        QueryError(
            .noWords, "`\(text)` has no letter and no digit to search for.", at: place,
            expected: ["a word", "`field=VALUE` for a value as a whole"])
    }

    /// The stem that values keep beside the word; keys have none.
    private mutating func stem(of word: String, _ term: [UInt8], in field: TextField) -> [UInt8]? {
        switch field {
        case .key, .name: return nil
        case .all, .metadata: break
        }
        guard stemming != nil else { return nil }
        buffer.removeAll()
        stemming?.addWords(word.utf8, to: &buffer)
        for token in buffer.tokens where !buffer.term(token).elementsEqual(term) { return Array(buffer.term(token)) }
        return nil
    }
}
