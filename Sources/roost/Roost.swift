import Core
import Glibc
import Node
import SystemIO

/// The server program.
@main
struct Roost {
    static func main() async {
        exit(await Program.run(Array(CommandLine.arguments.dropFirst())))
    }
}

/// Outside of the main actor: nothing here may be inferred onto it, because other threads run it.
enum Program {
    private static let usage = """
        usage: roost serve --data DIR… [settings]     start a store, or open one
               roost serve --help                     every setting
               roost --version

        """

    /// - Returns: the exit status: 0 stopped in order, 1 could not start, 2 called wrongly.
    nonisolated static func run(_ arguments: [String]) async -> Int32 {
        switch arguments.first {
        case "--version", "version":
            print("roost \(RoostVersion.current)")
            return 0
        case "serve" where arguments.contains("--help") || arguments.contains("-h"):
            print(Configuration.help, terminator: "")
            return 0
        case "serve": return await serve(Array(arguments.dropFirst()))
        case "--help", "-h", "help":
            print(usage, terminator: "")
            return 0
        default:
            report(usage)
            return 2
        }
    }

    private nonisolated static func serve(_ arguments: [String]) async -> Int32 {
        let configuration: Configuration
        do throws(ConfigurationError) {
            configuration = try ConfigurationLoader.load(
                arguments: arguments, environment: environment(), readFile: readFile)
        } catch {
            report("roost: \(error)\n")
            return 2
        }
        let log = LogOutput.log(configuration)
        let credentials = rootCredentials(configuration)
        let settings = NodeSettings(
            configuration, root: credentials, cores: max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
        let loops = EventLoops(count: settings.loops)
        let signals = Signals(loops)
        do {
            try await NodeServer.run(settings, loops: loops, log: log) { node in
                print(
                    "roost is ready: S3 on \(listening(settings.s3, node.s3Port)), "
                        + "admin on \(listening(settings.admin, node.adminPort)), \(node.summary)")
                fflush(nil)
                await waitForEnd(signals, node, log)
            }
        } catch {
            report("roost: \(error)\n")
            return 1
        }
        log.info("stopped")
        return 0
    }

    private nonisolated static func listening(_ address: ListenAddress, _ port: UInt16) -> String {
        ListenAddress(host: address.host, port: port).description
    }

    /// SIGHUP reads certificates again; SIGTERM and SIGINT end the program.
    private nonisolated static func waitForEnd(_ signals: Signals, _ node: NodeServer, _ log: Log) async {
        while true {
            for signal in await signals.next() {
                switch signal {
                case .reload: node.reloadCertificates()
                case .terminate:
                    log.info("stopping: requests under way are finished first")
                    return
                }
            }
        }
    }

    /// From the configuration, or made and shown, this once.
    private nonisolated static func rootCredentials(_ configuration: Configuration) -> NodeSettings.Credentials {
        if let access = configuration.rootAccessKey, let secret = configuration.rootSecretKey {
            return NodeSettings.Credentials(accessKey: access, secretKey: secret)
        }
        let entropy = SystemEntropy()
        let made = NodeSettings.Credentials(
            accessKey: "ROOST" + Hexadecimal.encode(entropy.bytes(8)).uppercased(),
            secretKey: Hexadecimal.encode(entropy.bytes(20)))
        report(
            """
            roost: no credentials were given; these hold until the program ends:
              ROOST_ROOT_ACCESS_KEY=\(made.accessKey)
              ROOST_ROOT_SECRET_KEY=\(made.secretKey)

            """)
        return made
    }

    private nonisolated static func environment() -> [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text)
            if let equals = pair.firstIndex(of: "=") {
                variables[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
            }
            entry += 1
        }
        return variables
    }

    private nonisolated static func readFile(
        _ path: String
    ) -> Result<[UInt8], ConfigurationLoader.FileReadError> {
        guard let file = fopen(path, "r") else {
            return .failure(ConfigurationLoader.FileReadError(reason: String(cString: strerror(errno))))
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { return .success(bytes) }
            bytes += buffer[..<count]
        }
    }

    private nonisolated static func report(_ message: String) {
        var message = message
        message.withUTF8 { _ = write(2, $0.baseAddress, $0.count) }
    }
}
