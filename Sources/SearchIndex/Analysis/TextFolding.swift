import CICU

/// Brings a word into the form in which it is compared: NFKC_Casefold (Unicode 3.13), without diacritics, letters
/// with strokes and ligatures by their plain forms, decimal digits of all scripts as ASCII.
///
/// Marks are taken off where they are diacritics (Latin, Greek, Cyrillic, points of Hebrew and Arabic); those that are
/// vowels (Indic scripts, Thai) or tell letters apart (Kana) stay.
final class TextFolding {
    private let caseFold: OpaquePointer?
    private let decompose: OpaquePointer?
    private let compose: OpaquePointer?
    /// UTF-16, filled up to `count`; `other` is where the next form is written.
    private var units: [UInt16] = Array(repeating: 0, count: 512)
    private var other: [UInt16] = Array(repeating: 0, count: 512)
    private var count = 0

    init() {
        var error = U_ZERO_ERROR
        // Of the library's own data; were they missing, text would stay as it is rather than fail.
        caseFold = roost_icu_nfkc_casefold(&error)
        decompose = roost_icu_nfd(&error)
        compose = roost_icu_nfc(&error)
    }

    /// The text's form with case folded, but with its diacritics: what a stemmer reads. Replaces what was there.
    func foldCase(_ text: UnsafeRawBufferPointer) {
        count = 0
        reserve(text.count)
        var reader = UTF8Reader(text)
        while let character = reader.next() { append(character) }
        normalize(caseFold)
    }

    /// Takes the diacritics off what `foldCase` left, and appends it; nothing is left then.
    func appendFolded(to bytes: inout [UInt8]) {
        normalize(decompose)
        stripMarks()
        normalize(compose)
        appendCharacters(to: &bytes, Self.appendPlain)
    }

    /// What `foldCase` left.
    func appendCaseFolded(to bytes: inout [UInt8]) { appendCharacters(to: &bytes, UTF8Reader.append) }

    private func appendCharacters(to bytes: inout [UInt8], _ append: (UInt32, inout [UInt8]) -> Void) {
        var index = 0
        while index < count {
            let unit = units[index]
            index += 1
            if unit & 0xFC00 == 0xD800, index < count {
                let low = units[index]
                index += 1
                append(0x1_0000 + (UInt32(unit & 0x3FF) << 10 | UInt32(low & 0x3FF)), &bytes)
            } else {
                append(UInt32(unit), &bytes)
            }
        }
    }

    private func reserve(_ capacity: Int) {
        if units.count < capacity { units += Array(repeating: 0, count: capacity - units.count) }
    }

    private func append(_ character: UInt32) {
        if character < 0x1_0000 {
            units[count] = UInt16(truncatingIfNeeded: character)
            count += 1
        } else {
            units[count] = UInt16(truncatingIfNeeded: 0xD800 + (character - 0x1_0000) >> 10)
            units[count + 1] = UInt16(truncatingIfNeeded: 0xDC00 + character & 0x3FF)
            count += 2
        }
    }

    private func normalize(_ form: OpaquePointer?) {
        guard let form, count > 0 else { return }
        while true {
            var error = U_ZERO_ERROR
            // Safe: both arrays live through the call, and ICU writes no more than the capacity it is told.
            let length = units.withUnsafeBufferPointer { source in
                other.withUnsafeMutableBufferPointer { result in
                    roost_icu_normalize(
                        form, source.baseAddress, Int32(count), result.baseAddress, Int32(result.count), &error)
                }
            }
            if error == U_BUFFER_OVERFLOW_ERROR, Int(length) > other.count {
                other += Array(repeating: 0, count: Int(length) - other.count)
                continue
            }
            guard error.rawValue <= U_ZERO_ERROR.rawValue else { return }
            swap(&units, &other)
            count = Int(length)
            return
        }
    }

    private func stripMarks() {
        var kept = 0
        for index in 0..<count {
            let unit = units[index]
            if unit >= 0x300, Self.isDiacritic(unit) { continue }
            units[kept] = unit
            kept += 1
        }
        count = kept
    }

    private static func isDiacritic(_ unit: UInt16) -> Bool {
        switch unit {
        case 0x0300...0x036F, 0x0483...0x0487, 0x1AB0...0x1AFF, 0x1DC0...0x1DFF, 0x20D0...0x20FF, 0xFE20...0xFE2F:
            return true
        case 0x0591...0x05BD, 0x05BF, 0x05C1...0x05C2, 0x05C4...0x05C5, 0x05C7: return true
        case 0x0610...0x061A, 0x0640, 0x064B...0x065F, 0x0670, 0x06D6...0x06DC, 0x06DF...0x06E4, 0x06E7...0x06E8,
            0x06EA...0x06ED:
            return true
        default: return false
        }
    }

    /// UTF-8 of a character as it is compared: letters that Unicode does not take apart get their plain form.
    private static func appendPlain(_ character: UInt32, to bytes: inout [UInt8]) {
        if character < 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: character))
            return
        }
        switch character {
        case 0x00E6: bytes.append(contentsOf: [UInt8(ascii: "a"), UInt8(ascii: "e")])
        case 0x0153: bytes.append(contentsOf: [UInt8(ascii: "o"), UInt8(ascii: "e")])
        case 0x00F8: bytes.append(UInt8(ascii: "o"))
        case 0x0142: bytes.append(UInt8(ascii: "l"))
        case 0x0111, 0x00F0: bytes.append(UInt8(ascii: "d"))
        case 0x0127: bytes.append(UInt8(ascii: "h"))
        case 0x0167: bytes.append(UInt8(ascii: "t"))
        case 0x0131: bytes.append(UInt8(ascii: "i"))
        case 0x00FE: bytes.append(contentsOf: [UInt8(ascii: "t"), UInt8(ascii: "h")])
        case 0x2019, 0x02BC: bytes.append(UInt8(ascii: "'"))
        default:
            let digit = character >= 0x660 ? roost_icu_digit(character) : -1
            if digit >= 0 {
                bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit))
            } else {
                UTF8Reader.append(character, to: &bytes)
            }
        }
    }
}
