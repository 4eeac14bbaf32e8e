import Core
import Testing

@testable import Node

@Suite struct ConfigurationTests {
    private static func load(
        _ arguments: [String], environment: [String: String] = [:], file: String? = nil
    ) throws -> Configuration {
        try ConfigurationLoader.load(arguments: arguments, environment: environment) { path in
            guard let file, path == "roost.json5" else { return .failure(.init(reason: "no such file")) }
            return .success(Array(file.utf8))
        }
    }

    private static func message(
        _ arguments: [String], environment: [String: String] = [:], file: String? = nil
    ) -> String {
        do {
            _ = try load(arguments, environment: environment, file: file)
            return "none"
        } catch {
            return "\(error)"
        }
    }

    @Test func flagsComeBeforeEnvironmentBeforeFileBeforeDefaults() throws {
        let file = "{ data: ['/file'], region: 'file', s3Listen: ':1', adminListen: ':1' }"
        let environment = ["ROOST_REGION": "environment", "ROOST_S3_LISTEN": ":2", "HOME": "/root"]
        let configuration = try Self.load(
            ["--config", "roost.json5", "--s3-listen", ":3"], environment: environment, file: file)
        #expect(configuration.data == ["/file"])
        #expect(configuration.adminListen.port == 1)
        #expect(configuration.region == "environment")
        #expect(configuration.s3Listen.port == 3)
        #expect(configuration.rpcListen == ListenAddress(host: "127.0.0.1", port: 9002))
    }

