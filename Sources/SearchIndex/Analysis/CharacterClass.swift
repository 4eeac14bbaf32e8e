import CICU

/// What a character means for the borders of words.
enum CharacterClass: UInt8 {
    /// Stands between words: punctuation, symbols, what is no character.
    case other = 0
    /// Ends a component: white space and `/`.
    case space = 1
    case lower = 2
    case upper = 3
    /// A letter without case.
    case letter = 4
    case digit = 5
    /// Belongs to the character before it: combining marks, format characters, conjoining vowels and finals of Hangul.
    case mark = 6
    /// The zero width joiner: a mark that also ties pictographs together.
    case joiner = 7
    /// Joins letters (UAX #29, MidLetter).
    case apostrophe = 8
    /// Of a script that puts no space between words, or of Hangul: read in pairs.
    case ideograph = 9
    case pictograph = 10
    /// Half of a flag.
    case regional = 11

    init(ascii byte: UInt8) {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): self = .lower
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): self = .upper
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self = .digit
        case UInt8(ascii: "/"), UInt8(ascii: " "), 0x09...0x0D: self = .space
        case UInt8(ascii: "'"): self = .apostrophe
        default: self = .other
        }
    }

    init(_ character: UInt32) {
        if character < 0x80 {
            self.init(ascii: UInt8(truncatingIfNeeded: character))
            return
        }
        switch character {
        case 0x200D: self = .joiner
        // The apostrophes of typesetting and of Ukrainian, and the wide one.
        case 0x2019, 0x02BC, 0xFF07: self = .apostrophe
        case 0xFF0F, 0x200B: self = .space
        // Long vowel marks, which Unicode counts to no script.
        case 0x30FC, 0xFF70: self = .ideograph
        // Halfwidth sound marks, vowels and finals of Hangul, skin tones.
        case 0xFF9E, 0xFF9F, 0x1160...0x11FF, 0xD7B0...0xD7FF, 0x1F3FB...0x1F3FF: self = .mark
        case 0x1F1E6...0x1F1FF: self = .regional
        default: self = Self.byCategory(character)
        }
    }

    private static func byCategory(_ character: UInt32) -> CharacterClass {
        switch UInt32(bitPattern: Int32(roost_icu_category(character))) {
        case U_UPPERCASE_LETTER.rawValue, U_TITLECASE_LETTER.rawValue: return .upper
        case U_LOWERCASE_LETTER.rawValue: return .lower
        case U_OTHER_LETTER.rawValue, U_MODIFIER_LETTER.rawValue, U_LETTER_NUMBER.rawValue:
            return isReadInPairs(character) ? .ideograph : .letter
        case U_DECIMAL_DIGIT_NUMBER.rawValue, U_OTHER_NUMBER.rawValue: return .digit
        case U_NON_SPACING_MARK.rawValue, U_COMBINING_SPACING_MARK.rawValue, U_ENCLOSING_MARK.rawValue,
            U_FORMAT_CHAR.rawValue:
            return .mark
        case U_OTHER_SYMBOL.rawValue:
            // The older ones (©, ™, arrows) are signs at words rather than words.
            return character >= 0x2300 && roost_icu_is_pictographic(character) ? .pictograph : .other
        default: return roost_icu_is_white_space(character) ? .space : .other
        }
    }

    private static func isReadInPairs(_ character: UInt32) -> Bool {
        switch roost_icu_script(character) {
        case Int32(USCRIPT_HAN.rawValue), Int32(USCRIPT_HIRAGANA.rawValue), Int32(USCRIPT_KATAKANA.rawValue),
            Int32(USCRIPT_HANGUL.rawValue), Int32(USCRIPT_BOPOMOFO.rawValue), Int32(USCRIPT_THAI.rawValue),
            Int32(USCRIPT_LAO.rawValue), Int32(USCRIPT_KHMER.rawValue), Int32(USCRIPT_MYANMAR.rawValue):
            return true
        default: return false
        }
    }

    var isMark: Bool { self == .mark || self == .joiner }
    var isLetter: Bool { self == .lower || self == .upper || self == .letter }
    var isWord: Bool { isLetter || self == .digit }
}
