extension FacetReply {
    /// Adds up the replies of shards to one request. Terms are cut at the request's size here, and nowhere before.
    public static func merged(_ replies: [FacetReply], for request: FacetRequest) -> FacetReply {
        switch request {
        case .terms(_, let size):
            var counts: [Value.Term: UInt64] = [:]
            for case .terms(let values) in replies {
                for value in values { counts[value.term, default: 0] += value.count }
            }
            let values = counts.map { Value($0.key, $0.value) }.sorted(by: Value.precedes)
            return .terms(Array(values.prefix(size)))
        case .ranges(_, let ranges):
            var counts = [UInt64](repeating: 0, count: ranges.count)
            for case .ranges(let others) in replies {
                for (index, count) in others.enumerated() { counts[index] += count }
            }
            return .ranges(counts)
        case .dateHistogram:
            var counts: [Int64: UInt64] = [:]
            for case .dateHistogram(let intervals) in replies {
                for interval in intervals { counts[interval.startMilliseconds, default: 0] += interval.count }
            }
            return .dateHistogram(counts.sorted { $0.key < $1.key }.map { Interval($0.key, $0.value) })
        }
    }
}

extension FacetReply.Value {
    /// The most frequent first; ties by value.
    static func precedes(_ left: Self, _ right: Self) -> Bool {
        if left.count != right.count { return left.count > right.count }
        switch (left.term, right.term) {
        case (.bucket(let left), .bucket(let right)): return left < right
        case (.bytes(let left), .bytes(let right)): return left.lexicographicallyPrecedes(right)
        case (.bucket, .bytes): return true
        case (.bytes, .bucket): return false
        }
    }
}