    @Test func listsInEveryForm() throws {
        #expect(try Self.load(["--data", "/a", "/b", "--region", "r", "--data", "/c"]).data == ["/a", "/b", "/c"])
        #expect(try Self.load(["--data=/a"]).data == ["/a"])
        #expect(try Self.load([], environment: ["ROOST_DATA": "/a,/b{1...2}"]).data == ["/a", "/b1", "/b2"])
        #expect(try Self.load(["--data", "/x"], environment: ["ROOST_DATA": "/a"]).data == ["/x"])
        #expect(
            try Self.load(["--config=roost.json5"], file: "{data: '/a{9...10}/b{1...2}'}").data == [
                "/a9/b1", "/a9/b2", "/a10/b1", "/a10/b2",
            ])
        #expect(try Self.load(["--data", "/d{08...11}"]).data == ["/d08", "/d09", "/d10", "/d11"])
    }

    @Test(arguments: ["/d{1..6}", "/d{1...}", "/d{6...1}", "/d{a...b}", "/d{1...6", "/d1}", "/d{1...1001}", ""])
    func refusesOtherPatterns(_ folder: String) {
        #expect(Self.message(["--data", folder]).hasPrefix("--data: data must be a list of folders"))
    }

    @Test(
        arguments: [
            (
                ["--data", "/a", "--s3-lisen", ":1"],
                "--s3-lisen: there is no setting \"--s3-lisen\"; did you mean \"--s3-listen\"?"
            ),
            (["--data", "/a", "--zzzzzzzzzzzz", "1"], "--zzzzzzzzzzzz: there is no setting \"--zzzzzzzzzzzz\"."),
            (["--data"], "--data: a value is missing"),
            (["--data", "/a", "--region"], "--region: a value is missing"),
            (["/a"], "unexpected argument \"/a\""),
            (["--data", "/a", "--region", "x", "y"], "unexpected argument \"y\""),
            ([], "no data folder is given: roost serve --data DIR…"),
            (["--data", "/a", "/a"], "the data folder /a is given twice"),
            (["--data", "/a", "--loops", "many"], "--loops: loops must be a whole number from 0 to 1024"),
            (
                ["--data", "/a", "--minimum-parity", "9"],
                "--minimum-parity: minimumParity must be a whole number from 0 to 8"
            ),
            (["--data", "/a", "--s3-listen", "9000"], "--s3-listen: s3Listen must be HOST:PORT"),
            (
                ["--data", "/a", "--log-level", "loud"],
                "--log-level: logLevel must be one of debug, info, warning, error"
            ),
            (["--data", "/a", "--tls-key", "k"], "tlsCertificate and tlsKey belong together: give both or none"),
            (
                ["--data", "/a", "--root-access-key", "k"],
                "rootAccessKey and rootSecretKey belong together: give both or none"
            ),
            (["--config", "missing"], "missing: cannot be read: no such file"),
        ] as [([String], String)])
    func saysWhatIsWrongInFlags(_ arguments: [String], _ message: String) {
        #expect(Self.message(arguments) == message)
    }

    @Test(
        arguments: [
            (
                "{\n  data: ['/a'],\n  regoin: 'x'\n}",
                "roost.json5, line 3, column 3: there is no setting \"regoin\"; did you mean \"region\"?"
            ),
            ("{ data: 7 }", "roost.json5, line 1, column 3: data must be a list of folders"),
            ("{ data: ['/a', 7] }", "roost.json5, line 1, column 3: data must be a list of folders"),
            (
                "{ data: '/a', loops: '2.5' }",
                "roost.json5, line 1, column 15: loops must be a whole number from 0 to 1024"
            ),
            (
                "{ data: '/a', loops: 2.5 }",
                "roost.json5, line 1, column 15: loops must be a whole number from 0 to 1024"
            ),
            ("[]", "roost.json5, line 1, column 1: expected an object"),
            ("{ data: '/a' ", "roost.json5, line 1, column 14: the text ends too early"),
            ("{ data: '/a', data: '/b' }", "roost.json5, line 1, column 15: \"data\" is given more than once"),
        ] as [(String, String)])
    func saysWhatIsWrongInTheFile(_ file: String, _ message: String) {
        #expect(Self.message(["--config", "roost.json5"], file: file) == message)
    }

    @Test func saysWhatIsWrongInTheEnvironment() {
        #expect(
            Self.message(["--data", "/a"], environment: ["ROOST_ROOT_ACCES_KEY": "x"])
                == "ROOST_ROOT_ACCES_KEY: there is no setting \"ROOST_ROOT_ACCES_KEY\"; did you mean "
                + "\"ROOST_ROOT_ACCESS_KEY\"?")
        #expect(
            Self.message(["--data", "/a"], environment: ["ROOST_ACCESS_KEY": "x", "ROOST_SECRET_KEY": "y"]) == "none")
    }

    @Test func readsSizes() throws {
        #expect(try Self.load(["--data", "/a", "--inline-limit-bytes", "4096"]).inlineLimitBytes == 4096)
        #expect(try Self.load(["--data", "/a", "--inline-limit-bytes", "8KiB"]).inlineLimitBytes == 8192)
        #expect(try Self.load(["--data", "/a", "--memory-budget-bytes", "1 GiB"]).memoryBudgetBytes == 1 << 30)
        #expect(
            try Self.load(["--config", "roost.json5"], file: "{data: '/a', memoryBudgetBytes: '64MiB'}")
                .memoryBudgetBytes
                == 64 << 20)
        for text in ["1MiB", "-1", "8KB", "KiB", "99999999999999999999", "9007199254740993GiB"] {
            #expect(
                Self.message(["--data", "/a", "--memory-budget-bytes", text]).contains("must be a number of bytes"))
        }
    }

    @Test(
        arguments: [
            ("127.0.0.1:9000", "127.0.0.1", 9000), (":80", "0.0.0.0", 80), ("[::1]:9000", "::1", 9000),
            ("host.example:0", "host.example", 0),
        ] as [(String, String, UInt16)])
    func readsAddresses(_ text: String, _ host: String, _ port: UInt16) {
        #expect(ListenAddress(text) == ListenAddress(host: host, port: port))
    }

    @Test(arguments: ["", "host", "host:", "host:65536", "host:-1", "::1:9000", "[]:1", "a b:1", "host:+1"])
    func refusesAddresses(_ text: String) { #expect(ListenAddress(text) == nil) }

    /// Names follow from one table, and the defaults that help prints are those of the configuration.
    @Test func everySettingIsAFlagAVariableAndAKey() throws {
        let help = Configuration.help
        for setting in Setting.all {
            #expect(help.contains("\(setting.flag) \(setting.placeholder) (\(setting.variable), \(setting.name))"))
        }
        #expect(Setting.named("tlsCertificate")?.flag == "--tls-certificate")
        #expect(Setting.named("rootSecretKey")?.variable == "ROOST_ROOT_SECRET_KEY")
        let defaults = try Self.load([
            "--data", "/a", "--s3-listen", "0.0.0.0:9000", "--admin-listen", "127.0.0.1:9001", "--rpc-listen",
            "127.0.0.1:9002", "--region", "us-east-1", "--log-level", "info", "--log-format", "auto",
            "--inline-limit-bytes", "16KiB", "--memory-budget-bytes", "512MiB", "--minimum-parity", "1", "--loops", "0",
            "--garbage-delay-seconds", "3600", "--shutdown-seconds", "30", "--maximum-connections", "10000",
        ])
        #expect(try Self.load(["--data", "/a"]) == defaults)
    }
}
