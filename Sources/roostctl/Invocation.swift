import Core
import S3
import SystemIO

/// How the program was called.
struct Invocation {
    static let variables = ["ROOST_ACCESS_KEY", "ROOST_SECRET_KEY", "ROOST_ENDPOINT", "ROOST_PROFILE", "HOME"]
    static let defaultEndpoint = "http://127.0.0.1:9001"

    static let help = """
        usage: roostctl [options] COMMAND

          status               state of the cluster, its drives, shards and capacity
          drives               one line for each drive
          shards               one line for each metadata shard
          directory            the directory's copies, and whether it can be written
          directory accept     what would be lost if a read-only directory were accepted without its missing copies
          directory accept N   accepts generation N of it
          search QUERY         objects whose metadata match; see below
          index                one line for each search index
          index rebuild [N]    builds the search indexes of shard N, or of all, anew while the old ones serve
          user list | add NAME [DESCRIPTION] | enable NAME | disable NAME | remove NAME
          key list [USER] | add USER | enable ID | disable ID | remove ID
                               access keys; a new key's secret is shown once

        options:
          --endpoint URL    admin API of a node (ROOST_ENDPOINT); default \(defaultEndpoint)
          --profile NAME    credentials and endpoint from ~/.config/roost/profiles.json5 (ROOST_PROFILE); default
                            "default", if the file is there
          --ca-file FILE    authorities in PEM that vouch for the server's certificate
          --json            print the server's answer as it is

        options of search:
          --bucket NAME     one bucket; default all that the credentials may list
          --limit N, --all  how many objects (20)
          --sort FIELDS     relevance, key, size, modified, meta.NAME; "-modified" is descending
          --facets FIELDS   counts by type, ext, bucket, tag.NAME, modified:month, "size[..1MB,1MB..]"
          --count           how many match
          --paths, -0       s3://BUCKET/KEY, a line or a zero byte behind each
          --watch           goes on with what comes to match

        Credentials come from ROOST_ACCESS_KEY and ROOST_SECRET_KEY, or from the profile:

          { default: { endpoint: "http://127.0.0.1:9001", accessKey: "…", secretKey: "…", caFile: "…" } }

        """

    var command: Command
    var printsJSON = false
    private var endpoint: String?
    private var profile: String?
    private var certificateAuthorityPath: String?
    private let environment: [String: String]

    init(_ arguments: [String], environment: [String: String]) throws(ControlError) {
        self.environment = environment
        endpoint = environment["ROOST_ENDPOINT"]
        profile = environment["ROOST_PROFILE"]
        var words: [String] = []
        var search = SearchOptions()
        var searchOptions: [String] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--json": printsJSON = true
            case "--endpoint": endpoint = try Self.value(of: argument, &rest)
            case "--profile": profile = try Self.value(of: argument, &rest)
            case "--ca-file": certificateAuthorityPath = try Self.value(of: argument, &rest)
            default:
                if words.first == "search" || words.isEmpty,
                    try search.take(argument, { () throws(ControlError) in try Self.value(of: argument, &rest) })
                {
                    searchOptions.append(argument)
                    continue
                }
                // A query may begin with a minus: "roostctl search -- -draft".
                if argument == "--" {
                    words += rest
                    rest = []
                    continue
                }
                guard !argument.hasPrefix("-") else { throw .usage("there is no option \(argument)") }
                words.append(argument)
            }
        }
        guard !words.isEmpty else { throw .usage("a command is missing") }
        if words.first == "search" {
            search.query = words.dropFirst().joined(separator: " ")
            command = .search(search)
            return
        }
        if let option = searchOptions.first { throw .usage("\(option) is an option of search") }
        guard let command = Command(words) else {
            throw .usage("there is no command \"\(words.joined(separator: " "))\"")
        }
        self.command = command
    }

    private static func value(of option: String, _ rest: inout ArraySlice<String>) throws(ControlError) -> String {
        guard let value = rest.popFirst() else { throw .usage("\(option) needs a value") }
        return value
    }

    /// Options and environment before the profile.
    func connectionSettings() async throws(ControlError) -> ConnectionSettings {
        let profile = try await Profile.load(named: profile, home: environment["HOME"])
        guard let accessKey = environment["ROOST_ACCESS_KEY"] ?? profile?.accessKey,
            let secretKey = environment["ROOST_SECRET_KEY"] ?? profile?.secretKey
        else {
            throw .profile("no credentials: set ROOST_ACCESS_KEY and ROOST_SECRET_KEY, or write a profile")
        }
        return ConnectionSettings(
            endpoint: try Endpoint(endpoint ?? profile?.endpoint ?? Self.defaultEndpoint),
            credentials: AccessCredentials(accessKey: accessKey, secretKey: secretKey),
            certificateAuthorityPath: certificateAuthorityPath ?? profile?.certificateAuthorityPath)
    }
}

/// What a connection needs.
struct ConnectionSettings {
    var endpoint: Endpoint
    var credentials: AccessCredentials
    var certificateAuthorityPath: String?
}

/// A server's URL: scheme, host and port.
struct Endpoint: Equatable {
    var usesTLS: Bool
    /// Without the brackets of IPv6.
    var host: String
    var port: UInt16
    /// As given, for messages.
    var text: String

    init(_ text: String) throws(ControlError) {
        self.text = text
        var rest = text[...]
        if rest.hasPrefix("https://") {
            usesTLS = true
        } else if rest.hasPrefix("http://") {
            usesTLS = false
        } else {
            throw .usage("\(text): an endpoint begins with http:// or https://")
        }
        rest = rest.dropFirst(usesTLS ? 8 : 7)
        if rest.hasSuffix("/") { rest.removeLast() }
        var name = rest
        var port = usesTLS ? UInt16(443) : 80
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("]") {
            guard let number = UInt16(rest[rest.index(after: colon)...]) else { throw .usage("\(text): no such port") }
            port = number
            name = rest[..<colon]
        }
        if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
        guard !name.isEmpty, !name.contains("/") else { throw .usage("\(text): the host is missing") }
        host = String(name)
        self.port = port
    }

    /// For the host field.
    var hostField: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }
}
