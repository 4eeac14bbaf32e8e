import Core
import HTTP
import S3
import SystemIO

/// What a page of a listing costs in a small bucket and in a large one, with a delimiter, and after all else was deleted.
///
/// A bucket has `keys` empty objects in 1,000 folders, and 1,000 more behind them. A page has 1,000 entries whatever the
/// bucket holds, so its cost must not follow the bucket.
struct ListingCost {
    /// The small bucket, against which the large one is held.
    static let smallKeys = 10_000
    /// How many times as much a page may cost in the large bucket. A page of prefixes is 1,000 seeks, which caches serve
    /// in the small bucket and less so in the large one; if a page followed the bucket it would cost 100 times as much.
    static let allowedRatio = 10.0
    private static let folders = 1000
    private static let pageEntries = 1000
    private static let pages = 100

    private let options: Options
    private let machine: Machine

    init(_ options: Options, _ machine: Machine) {
        self.options = options
        self.machine = machine
    }

    /// Kinds of pages, in the order of their lines.
    enum Page: String, CaseIterable {
        case keys = "keys, from any place"
        case prefixes = "common prefixes of a delimiter"
        case versions = "versions, from any place"
        case keysAfterDeletes = "keys, behind all that was deleted"
        case prefixesAfterDeletes = "a common prefix, behind all that was deleted"
    }

    /// Returns false if a page of the large bucket costs more than it may, or a request failed.
    func run() async throws(BenchError) -> Bool {
        let large = options.listObjects
        let first = try await measure(keys: Self.smallKeys)
        let second = try await measure(keys: large)
        var isWithinBounds = true
        var lines = ["a page of 1,000, p50 in ms                     \(Self.smallKeys) keys   \(large) keys   times"]
        var values: [String] = []
        for page in Page.allCases {
            guard let few = first[page], let many = second[page] else { continue }
            let (low, high) = (few.percentile(0.5), many.percentile(0.5))
            let ratio = Double(high) / Double(max(1, low))
            if ratio > Self.allowedRatio { isWithinBounds = false }
            let name = page.rawValue + String(repeating: " ", count: max(1, 47 - page.rawValue.count))
            lines.append(name + "\(milliseconds(low))         \(milliseconds(high))         \(fixed(ratio, 1))")
            values.append("\"\(page.rawValue)\":{\"few\":\(low),\"many\":\(high),\"times\":\(fixed(ratio, 2))}")
        }
        if options.isJSON {
            print("{\"keys\":[\(Self.smallKeys),\(large)],\"isWithinBounds\":\(isWithinBounds),")
            print("\"medianNanoseconds\":{\(values.joined(separator: ","))}}")
        } else {
            print(lines.joined(separator: "\n"))
        }
        return isWithinBounds
    }

    private func measure(keys: Int) async throws(BenchError) -> [Page: Histogram] {
        var options = options
        options.bucket += "-listing-\(keys)"
        let bench = Bench(machine, try Target(options), options)
        try await bench.makeBucket()
        complain("writing \(keys) empty objects …")
        try await write(0..<keys + Self.pageEntries, of: keys, bench)
        var found: [Page: Histogram] = [:]
        found[.keys] = try await pages(bench, counting: "<Key>") { random in
            "?list-type=2&max-keys=1000&start-after=" + Self.name(random.below(keys), of: keys)
        }
        found[.prefixes] = try await pages(bench, counting: "<CommonPrefixes>") { _ in
            "?list-type=2&max-keys=1000&delimiter=%2F"
        }
        found[.versions] = try await pages(bench, counting: "<Key>") { random in
            "?versions=&max-keys=1000&key-marker=" + Self.name(random.below(keys), of: keys)
        }
        complain("deleting \(keys) objects …")
        try await delete(keys, bench)
        found[.keysAfterDeletes] = try await pages(bench, counting: "<Key>") { _ in "?list-type=2&max-keys=1000" }
        found[.prefixesAfterDeletes] = try await pages(bench, counting: "<CommonPrefixes>", expecting: 1) { _ in
            "?list-type=2&max-keys=1000&delimiter=%2F"
        }
        return found
    }

    /// Those beyond `keys` lie in one folder behind the others.
    private static func name(_ key: Int, of keys: Int) -> String {
        let digits = String(key)
        let folder = key < keys ? String(String(1000 + key % folders).dropFirst()) : "last"
        return "\(folder)%2F\(String(repeating: "0", count: max(0, 8 - digits.count)))\(digits)"
    }

    private func write(_ numbers: Range<Int>, of keys: Int, _ bench: Bench) async throws(BenchError) {
        let (target, clock) = (bench.target, machine.clock)
        let result = try await bench.measure(32) { client, _, counter in
            var result = RunResult()
            while case let number = numbers.lowerBound + counter.next(), number < numbers.upperBound {
                let path = Self.name(number, of: keys).replacing("%2F", with: "/")
                do throws(Failure) {
                    try await client.put(target.head("PUT", path, at: clock.wallTime), [])
                } catch {
                    result.failures[error, default: 0] += 1
                }
            }
            return result
        }
        guard result.failures.isEmpty else { throw .failed("writing: \(result.failures)") }
    }

    private func delete(_ keys: Int, _ bench: Bench) async throws(BenchError) {
        let (target, clock) = (bench.target, machine.clock)
        let result = try await bench.measure(4) { client, _, counter in
            var result = RunResult()
            while case let first = counter.next() * Self.pageEntries, first < keys {
                let objects = (first..<min(keys, first + Self.pageEntries)).map { number in
                    "<Object><Key>\(Self.name(number, of: keys).replacing("%2F", with: "/"))</Key></Object>"
                }
                let document = Array("<Delete><Quiet>true</Quiet>\(objects.joined())</Delete>".utf8)
                var head = target.bucketHead(
                    "POST", "?delete=", payload: .sha256(Digest.of(document, .sha256)), at: clock.wallTime)
                head.headers.add("content-md5", Base64.encode(Digest.of(document, .md5)))
                do throws(Failure) {
                    try await client.put(head, [IOSlice(copying: document)])
                } catch {
                    result.failures[error, default: 0] += 1
                }
            }
            return result
        }
        guard result.failures.isEmpty else { throw .failed("deleting: \(result.failures)") }
    }

    /// One client, page after page; each must be full.
    private func pages(
        _ bench: Bench, counting element: String, expecting entries: Int = Self.pageEntries,
        _ query: @escaping @Sendable (inout Random) -> String
    ) async throws(BenchError) -> Histogram {
        let (target, clock, seed) = (bench.target, machine.clock, options.seed)
        let result = try await bench.measure(1) { client, _, _ in
            var random = Random(seed: seed)
            var result = RunResult()
            for _ in 0..<Self.pages {
                let head = target.bucketHead("GET", query(&random), at: clock.wallTime)
                let begin = clock.now
                do throws(Failure) {
                    let body = try await client.fetch(head)
                    result.latencies.record(clock.now.since(begin).nanoseconds)
                    guard Listing.occurrences(of: Array(element.utf8), in: body) == entries else { throw .listing }
                } catch {
                    result.failures[error, default: 0] += 1
                }
            }
            return result
        }
        guard result.failures.isEmpty else { throw .failed("listing: \(result.failures)") }
        return result.latencies
    }
}
