import Core
import Glibc
import SearchIndex

/// A query that every engine answers: in this language, and in parts that others can put together.
struct MeasuredQuery: Sendable {
    enum Kind: String, Sendable { case term, and, or, phrase, prefix, dated }
    var name: String
    var kind: Kind
    var words: [String]

    var text: String {
        switch kind {
        case .term, .and, .dated: words.joined(separator: " ")
        case .or: words.joined(separator: " OR ")
        case .phrase: "\"" + words.joined(separator: " ") + "\""
        case .prefix: words[0] + "*"
        }
    }

    var sort: [SortKey] { kind == .dated ? [SortKey(.column(.modified), isDescending: true)] : [] }

    /// - Parameter rank: the word of a rank.
    static func all(_ rank: (Int) -> String, vocabulary: Int) -> [MeasuredQuery] {
        let rare = rank(vocabulary / 5)
        return [
            MeasuredQuery(name: "term in half of the documents", kind: .term, words: [rank(0)]),
            MeasuredQuery(name: "rare term", kind: .term, words: [rare]),
            MeasuredQuery(name: "two common terms, AND", kind: .and, words: [rank(1), rank(2)]),
            MeasuredQuery(name: "common and rare, AND", kind: .and, words: [rank(0), rank(vocabulary / 200)]),
            MeasuredQuery(name: "two common terms, OR", kind: .or, words: [rank(1), rank(2)]),
            MeasuredQuery(name: "three common terms, OR", kind: .or, words: [rank(1), rank(2), rank(3)]),
            MeasuredQuery(name: "phrase", kind: .phrase, words: [rank(0), rank(1)]),
            MeasuredQuery(name: "prefix of three characters", kind: .prefix, words: [String(rank(10).prefix(3))]),
            MeasuredQuery(name: "half of the documents by date", kind: .dated, words: [rank(0)]),
        ]
    }
}

/// CPU of this process and its memory.
enum ProcessFigures {
    static var cpuNanoseconds: UInt64 { nanoseconds(CLOCK_PROCESS_CPUTIME_ID) }
    static var wallNanoseconds: UInt64 { nanoseconds(CLOCK_MONOTONIC) }

    private static func nanoseconds(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Memory of its own, without what it maps of files.
    static var anonymousBytes: Int {
        guard let file = fopen("/proc/self/status", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if text.hasPrefix("RssAnon:") { return (Int(text.filter(\.isNumber)) ?? 0) << 10 }
        }
        return 0
    }
}

/// Runs where it is asked: one thread does all, so that its CPU time is the search's.
struct InPlace: Compute {
    func run<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T { work() }
}
