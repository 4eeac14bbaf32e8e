/// What a term must look like to fit a wildcard or a fuzzy clause.
enum TermPattern: Sendable {
    case wildcard(Wildcard)
    case fuzzy(FuzzyWord)

    /// What every fitting term begins with.
    var literalPrefix: [UInt8] {
        switch self {
        case .wildcard(let wildcard): wildcard.literalPrefix
        case .fuzzy(let word): word.firstCharacter
        }
    }

    func fits(_ term: UnsafeRawBufferPointer) -> Bool {
        switch self {
        case .wildcard(let wildcard): wildcard.fits(term)
        case .fuzzy(let word): word.fits(term)
        }
    }
}

/// `*` any bytes, `?` one character of UTF-8, `\` quotes what follows.
struct Wildcard: Sendable {
    private enum Element: Equatable {
        case byte(UInt8)
        case character
        case any
    }
    private let elements: [Element]
    let literalPrefix: [UInt8]

    init(_ pattern: [UInt8]) {
        var elements: [Element] = []
        var isQuoted = false
        for byte in pattern {
            if isQuoted {
                elements.append(.byte(byte))
                isQuoted = false
                continue
            }
            switch byte {
            case UInt8(ascii: "\\"): isQuoted = true
            case UInt8(ascii: "*"): if elements.last != .any { elements.append(.any) }
            case UInt8(ascii: "?"): elements.append(.character)
            default: elements.append(.byte(byte))
            }
        }
        if isQuoted { elements.append(.byte(UInt8(ascii: "\\"))) }
        self.elements = elements
        literalPrefix = elements.prefix { if case .byte = $0 { true } else { false } }.compactMap {
            if case .byte(let byte) = $0 { byte } else { nil }
        }
    }

    /// Goes back to the last `*` only, so that the time is at most the product of both lengths.
    func fits(_ text: UnsafeRawBufferPointer) -> Bool {
        var (place, element) = (0, 0)
        var resume: (place: Int, element: Int)?
        while true {
            if element < elements.count, elements[element] == .any {
                resume = (place, element + 1)
                element += 1
                continue
            }
            if place == text.count {
                if element == elements.count { return true }
                // What is left of the pattern needs bytes that are not there; a later start has fewer still.
                return false
            }
            var length = 0
            if element < elements.count {
                switch elements[element] {
                case .byte(let byte): length = text[place] == byte ? 1 : 0
                case .character: length = Self.characterLength(in: text, at: place)
                case .any: break
                }
            }
            if length > 0 {
                place += length
                element += 1
            } else if let (from, after) = resume {
                resume = (from + 1, after)
                (place, element) = (from + 1, after)
            } else {
                return false
            }
        }
    }

    private static func characterLength(in text: UnsafeRawBufferPointer, at place: Int) -> Int {
        guard text[place] & 0xC0 != 0x80 else { return 0 }
        var end = place + 1
        while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
        return end - place
    }
}

/// Levenshtein distance in characters (Unicode scalars): insertions, deletions, substitutions. The first character fits.
struct FuzzyWord: Sendable {
    private let word: [UInt32]
    private let distance: Int
    let firstCharacter: [UInt8]

    init(_ word: [UInt8], distance: Int) {
        self.word = word.withUnsafeBytes { Self.characters($0) }
        self.distance = distance
        var end = min(1, word.count)
        while end < word.count, word[end] & 0xC0 == 0x80 { end += 1 }
        firstCharacter = Array(word[..<end])
    }

    func fits(_ term: UnsafeRawBufferPointer) -> Bool {
        guard term.count >= firstCharacter.count, term.prefix(firstCharacter.count).elementsEqual(firstCharacter) else {
            return false
        }
        // A character has at most four bytes.
        guard term.count <= (word.count + distance) * 4 else { return false }
        let other = Self.characters(term)
        guard abs(other.count - word.count) <= distance else { return false }
        var row = Array(0...other.count)
        for (index, character) in word.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            var least = row[0]
            for column in 0..<other.count {
                let above = row[column + 1]
                row[column + 1] = min(
                    min(above, row[column]) + 1, diagonal + (other[column] == character ? 0 : 1))
                diagonal = above
                least = min(least, row[column + 1])
            }
            if least > distance { return false }
        }
        return row[other.count] <= distance
    }

    private static func characters(_ text: UnsafeRawBufferPointer) -> [UInt32] {
        String(decoding: text, as: UTF8.self).unicodeScalars.map(\.value)
    }
}
