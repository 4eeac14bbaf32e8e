import Core
import Glibc

/// The admin program: asks the admin API of a node and prints what it answers.
@main
struct Roostctl {
    static func main() async {
        var environment: [String: String] = [:]
        for name in Invocation.variables {
            if let value = getenv(name) { environment[name] = String(cString: value) }
        }
        exit(await run(Array(CommandLine.arguments.dropFirst()), environment: environment))
    }

    /// - Returns: the program's exit status: 0 done, 1 failed, 2 called wrongly.
    nonisolated static func run(_ arguments: [String], environment: [String: String]) async -> Int32 {
        if arguments.isEmpty || arguments.contains("--help") || arguments.contains("-h") {
            print(Invocation.help, terminator: "")
            return arguments.isEmpty ? 2 : 0
        }
        do throws(ControlError) {
            let invocation = try Invocation(arguments, environment: environment)
            let connection = try await invocation.connectionSettings()
            let client = try AdminClient(connection)
            if case .search(let options) = invocation.command {
                try await SearchPrinter(options: options, client: client, printsJSON: invocation.printsJSON).run()
                return 0
            }
            let answer = try await client.send(invocation.command.request)
            if invocation.printsJSON {
                print(answer.text(indented: true))
            } else {
                for line in invocation.command.lines(of: answer) { print(line) }
            }
            return 0
        } catch {
            report("roostctl: \(error)\n")
            if case .usage = error { return 2 }
            return 1
        }
    }

    private nonisolated static func report(_ message: String) {
        var message = message
        // Safe: the pointer is used within the closure alone. A message that cannot be written is lost with its reader.
        message.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}

/// Why a command could not be carried out.
enum ControlError: Error, CustomStringConvertible {
    case usage(String)
    case profile(String)
    case unreachable(endpoint: String, reason: String)
    /// The server refused; its code and message.
    case refused(status: Int, code: String, message: String)
    case unreadableAnswer(String)

    var description: String {
        switch self {
        case .usage(let message): "\(message) (see roostctl --help)"
        case .profile(let message): message
        case .unreachable(let endpoint, let reason): "\(endpoint) cannot be reached: \(reason)"
        case .refused(let status, let code, let message): "the server refused: \(code) (\(status)): \(message)"
        case .unreadableAnswer(let reason): "the server's answer cannot be read: \(reason)"
        }
    }
}
