import Core
import Glibc

struct UsageError: Error {
    let message: String
}

enum WorkloadKind: String, Sendable, CaseIterable { case put, get, head, list, delete, mixed, query }

/// The command line.
struct Options: Sendable {
    enum Command: Sendable {
        case workload(WorkloadKind)
        case suite
        case listing
    }

    enum Payload: String, Sendable { case signed, unsigned }

    var command: Command
    var host = "127.0.0.1"
    var port: UInt16 = 9000
    var bucket = "bench"
    var accessKey = environment("ROOST_ACCESS_KEY")
    var secretKey = environment("ROOST_SECRET_KEY")
    var region = "us-east-1"
    var pid: Int32?
    var size = 4096
    var range: Int?
    var keys: Int?
    var concurrency = 16
    var duration = TimeSpan.seconds(10)
    var operations: Int?
    var payload = Payload.signed
    var seed: UInt64 = 1
    var prefix = "bench/"
    var prepares = true
    /// Objects carry metadata to be searched.
    var hasMetadata = false
    var threads = 2
    var isJSON = false
    var limitsFolder: String?
    var limitFiles: Int?
    var limitData: Int?
    var listObjects = 1_000_000
    var streamSize = 1 << 30
    var only: Set<Int> = []
    var restart: String?

    init(_ arguments: [String]) throws(UsageError) {
        var rest = arguments[...]
        let name = rest.removeFirst()
        if name == "suite" {
            command = .suite
        } else if name == "listing" {
            command = .listing
        } else if let kind = WorkloadKind(rawValue: name) {
            command = .workload(kind)
        } else {
            throw UsageError(message: "no such workload: \(name)")
        }
        while let flag = rest.popFirst() {
            switch flag {
            case "--json": isJSON = true
            case "--no-prepare": prepares = false
            case "--metadata": hasMetadata = true
            default:
                guard let value = rest.popFirst() else { throw UsageError(message: "\(flag) wants a value") }
                try set(flag, value)
            }
        }
    }

    private mutating func set(_ flag: String, _ value: String) throws(UsageError) {
        switch flag {
        case "--endpoint": try setEndpoint(value)
        case "--bucket": bucket = value
        case "--access-key": accessKey = value
        case "--secret-key": secretKey = value
        case "--region": region = value
        case "--pid": pid = Int32(try Self.count(flag, value))
        case "--size": size = try Self.bytes(flag, value)
        case "--range": range = try Self.bytes(flag, value)
        case "--keys": keys = try Self.count(flag, value)
        case "--concurrency": concurrency = try Self.count(flag, value)
        case "--duration": duration = .seconds(try Self.count(flag, value))
        case "--operations": operations = try Self.count(flag, value)
        case "--payload":
            guard let payload = Payload(rawValue: value) else { throw UsageError(message: "--payload signed|unsigned") }
            self.payload = payload
        case "--seed": seed = UInt64(try Self.count(flag, value))
        case "--prefix": prefix = value
        case "--threads": threads = try Self.count(flag, value)
        case "--limits": limitsFolder = value
        case "--limit-files": limitFiles = try Self.count(flag, value)
        case "--limit-data": limitData = try Self.count(flag, value)
        case "--list-objects": listObjects = try Self.count(flag, value)
        case "--stream-size": streamSize = try Self.bytes(flag, value)
        case "--only":
            for part in value.split(separator: ",") { only.insert(try Self.count(flag, String(part))) }
        case "--restart": restart = value
        default: throw UsageError(message: "no such flag: \(flag)")
        }
    }

    private mutating func setEndpoint(_ value: String) throws(UsageError) {
        var text = value[...]
        if text.hasPrefix("http://") { text = text.dropFirst(7) }
        guard let colon = text.lastIndex(of: ":"), let number = UInt16(text[text.index(after: colon)...]) else {
            throw UsageError(message: "--endpoint wants HOST:PORT")
        }
        host = String(text[..<colon])
        port = number
    }

    private static func count(_ flag: String, _ value: String) throws(UsageError) -> Int {
        guard let number = Int(value.filter { $0 != "," && $0 != "_" }), number > 0 else {
            throw UsageError(message: "\(flag) wants a number above 0, not \(value)")
        }
        return number
    }

    /// `4096`, `4k`, `1m`, `1g`; powers of 1,024.
    private static func bytes(_ flag: String, _ value: String) throws(UsageError) -> Int {
        let shifts: [Character: Int] = ["k": 10, "m": 20, "g": 30]
        let shift = value.last.flatMap { shifts[Character($0.lowercased())] }
        guard let number = Int(shift == nil ? value[...] : value.dropLast()), number >= 0, number < 1 << 32 else {
            throw UsageError(message: "\(flag) wants a size such as 4k or 64m, not \(value)")
        }
        return number << (shift ?? 0)
    }
}

private func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

/// One measurement.
struct Plan: Sendable {
    var kind: WorkloadKind
    var size: Int
    var range: Int?
    var keys: Int
    var concurrency: Int
    var duration: TimeSpan
    var operations: Int?
    var payload: Options.Payload
    var seed: UInt64
    var prefix: String
    var prepares: Bool
    var hasMetadata: Bool

    init(_ kind: WorkloadKind, _ options: Options) {
        self.kind = kind
        size = options.size
        range = options.range
        keys = options.keys ?? Plan.defaultKeys(options.size)
        concurrency = options.concurrency
        duration = options.duration
        operations = options.operations
        payload = options.payload
        seed = options.seed
        prefix = options.prefix
        prepares = options.prepares
        hasMetadata = options.hasMetadata || kind == .query
    }

    /// About 512 MiB, at least 8 objects, at most 10,000.
    static func defaultKeys(_ size: Int) -> Int { max(8, min(10_000, (512 << 20) / max(1, size))) }
}
