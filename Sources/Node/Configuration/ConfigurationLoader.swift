import Core

/// Reads a configuration: flags before environment before file before defaults.
public struct ConfigurationLoader: Sendable {
    /// The file's bytes, or why it cannot be read.
    public typealias FileReader = (_ path: String) -> Result<[UInt8], FileReadError>

    public struct FileReadError: Error, Sendable {
        public var reason: String
        public init(reason: String) { self.reason = reason }
    }

    /// Variables of the same prefix that other programs read.
    private static let foreignVariables: Set<String> = [
        "ROOST_ACCESS_KEY", "ROOST_SECRET_KEY", "ROOST_ENDPOINT", "ROOST_PROFILE",
    ]
    private static let fileFlag = "--config"
    private static let fileVariable = "ROOST_CONFIG"

    private struct Flag {
        var name: String
        var values: [String]
    }

    /// - Parameters:
    ///   - arguments: behind `serve`.
    ///   - environment: all of it; what does not begin with `ROOST_` is not looked at.
    public static func load(
        arguments: [String], environment: [String: String], readFile: FileReader
    ) throws(ConfigurationError) -> Configuration {
        let flags = try flags(arguments)
        var configuration = Configuration()
        if let path = flags.last(where: { $0.name == fileFlag })?.values.first ?? environment[fileVariable] {
            try apply(file: path, readFile, to: &configuration)
        }
        try apply(environment: environment, to: &configuration)
        try apply(flags: flags, to: &configuration)
        try check(configuration)
        return configuration
    }

    // MARK: Flags

    /// `--name value`, `--name=value`; a list takes every argument up to the next flag, and may come again.
    private static func flags(_ arguments: [String]) throws(ConfigurationError) -> [Flag] {
        var flags: [Flag] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--"), argument != "--" else { throw .unexpectedArgument(argument) }
            let equals = argument.firstIndex(of: "=")
            let name = String(equals.map { argument[..<$0] } ?? argument[...])
            let setting = Setting.all.first { $0.flag == name }
            guard setting != nil || name == fileFlag else {
                throw .unknownName(
                    name, nearest: NearestName.of(name, in: Setting.all.map(\.flag) + [fileFlag]), .flag(name))
            }
            var values: [String] = []
            if let equals {
                values.append(String(argument[argument.index(after: equals)...]))
            } else if setting?.isList == true {
                while let value = rest.first, !value.hasPrefix("--") {
                    values.append(value)
                    rest.removeFirst()
                }
            } else if let value = rest.first, !value.hasPrefix("--") {
                values.append(value)
                rest.removeFirst()
            }
            guard !values.isEmpty else { throw .missingValue(.flag(name)) }
            if setting?.isList == true, let index = flags.firstIndex(where: { $0.name == name }) {
                flags[index].values += values
            } else {
                flags.append(Flag(name: name, values: values))
            }
        }
        return flags
    }

    private static func apply(flags: [Flag], to configuration: inout Configuration) throws(ConfigurationError) {
        for flag in flags {
            guard let setting = Setting.all.first(where: { $0.flag == flag.name }) else { continue }
            try setting.apply(.texts(flag.values), from: .flag(flag.name), to: &configuration)
        }
    }

    // MARK: Environment

    /// In the order of the names, so that the first error is always the same one.
    private static func apply(
        environment: [String: String], to configuration: inout Configuration
    ) throws(ConfigurationError) {
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix("ROOST_") {
            if foreignVariables.contains(name) || name == fileVariable { continue }
            guard let setting = Setting.all.first(where: { $0.variable == name }) else {
                throw .unknownName(
                    name, nearest: NearestName.of(name, in: Setting.all.map(\.variable) + [fileVariable]),
                    .environment(name))
            }
            let texts = setting.isList ? value.split(separator: ",").map(String.init) : [value]
            try setting.apply(.texts(texts), from: .environment(name), to: &configuration)
        }
    }

    // MARK: File

    private static func apply(
        file path: String, _ readFile: FileReader, to configuration: inout Configuration
    ) throws(ConfigurationError) {
        let bytes: [UInt8]
        switch readFile(path) {
        case .success(let read): bytes = read
        case .failure(let error): throw .unreadableFile(path, reason: error.reason)
        }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONParser.parse(bytes, .json5, limits: JSONParser.Limits(bytes: 1 << 20, depth: 8))
        } catch {
            throw .malformedFile(path, error)
        }
        guard let object = value.object else {
            throw .malformedFile(
                path, JSONError(.expected(StaticStringName("an object")), at: JSONPosition(line: 1, column: 1)))
        }
        for member in object.members {
            let source = ConfigurationError.Source.file(path, member.position)
            guard let setting = Setting.named(member.name) else {
                throw .unknownName(
                    member.name, nearest: NearestName.of(member.name, in: Setting.all.map(\.name)), source)
            }
            try setting.apply(.json(member.value), from: source, to: &configuration)
        }
    }

    // MARK: The whole

    private static func check(_ configuration: Configuration) throws(ConfigurationError) {
        guard !configuration.data.isEmpty else {
            throw .inconsistent("no data folder is given: roost serve --data DIR…")
        }
        for (index, folder) in configuration.data.enumerated() where configuration.data[..<index].contains(folder) {
            throw .inconsistent("the data folder \(folder) is given twice")
        }
        guard (configuration.tlsCertificate == nil) == (configuration.tlsKey == nil) else {
            throw .inconsistent("tlsCertificate and tlsKey belong together: give both or none")
        }
        guard (configuration.rootAccessKey == nil) == (configuration.rootSecretKey == nil) else {
            throw .inconsistent("rootAccessKey and rootSecretKey belong together: give both or none")
        }
        if let key = configuration.rootAccessKey {
            guard (3...128).contains(key.utf8.count), key.utf8.allSatisfy(isKeyCharacter) else {
                throw .inconsistent("rootAccessKey must have 3 to 128 letters, digits, - _ . only")
            }
        }
        if let secret = configuration.rootSecretKey {
            guard (8...128).contains(secret.utf8.count) else {
                throw .inconsistent("rootSecretKey must have 8 to 128 characters")
            }
        }
    }

    private static func isKeyCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
