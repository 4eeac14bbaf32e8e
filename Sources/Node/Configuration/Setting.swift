import Core

/// One key of the configuration: its name in the file, from which the flag and the environment variable follow, its
/// kind and its help.
struct Setting: Sendable {
    typealias Path<Value> = any WritableKeyPath<Configuration, Value> & Sendable

    enum Kind: Sendable {
        case text(Path<String>)
        case optionalText(Path<String?>)
        /// A list; in the environment divided by commas.
        case texts(Path<[String]>)
        /// A list of folders, in which `{1...6}` stands for each number.
        case folders(Path<[String]>)
        case integer(Path<Int>, ClosedRange<Int>)
        /// A number of bytes, also as text with KiB, MiB or GiB.
        case bytes(Path<Int>, ClosedRange<Int>)
        case address(Path<ListenAddress>)
        /// One of a few words.
        case choice([String], @Sendable (inout Configuration, String) -> Void)
    }

    /// `camelCase`.
    let name: String
    let kind: Kind
    /// The word that stands for the value in help.
    let placeholder: String
    /// As text, for help.
    let defaultText: String
    let help: String

    /// `--s3-listen` of `s3Listen`.
    var flag: String { "--\(words.joined(separator: "-"))" }

    /// `ROOST_S3_LISTEN` of `s3Listen`.
    var variable: String { "ROOST_\(words.map { $0.uppercased() }.joined(separator: "_"))" }

    /// The words of the name in lower case: a capital begins a word.
    private var words: [String] {
        var words = [""]
        for character in name {
            if character.isUppercase { words.append("") }
            words[words.count - 1] += character.lowercased()
        }
        return words
    }

    var isList: Bool {
        switch kind {
        case .texts, .folders: true
        case .text, .optionalText, .integer, .bytes, .address, .choice: false
        }
    }
}

extension Setting {
    static let all: [Setting] = [
        Setting(
            name: "data", kind: .folders(\.data), placeholder: "DIR…", defaultText: "none; must be given",
            help: "Folders that hold the store, one for each drive. {1...6} stands for the numbers from 1 to 6."),
        Setting(
            name: "s3Listen", kind: .address(\.s3Listen), placeholder: "HOST:PORT", defaultText: "0.0.0.0:9000",
            help: "Where the S3 API listens."),
        Setting(
            name: "adminListen", kind: .address(\.adminListen), placeholder: "HOST:PORT",
            defaultText: "127.0.0.1:9001", help: "Where the admin API, metrics and health checks listen."),
        Setting(
            name: "rpcListen", kind: .address(\.rpcListen), placeholder: "HOST:PORT", defaultText: "127.0.0.1:9002",
            help: "Where other nodes of the cluster connect."),
        Setting(
            name: "tlsCertificate", kind: .optionalText(\.tlsCertificate), placeholder: "FILE",
            defaultText: "none: no TLS", help: "Certificate chain in PEM for the S3 and admin ports."),
        Setting(
            name: "tlsKey", kind: .optionalText(\.tlsKey), placeholder: "FILE", defaultText: "none",
            help: "Private key in PEM that belongs to the certificate."),
        Setting(
            name: "domains", kind: .texts(\.domains), placeholder: "NAME…", defaultText: "none: path style only",
            help: "Domain names under which a bucket is a host: BUCKET.NAME."),
        Setting(
            name: "region", kind: .text(\.region), placeholder: "NAME", defaultText: "us-east-1",
            help: "The region that clients sign for."),
        Setting(
            name: "rootAccessKey", kind: .optionalText(\.rootAccessKey), placeholder: "KEY",
            defaultText: "generated at the first start", help: "Access key of the first user."),
        Setting(
            name: "rootSecretKey", kind: .optionalText(\.rootSecretKey), placeholder: "SECRET",
            defaultText: "generated at the first start",
            help: "Its secret. Better in the environment than in a flag, which other users of the machine can see."),
        Setting(
            name: "logLevel",
            kind: .choice(LogLine.Level.allCases.map(\.rawValue)) { configuration, word in
                if let level = LogLine.Level(rawValue: word) { configuration.logLevel = level }
            }, placeholder: "LEVEL", defaultText: "info", help: "The least level of log lines that are written."),
        Setting(
            name: "logFormat",
            kind: .choice(Configuration.LogFormat.allCases.map(\.rawValue)) { configuration, word in
                if let format = Configuration.LogFormat(rawValue: word) { configuration.logFormat = format }
            }, placeholder: "FORMAT", defaultText: "auto", help: "Form of log lines; auto is plain on a terminal."),
        Setting(
            name: "inlineLimitBytes", kind: .bytes(\.inlineLimitBytes, 0...65_536), placeholder: "BYTES",
            defaultText: "16KiB", help: "Objects up to this size are kept with their metadata."),
        Setting(
            name: "memoryBudgetBytes", kind: .bytes(\.memoryBudgetBytes, (32 << 20)...(1 << 40)),
            placeholder: "BYTES", defaultText: "512MiB",
            help: "Memory for the bodies of requests under way; what does not fit waits."),
        Setting(
            name: "minimumParity", kind: .integer(\.minimumParity, 0...8), placeholder: "COUNT", defaultText: "1",
            help: "Refuse writes that could not lose this many drives more; 0 takes them without any parity."),
        Setting(
            name: "minimumPartBytes", kind: .bytes(\.minimumPartBytes, 1...(5 << 20)), placeholder: "BYTES",
            defaultText: "5MiB",
            help: "The least size of an upload's parts but the last. Less than S3's 5 MiB is for tests and gateways."),
        Setting(
            name: "loops", kind: .integer(\.loops, 0...1024), placeholder: "COUNT", defaultText: "0: one a core",
            help: "Event loops."),
        Setting(
            name: "garbageDelaySeconds", kind: .integer(\.garbageDelaySeconds, 0...604_800), placeholder: "SECONDS",
            defaultText: "3600", help: "How long deleted bytes stay, for downloads under way."),
        Setting(
            name: "shutdownSeconds", kind: .integer(\.shutdownSeconds, 0...3600), placeholder: "SECONDS",
            defaultText: "30", help: "How long a stop waits for requests under way."),
        Setting(
            name: "maximumConnections", kind: .integer(\.maximumConnections, 1...1_000_000), placeholder: "COUNT",
            defaultText: "10000", help: "S3 connections at once; further ones are told to slow down."),
        Setting(
            name: "blockCacheBytes", kind: .bytes(\.blockCacheBytes, (1 << 20)...(1 << 40)), placeholder: "BYTES",
            defaultText: "64MiB", help: "Memory for blocks of metadata read from the drives."),
        Setting(
            name: "journalSegmentBytes", kind: .bytes(\.journalSegmentBytes, (8 << 20)...(1 << 30)),
            placeholder: "BYTES", defaultText: "64MiB", help: "Size of a journal segment; a multiple of 4 KiB."),
        Setting(
            name: "volumeBytes", kind: .bytes(\.volumeBytes, (64 << 20)...(1 << 40)), placeholder: "BYTES",
            defaultText: "1GiB", help: "Size at which a volume of fragments is closed."),
        Setting(
            name: "faultInjection", kind: .choice(["off", "on"]) { $0.faultInjection = $1 == "on" },
            placeholder: "off|on", defaultText: "off",
            help: "Lets a signed admin request make a drive fail or hang, to rehearse it."),
    ]

    static func named(_ name: String) -> Setting? { all.first { $0.name == name } }
}
