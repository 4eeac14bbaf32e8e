import Core
import Glibc
import HTTP
import SystemIO

/// Kills the server as a power cut would and times how long its clients wait.
struct Restart {
    private let machine: Machine
    private let options: Options

    init(_ machine: Machine, _ options: Options) {
        self.machine = machine
        self.options = options
    }

    /// Seconds from the start of `command` to the first request that is answered as before.
    func measure(_ command: String) async throws(BenchError) -> Double {
        guard let process = options.pid.map({ ServerProcess(pid: $0) }) ?? ServerProcess(listeningOn: options.port)
        else { throw .failed("no process listens on port \(options.port)") }
        let killed = machine.clock.now
        kill(process.pid, SIGKILL)
        while ServerProcess(listeningOn: options.port) != nil { _ = await machine.clock.sleep(for: .milliseconds(10)) }
        // Its port is free before the process is gone, and with it the locks of its drives.
        while kill(process.pid, 0) == 0, machine.clock.now.since(killed) < .seconds(30) {
            _ = await machine.clock.sleep(for: .milliseconds(10))
        }
        let began = machine.clock.now
        try start(command)
        let target = try Target(options)
        while machine.clock.now.since(began) < .seconds(300) {
            do {
                let client = Client(machine, target)
                try await client.open()
                defer { client.close() }
                try await client.send(target.bucketHead("HEAD", at: machine.clock.wallTime), expecting: 200)
                return machine.clock.now.since(began).secondsAsDouble
            } catch {
                _ = await machine.clock.sleep(for: .milliseconds(20))
            }
        }
        throw .failed("the server did not answer within 300 s of its start")
    }

    /// In the background; it outlives this program.
    private func start(_ command: String) throws(BenchError) {
        let words = ["sh", "-c", command]
        var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var process = pid_t()
        guard posix_spawn(&process, "/bin/sh", nil, nil, &pointers, environ) == 0 else {
            throw .failed("sh does not start")
        }
    }
}
