import Core
import Glibc
import Node
import SystemIO

@main
struct Roost {
    static func main() async { await runProgram(Array(CommandLine.arguments.dropFirst())) }
}

/// Everything runs outside of the main actor: closures that C calls back must not be inferred onto it.
nonisolated func runProgram(_ arguments: [String]) async {
    var folders: [String] = []
    var s3 = NodeSettings.Address(host: "127.0.0.1", port: 9000)
    var admin = NodeSettings.Address(host: "127.0.0.1", port: 9001)
    var index = 0
    func address(_ text: String) -> NodeSettings.Address {
        let parts = text.split(separator: ":")
        return NodeSettings.Address(host: String(parts[0]), port: UInt16(parts[1]) ?? 0)
    }
    while index < arguments.count {
        switch arguments[index] {
        case "serve": break
        case "--data":
            while index + 1 < arguments.count, !arguments[index + 1].hasPrefix("--") {
                index += 1
                folders.append(arguments[index])
            }
        case "--s3-listen": index += 1; s3 = address(arguments[index])
        case "--admin-listen": index += 1; admin = address(arguments[index])
        default: break
        }
        index += 1
    }
    let access = getenv("ROOST_ROOT_ACCESS_KEY").map { String(cString: $0) } ?? "root"
    let secret = getenv("ROOST_ROOT_SECRET_KEY").map { String(cString: $0) } ?? "secretsecret"
    let settings = NodeSettings(
        folders: folders, s3: s3, admin: admin,
        root: NodeSettings.Credentials(accessKey: access, secretKey: secret))
    let log = Log(minimum: .info) { line in
        let fields = line.fields.map { " \($0.name)=\($0.value)" }.joined()
        let text = "\(line.level.rawValue) \(line.message)\(fields)\n"
        _ = text.withCString { write(2, $0, strlen($0)) }
    }
    let loops = EventLoops(count: 2)
    let signals = Signals(loops)
    do {
        try await NodeServer.run(settings, loops: loops, log: log) { node in
            log.info("roost is ready", ["s3": "\(node.s3Port)", "admin": "\(node.adminPort)", "store": node.summary])
            _ = await signals.next()
        }
    } catch {
        log.error("roost cannot start: \(error)")
        exit(1)
    }
}
