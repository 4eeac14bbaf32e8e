/// Counts of durations in buckets that grow with them: 64 to each power of two, so that a percentile is off by at most
/// 1.6 % (as in HdrHistogram).
struct Histogram: Sendable {
    private static let bits = 6
    private var counts = [UInt32](repeating: 0, count: (65 - bits) << bits)
    private(set) var total = 0
    private(set) var maximum: UInt64 = 0
    private(set) var sum: UInt64 = 0

    mutating func record(_ nanoseconds: UInt64) {
        counts[Self.bucket(nanoseconds)] += 1
        total += 1
        sum += nanoseconds
        maximum = max(maximum, nanoseconds)
    }

    mutating func merge(_ other: Histogram) {
        for index in counts.indices { counts[index] += other.counts[index] }
        total += other.total
        sum += other.sum
        maximum = max(maximum, other.maximum)
    }

    /// In nanoseconds: the upper end of the bucket that holds it.
    /// - Parameter fraction: 0.99 for p99.
    func percentile(_ fraction: Double) -> UInt64 {
        guard total > 0 else { return 0 }
        let rank = max(1, Int((Double(total) * fraction).rounded(.up)))
        var seen = 0
        for (index, count) in counts.enumerated() where count > 0 {
            seen += Int(count)
            if seen >= rank { return min(maximum, Self.upperEnd(index)) }
        }
        return maximum
    }

    private static func bucket(_ value: UInt64) -> Int {
        guard value >= 1 << bits else { return Int(value) }
        let shift = 63 - bits - value.leadingZeroBitCount
        return ((shift + 1) << bits) + Int(value >> UInt64(shift)) - (1 << bits)
    }

    private static func upperEnd(_ bucket: Int) -> UInt64 {
        guard bucket >= 1 << bits else { return UInt64(bucket) }
        let shift = (bucket >> bits) - 1
        let mantissa = UInt64(bucket & ((1 << bits) - 1)) + (1 << bits)
        return ((mantissa + 1) << UInt64(shift)) - 1
    }
}
