public import Core

/// What a node needs to know to start; the configuration's values, checked.
public struct NodeSettings: Sendable {
    public struct Credentials: Sendable, Equatable {
        public var accessKey: String
        public var secretKey: String
        public init(accessKey: String, secretKey: String) {
            self.accessKey = accessKey
            self.secretKey = secretKey
        }
    }

    public struct TLSFiles: Sendable, Equatable {
        public var certificatePath: String
        public var keyPath: String
        public init(certificatePath: String, keyPath: String) {
            self.certificatePath = certificatePath
            self.keyPath = keyPath
        }
    }

    /// Data folders, one a drive.
    public var folders: [String]
    public var s3: ListenAddress
    public var admin: ListenAddress
    public var root: Credentials
    public var tls: TLSFiles?
    public var domains: [String] = []
    public var region = "us-east-1"
    public var inlineLimitBytes = 16 << 10
    public var memoryBudgetBytes = 512 << 20
    public var minimumParity = 1
    public var minimumPartBytes = 5 << 20
    public var loops = 2
    public var garbageDelay = TimeSpan.seconds(3600)
    public var blockCacheBytes = 64 << 20
    public var journalSegmentBytes: UInt64 = 64 << 20
    public var volumeBytes: UInt64 = 1 << 30
    public var volumeGrowthBytes: UInt64 = 64 << 20
    /// How long a stop waits for requests that are under way.
    public var drainTimeout = TimeSpan.seconds(20)
    public var maximumConnections = 10_000
    /// Under which secrets lie on the drives.
    public var sealingKey: SealingKey
    /// Allows the admin API to make drives fail, for tests of a running process.
    public var allowsFaultInjection = false

    public init(folders: [String], s3: ListenAddress, admin: ListenAddress, root: Credentials) {
        self.folders = folders
        self.s3 = s3
        self.admin = admin
        self.root = root
        self.sealingKey = Self.sealingKey(ofRoot: root)
    }

    /// Signs what clients bring back: the same on every node that has the same root.
    var cursorKey: HMACSHA256Key { HMACSHA256Key(Array("roost cursor key 1\n\(root.secretKey)".utf8)) }

    /// Without a master key of its own a store seals under one that follows from root's secret: a new secret for root
    /// makes the users' keys unreadable, and an old one makes them readable again.
    private static func sealingKey(ofRoot root: Credentials) -> SealingKey {
        SealingKey(Digest.of(Array("roost sealing key 1\n\(root.secretKey)".utf8), .sha256))
    }
}

extension NodeSettings {
    /// - Parameters:
    ///   - root: what the configuration says, or what was generated.
    ///   - cores: of this machine, for the number of loops.
    public init(_ configuration: Configuration, root: Credentials, cores: Int) {
        self.init(
            folders: configuration.data, s3: configuration.s3Listen, admin: configuration.adminListen, root: root)
        if let certificate = configuration.tlsCertificate, let key = configuration.tlsKey {
            tls = TLSFiles(certificatePath: certificate, keyPath: key)
        }
        domains = configuration.domains
        region = configuration.region
        inlineLimitBytes = configuration.inlineLimitBytes
        memoryBudgetBytes = configuration.memoryBudgetBytes
        minimumParity = configuration.minimumParity
        minimumPartBytes = configuration.minimumPartBytes
        loops = configuration.loops == 0 ? max(1, cores) : configuration.loops
        garbageDelay = .seconds(configuration.garbageDelaySeconds)
        drainTimeout = .seconds(configuration.shutdownSeconds)
        maximumConnections = configuration.maximumConnections
        blockCacheBytes = configuration.blockCacheBytes
        journalSegmentBytes = UInt64(configuration.journalSegmentBytes) / 4096 * 4096
        volumeBytes = UInt64(configuration.volumeBytes)
        volumeGrowthBytes = min(volumeGrowthBytes, volumeBytes)
        allowsFaultInjection = configuration.faultInjection
    }
}
