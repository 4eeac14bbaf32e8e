/// Arithmetic of polynomials over GF(2) modulo that of a CRC, bits reflected: the highest bit stands for x⁰. By it the
/// CRC of a concatenation follows from those of its parts.
///
/// Source: Mark Adler, `crc32_combine` of zlib 1.2.12 (`crc32.c`).
struct CRCPolynomial<Word: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
    private let polynomial: Word
    /// x to the power of 2ⁿ.
    private let powers: [Word]

    /// - Parameter polynomial: without its highest term, bits reflected.
    init(_ polynomial: Word) {
        self.polynomial = polynomial
        // x¹, then squares of squares.
        var powers: [Word] = [1 << (Word.bitWidth - 2)]
        for _ in 1..<64 {
            let last = powers[powers.count - 1]
            powers.append(Self.multiply(last, last, modulo: polynomial))
        }
        self.powers = powers
    }

    private static func multiply(_ left: Word, _ right: Word, modulo polynomial: Word) -> Word {
        var product: Word = 0
        var shifted = right
        var rest = left
        while rest != 0 {
            if rest.leadingZeroBitCount == 0 { product ^= shifted }
            rest <<= 1
            shifted = shifted & 1 != 0 ? (shifted >> 1) ^ polynomial : shifted >> 1
        }
        return product
    }

    /// The CRC of two runs of bytes, one behind the other.
    /// - Parameter count: bytes of the second.
    func combine(_ first: Word, _ second: Word, count: UInt64) -> Word {
        precondition(count <= UInt64.max / 8, "more bits than can be counted")
        var shift: Word = 1 << (Word.bitWidth - 1)
        let bits = count * 8
        for bit in 0..<64 where bits >> UInt64(bit) & 1 == 1 {
            shift = Self.multiply(powers[bit], shift, modulo: polynomial)
        }
        return Self.multiply(first, shift, modulo: polynomial) ^ second
    }
}
