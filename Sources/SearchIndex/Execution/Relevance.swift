/// BM25 as Lucene's BM25Similarity since version 8, without the constant factor (k1 + 1).
///
/// Source: Robertson, Zaragoza: "The Probabilistic Relevance Framework: BM25 and Beyond", 2009; Lucene's BM25Similarity.
enum Relevance {
    static let k1: Float = 1.2
    static let b: Float = 0.75

    /// ln(1 + (N − n + 0.5) / (n + 0.5)) of a term that `documents` of `total` have.
    static func inverseFrequency(_ documents: UInt64, of total: UInt64) -> Float {
        let (count, all) = (Double(documents), Double(max(total, documents)))
        return Float(naturalLogarithm(1 + (all - count + 0.5) / (count + 0.5)))
    }

    /// Of a positive number, the same on every machine: x = m · 2ᵉ, and ln m = 2 artanh((m − 1) / (m + 1)) by its series,
    /// of which twelve terms are as exact as a double for m from √½ to √2.
    static func naturalLogarithm(_ number: Double) -> Double {
        var (mantissa, exponent) = (number.significand, Double(number.exponent))
        if mantissa > 1.414_213_562_373_095 {
            mantissa /= 2
            exponent += 1
        }
        let ratio = (mantissa - 1) / (mantissa + 1)
        let square = ratio * ratio
        var sum = 0.0
        for term in stride(from: 23, through: 1, by: -2) { sum = sum * square + 1 / Double(term) }
        return exponent * 0.693_147_180_559_945_31 + 2 * ratio * sum
    }

    /// k1 (1 − b + b · length / average), by length byte.
    static func normalisation(_ statistics: CorpusStatistics.FieldStatistics) -> [Float] {
        let average = statistics.documents > 0 ? Float(statistics.words) / Float(statistics.documents) : 1
        return (0..<256).map { byte in
            k1 * (1 - b + b * Float(WordCount.decoded(UInt8(byte))) / max(average, .leastNormalMagnitude))
        }
    }
}

/// The number of words of a field in one byte: exact up to 40, then with three bits behind the leading one, cut down.
/// Statistics add up what the byte says, so that a document counts the same before and after a merge.
///
/// Source: Lucene's SmallFloat.intToByte4.
enum WordCount {
    private static let free = 24

    static func encoded(_ count: Int) -> UInt8 {
        guard count >= free else { return UInt8(max(count, 0)) }
        let rest = UInt64(min(count, Int(Int32.max)) - free)
        let bits = 64 - rest.leadingZeroBitCount
        guard bits >= 4 else { return UInt8(free) + UInt8(rest) }
        let shift = bits - 4
        return UInt8(free) + UInt8((rest >> UInt64(shift)) & 7 | UInt64(shift + 1) << 3)
    }

    static func decoded(_ byte: UInt8) -> Int {
        guard Int(byte) >= free else { return Int(byte) }
        let rest = Int(byte) - free
        let shift = rest >> 3 - 1
        return free + (shift < 0 ? rest & 7 : (rest & 7 | 8) << shift)
    }

    static let all: [UInt32] = (0..<256).map { UInt32(decoded(UInt8($0))) }
}
