public import Core

/// What a server is told from outside. `Setting.all` is the table of its keys; `ConfigurationLoader` reads it from
/// flags, environment, file and defaults, in that order of precedence.
public struct Configuration: Sendable, Equatable {
    public enum LogFormat: String, Sendable, CaseIterable {
        /// Plain on a terminal, JSON otherwise.
        case automatic = "auto"
        case plain
        case json
    }

    /// Folders, one for each drive, patterns expanded; at least one.
    public var data: [String] = []
    public var s3Listen = ListenAddress(host: "0.0.0.0", port: 9000)
    public var adminListen = ListenAddress(host: "127.0.0.1", port: 9001)
    public var rpcListen = ListenAddress(host: "127.0.0.1", port: 9002)
    /// PEM files; both or none.
    public var tlsCertificate: String?
    public var tlsKey: String?
    /// Names under which buckets are hosts; none: path style only.
    public var domains: [String] = []
    public var region = "us-east-1"
    /// Of the first user; generated and printed once if absent.
    public var rootAccessKey: String?
    public var rootSecretKey: String?
    public var logLevel = LogLine.Level.info
    public var logFormat = LogFormat.automatic
    /// Objects up to this size travel in the metadata entry.
    public var inlineLimitBytes = 16 << 10
    /// For bodies under way, in the whole process.
    public var memoryBudgetBytes = 512 << 20
    /// Writes are refused when fewer parity fragments than this are left; 0: never.
    public var minimumParity = 1
    /// Of every part of a multipart upload but the last.
    public var minimumPartBytes = 5 << 20
    /// Event loops; 0: one for each core.
    public var loops = 0
    /// How long deleted bytes stay for reads under way.
    public var garbageDelaySeconds = 3600
    /// How long SIGTERM waits for requests under way.
    public var shutdownSeconds = 30
    /// S3 connections at once; further ones are told to slow down.
    public var maximumConnections = 10_000
    /// For blocks of metadata.
    public var blockCacheBytes = 64 << 20
    public var journalSegmentBytes = 64 << 20
    public var volumeBytes = 1 << 30
    /// The admin API may make drives fail, to rehearse it.
    public var faultInjection = false

    public init() {}
}

/// Where a server listens.
public struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
    /// A name or an address; without the brackets of IPv6.
    public var host: String
    /// 0: any that is free.
    public var port: UInt16

    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// `HOST:PORT`, `[IPv6]:PORT` or `:PORT` (every address). nil for anything else.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let port = UInt16(digits)
        else { return nil }
        let host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]"), host.utf8.count > 2 {
            self.init(host: String(host.dropFirst().dropLast()), port: port)
        } else if host.isEmpty {
            self.init(host: "0.0.0.0", port: port)
        } else {
            guard !host.contains(where: { ":[] ".contains($0) }) else { return nil }
            self.init(host: String(host), port: port)
        }
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
