import Core
import HTTP
import S3
import SystemIO

extension Plan {
    var writes: Bool { kind == .put || kind == .mixed }
    var needsObjects: Bool { kind != .put }

    func name(_ key: Int) -> String {
        let digits = String(key)
        return prefix + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }
}

/// What the workers of a run share: the plan, the contents, and requests that were signed before the clock started (a
/// signature is good for 15 minutes).
struct Work: Sendable {
    let plan: Plan
    let target: Target
    let content: Content
    let clock: SystemClock
    private var puts: [RequestHead] = []
    private var gets: [RequestHead] = []
    private var heads: [RequestHead] = []
    private var deletes: [RequestHead] = []
    private let queries: QueryWork?

    /// Beyond that many keys, requests are signed as they are sent.
    private static let signedAhead = 20_000

    init(_ plan: Plan, _ target: Target, _ content: Content, _ clock: SystemClock) {
        self.plan = plan
        self.target = target
        self.content = content
        self.clock = clock
        queries = plan.kind == .query ? QueryWork(seed: plan.seed) : nil
        guard plan.keys <= Self.signedAhead else { return }
        let keys = 0..<plan.keys
        switch plan.kind {
        case .put: puts = keys.map { signed("PUT", $0) }
        case .get: gets = plan.range == nil ? keys.map { signed("GET", $0) } : []
        case .head: heads = keys.map { signed("HEAD", $0) }
        case .delete: deletes = keys.map { signed("DELETE", $0) }
        case .list, .query: break
        case .mixed:
            puts = keys.map { signed("PUT", $0) }
            gets = keys.map { signed("GET", $0) }
            heads = keys.map { signed("HEAD", $0) }
        }
    }

    func put(_ key: Int) -> RequestHead { key < puts.count ? puts[key] : signed("PUT", key) }
    func get(_ key: Int) -> RequestHead { key < gets.count ? gets[key] : signed("GET", key) }
    func head(_ key: Int) -> RequestHead { key < heads.count ? heads[key] : signed("HEAD", key) }
    func delete(_ key: Int) -> RequestHead { key < deletes.count ? deletes[key] : signed("DELETE", key) }

    func get(_ key: Int, _ range: Range<Int>) -> RequestHead {
        target.head("GET", plan.name(key), range: range, at: clock.wallTime)
    }

    /// A page of 1,000 keys.
    func list(after token: String?, startAfter: String?) -> RequestHead {
        var query = "?list-type=2&max-keys=1000"
        if let token { query += "&continuation-token=\(encoded(token))" }
        query += "&prefix=\(encoded(plan.prefix))"
        if let startAfter { query += "&start-after=\(encoded(startAfter))" }
        return target.bucketHead("GET", query, at: clock.wallTime)
    }

    private func signed(_ method: String, _ key: Int) -> RequestHead {
        var payload = SigV4Signer.Payload.empty
        if method == "PUT" { payload = plan.payload == .signed ? .sha256(content.hash(key)) : .unsigned }
        let fields = method == "PUT" && plan.hasMetadata ? QueryWork.fields(key, seed: plan.seed) : []
        return target.head(method, plan.name(key), payload: payload, fields: fields, at: clock.wallTime)
    }

    func query(_ number: Int) -> RequestHead {
        let targets = queries?.targets ?? [""]
        return target.bucketHead("GET", targets[number % targets.count], at: clock.wallTime)
    }

    /// RFC 3986 section 2.3: all but the unreserved characters.
    private func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for octet in text.utf8 {
            switch octet {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: bytes.append(octet)
            default: bytes += [0x25, digits[Int(octet >> 4)], digits[Int(octet & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
