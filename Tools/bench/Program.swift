import Core
import Glibc
import SystemIO

/// The program's body. Not in main.swift, whose closures would belong to the main actor.
func runBench() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments.isEmpty || arguments.contains("--help") || arguments.contains("-h") {
        print(usage)
        exit(arguments.isEmpty ? 2 : 0)
    }
    let command: BenchCommand
    do throws(UsageError) {
        command = try BenchCommand(arguments)
    } catch {
        complain("\(error.message)\nTry: bench --help")
        exit(2)
    }
    let machine = Machine(threads: command.threads)
    Task(executorPreference: machine.loops.loops[0]) {
        do throws(BenchError) {
            let isClean =
                switch command {
                case .load(let options): try await run(options, on: machine)
                case .search(let options): try await SearchBench(options).run()
                }
            exit(isClean ? 0 : 1)
        } catch {
            complain("\(error)")
            exit(1)
        }
    }
    while true { pause() }
}

/// What the first argument asks for.
private enum BenchCommand: Sendable {
    /// Of a server.
    case load(Options)
    /// In this process.
    case search(SearchOptions)

    init(_ arguments: [String]) throws(UsageError) {
        if arguments.first == "search" {
            self = .search(try SearchOptions(arguments.dropFirst()))
        } else {
            self = .load(try Options(arguments))
        }
    }

    var threads: Int {
        switch self {
        case .load(let options): options.threads
        case .search: 1
        }
    }
}

/// Returns false if an operation failed: the figures are printed all the same.
private func run(_ options: Options, on machine: Machine) async throws(BenchError) -> Bool {
    switch options.command {
    case .suite: return try await Suite(options, machine).run()
    case .listing: return try await ListingCost(options, machine).run()
    case .workload(let kind):
        let target = try Target(options)
        let bench = Bench(machine, target, options)
        try await bench.makeBucket()
        let plan = Plan(kind, options)
        var report = Report(plan, try await bench.run(plan))
        if let folder = options.limitsFolder {
            report.limits = try await Limits(machine, folder: folder, options).measure(plan)
        }
        print(options.isJSON ? report.json : report.text)
        return report.result.failures.isEmpty
    }
}

/// Loops, clock and transport of the program.
struct Machine: Sendable {
    let loops: EventLoops
    let clock: SystemClock
    let transport: SocketTransport

    init(threads: Int) {
        loops = EventLoops(count: threads)
        clock = SystemClock(loops)
        transport = SocketTransport(loops)
    }

    func connect(_ host: String, _ port: UInt16) async throws(BenchError) -> any ByteStream {
        do throws(TransportError) {
            return try await transport.connect(
                host: host, port: port, tls: false, deadline: clock.now + .seconds(5))
        } catch {
            throw .unreachable("\(host):\(port)", error)
        }
    }
}

/// What ends a measurement.
enum BenchError: Error, CustomStringConvertible {
    case unreachable(String, TransportError)
    case refused(String, status: Int, body: String)
    case failed(String)

    var description: String {
        switch self {
        case .unreachable(let place, let error): "\(place) cannot be reached: \(error)"
        case .refused(let what, let status, let body): "\(what): the server answered \(status)\n\(body)"
        case .failed(let message): message
        }
    }
}

/// A line for people, beside the results.
func complain(_ message: String) {
    let bytes = Array((message + "\n").utf8)
    _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
}
