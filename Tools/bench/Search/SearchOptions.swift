import SearchIndex

/// The command line of `bench search`.
struct SearchOptions: Sendable {
    var documents = 1_000_000
    var seed: UInt64 = 1
    var vocabulary = 100_000
    /// Where the index is made, and taken away again.
    var folder = ".build/bench-search"
    /// JSON lines of the documents, for other engines.
    var write: String?
    /// Percent of the documents that are written again.
    var overwrite = 0
    /// Indexes that the keys are spread over, by range.
    var cut = 1
    var merges = true
    var cacheBytes = IndexSettings().cacheBytes
    /// A file of queries, one a line, whose hits are printed instead of times.
    var dump: String?
    var isJSON = false

    init(_ arguments: ArraySlice<String>) throws(UsageError) {
        var rest = arguments
        while let flag = rest.popFirst() {
            switch flag {
            case "--json": isJSON = true
            case "--no-merges": merges = false
            default:
                guard let value = rest.popFirst() else { throw UsageError(message: "\(flag) wants a value") }
                try set(flag, value)
            }
        }
    }

    private mutating func set(_ flag: String, _ value: String) throws(UsageError) {
        func number(_ range: ClosedRange<Int>) throws(UsageError) -> Int {
            guard let number = Int(value.filter { $0 != "_" && $0 != "," }), range.contains(number) else {
                throw UsageError(message: "\(flag) wants a number of \(range), not \(value)")
            }
            return number
        }
        switch flag {
        case "--documents": documents = try number(1...1_000_000_000)
        case "--seed": seed = UInt64(try number(0...Int.max))
        case "--vocabulary": vocabulary = try number(10...1_000_000)
        case "--folder": folder = value
        case "--write": write = value
        case "--overwrite": overwrite = try number(0...100)
        case "--cut": cut = try number(1...1024)
        case "--cache": cacheBytes = try number(1...1 << 40)
        case "--dump": dump = value
        default: throw UsageError(message: "search has no flag \(flag)")
        }
    }
}
