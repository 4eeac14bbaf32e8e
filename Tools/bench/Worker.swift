import Core
import Glibc
import HTTP
import SystemIO

/// One client's share of a run.
struct Worker {
    private let client: Client
    private let work: Work
    private let number: Int
    private var random: Random
    private var result = RunResult()
    private var listing: Listing
    /// Keys of the mixed workload that this client has put to delete them.
    private var spare: Int?

    init(_ client: Client, _ work: Work, number: Int) {
        self.client = client
        self.work = work
        self.number = number
        random = Random(seed: work.plan.seed &* 1_000_003 &+ UInt64(number))
        listing = Listing(keys: work.plan.keys, pageKeys: 1000)
    }

    mutating func run(_ counter: Counter) async -> RunResult {
        let plan = work.plan
        let clock = work.clock
        var began = clock.now
        let deadline = began + plan.duration
        while began < deadline {
            let turn = counter.next()
            if let limit = plan.operations, turn >= limit { break }
            if plan.kind == .delete, turn >= plan.keys { break }
            do throws(Failure) {
                try await operate(plan.kind, turn)
                let now = clock.now
                result.latencies.record(now.since(began).nanoseconds)
                began = now
            } catch {
                result.failures[error, default: 0] += 1
                // A server that is gone, or says that it is overloaded, is not asked in a tight loop.
                _ = await clock.sleep(for: .milliseconds(10))
                began = clock.now
            }
        }
        result.bytes = client.bytes
        return result
    }

    private mutating func operate(_ kind: WorkloadKind, _ turn: Int) async throws(Failure) {
        let keys = work.plan.keys
        switch kind {
        case .put:
            let key = turn % keys
            try await client.put(work.put(key), work.content.slices(key))
        case .get:
            let key = random.below(keys)
            if let length = work.plan.range, length < work.plan.size {
                let start = random.below(work.plan.size - length + 1)
                let range = start..<start + length
                try await client.get(work.get(key, range), key: key, range: range, work.content)
            } else {
                try await client.get(work.get(key), key: key, range: 0..<work.plan.size, work.content)
            }
        case .head: try await client.send(work.head(random.below(keys)), expecting: 200)
        case .delete: try await client.send(work.delete(turn), expecting: 204)
        case .list: try await list()
        case .query:
            let body = try await client.fetch(work.query(random.below(1 << 20)))
            // Every answer is whole JSON with hits, if only none.
            guard body.first == UInt8(ascii: "{"), body.last == UInt8(ascii: "}") else { throw .contents }
        case .mixed: try await mix(turn)
        }
    }

    /// 45 % GET, 25 % PUT, 20 % HEAD, 5 % LIST, 5 % DELETE of an object that this client has put for that.
    private mutating func mix(_ turn: Int) async throws(Failure) {
        switch random.below(100) {
        case 0..<45: try await operate(.get, turn)
        case 45..<70: try await operate(.put, turn)
        case 70..<90: try await operate(.head, turn)
        case 90..<95: try await list()
        default:
            if let key = spare {
                spare = nil
                try await client.send(work.delete(key), expecting: 204)
            } else {
                let key = work.plan.keys + number
                try await client.put(work.put(key), work.content.slices(key))
                spare = key
            }
        }
    }

    /// One page; each client begins at a place of its own and goes around.
    private mutating func list() async throws(Failure) {
        let startAfter = listing.token == nil ? work.plan.name(random.below(work.plan.keys)) : nil
        let body = try await client.fetch(work.list(after: listing.token, startAfter: startAfter))
        guard listing.take(body) else { throw .listing }
    }
}

/// Follows the pages of a listing and checks them: all pages but the last are full.
struct Listing {
    private let pageKeys: Int
    private(set) var token: String?

    init(keys: Int, pageKeys: Int) { self.pageKeys = pageKeys }

    mutating func take(_ body: [UInt8]) -> Bool {
        let count = Self.occurrences(of: Array("<Key>".utf8), in: body)
        token = Self.element("NextContinuationToken", in: body)
        return token == nil ? count <= pageKeys : count == pageKeys
    }

    private static func element(_ name: String, in body: [UInt8]) -> String? {
        let open = Array("<\(name)>".utf8)
        guard let start = firstIndex(of: open, in: body, from: 0) else { return nil }
        let rest = body[(start + open.count)...]
        return String(decoding: rest.prefix { $0 != UInt8(ascii: "<") }, as: UTF8.self)
    }

    static func occurrences(of pattern: [UInt8], in body: [UInt8]) -> Int {
        var count = 0
        var position = 0
        while let found = firstIndex(of: pattern, in: body, from: position) {
            count += 1
            position = found + pattern.count
        }
        return count
    }

    /// Looks for the second octet, which is rarer in XML than the first, `<`.
    private static func firstIndex(of pattern: [UInt8], in body: [UInt8], from start: Int) -> Int? {
        body.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return nil }
            var position = start + 1
            while position < bytes.count,
                let found = memchr(base + position, Int32(pattern[1]), bytes.count - position)
            {
                let candidate = UnsafeRawPointer(found) - base - 1
                guard candidate + pattern.count <= bytes.count else { return nil }
                if memcmp(base + candidate, pattern, pattern.count) == 0 { return candidate }
                position = candidate + 2
            }
            return nil
        }
    }
}
