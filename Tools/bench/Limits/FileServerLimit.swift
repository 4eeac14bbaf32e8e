import Core
import Glibc
import HTTP
import SystemIO

/// nginx serving plain files of the same size and contents to the same client.
struct FileServerLimit: Sendable {
    private let machine: Machine
    private let folder: String

    private static let maximumFiles = 2000

    init(_ machine: Machine, folder: String) {
        self.machine = machine
        self.folder = folder
    }

    func measure(_ original: Plan) async throws(BenchError) -> LimitResult {
        let name = "nginx serving files of \(sizeText(original.size))"
        guard let program = Self.program() else {
            return LimitResult(
                name: name, operationsPerSecond: 0, mebibytesPerSecond: 0,
                note: "nginx is not installed (apt-get install nginx-light)")
        }
        var plan = original
        plan.kind = original.kind == .mixed ? .get : original.kind
        plan.prefix = "k"
        plan.keys = min(plan.keys, Self.maximumFiles)
        plan.prepares = false
        plan.payload = .unsigned
        mkdir(folder, 0o755)
        mkdir(folder + "/www", 0o755)
        defer { removeFolder(folder) }
        try writeFiles(plan)
        let port = try freePort()
        try writeConfiguration(port)
        let process = try start(program)
        defer {
            kill(process, SIGTERM)
            waitpid(process, nil, 0)
        }
        try await waitUntilReady(port)
        let bench = Bench(machine, Target(host: "127.0.0.1", port: port), process: nil)
        let result = try await bench.run(plan)
        guard result.failures.isEmpty else { throw .failed("nginx: \(result.failures)") }
        return LimitResult(
            name: name, operationsPerSecond: result.operationsPerSecond,
            mebibytesPerSecond: result.mebibytesPerSecond)
    }

    private static func program() -> String? {
        ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"].first { access($0, X_OK) == 0 }
    }

    private func writeFiles(_ plan: Plan) throws(BenchError) {
        let content = Content(size: plan.size, seed: plan.seed, isHashed: false)
        for key in 0..<plan.keys {
            guard let file = fopen("\(folder)/www/\(plan.name(key))", "w") else {
                throw .failed("cannot write to \(folder)/www")
            }
            for slice in content.slices(key) { slice.withBytes { _ = fwrite($0.baseAddress, 1, $0.count, file) } }
            guard fclose(file) == 0 else { throw .failed("cannot write to \(folder)/www") }
        }
    }

    private func freePort() throws(BenchError) -> UInt16 {
        do throws(TransportError) {
            let listener = try Listener(host: "127.0.0.1", port: 0, loops: machine.loops)
            defer { listener.close() }
            return listener.port
        } catch {
            throw .failed("no free port: \(error)")
        }
    }

    private func writeConfiguration(_ port: UInt16) throws(BenchError) {
        let absolute = realpath(folder, nil)
        defer { free(absolute) }
        guard let absolute else { throw .failed("no folder \(folder)") }
        let root = String(cString: absolute)
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "\($0)_temp_path \(root)/temp;" }.joined(separator: "\n    ")
        let text = """
            daemon off;
            \(geteuid() == 0 ? "user root;" : "")
            worker_processes 2;
            pid \(root)/nginx.pid;
            error_log \(root)/error.log;
            events { worker_connections 1024; }
            http {
                access_log off;
                sendfile on;
                tcp_nopush on;
                tcp_nodelay on;
                keepalive_requests 1000000000;
                open_file_cache max=10000;
                default_type application/octet-stream;
                \(temporary)
                server { listen 127.0.0.1:\(port); root \(root)/www; }
            }
            """
        guard let file = fopen("\(folder)/nginx.conf", "w") else { throw .failed("cannot write to \(folder)") }
        fputs(text, file)
        fclose(file)
    }

    private func start(_ program: String) throws(BenchError) -> pid_t {
        let path = realpath(folder, nil).map { pointer in
            defer { free(pointer) }
            return String(cString: pointer)
        }
        let words = [program, "-c", (path ?? folder) + "/nginx.conf", "-e", (path ?? folder) + "/error.log"]
        var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var process = pid_t()
        guard posix_spawn(&process, program, nil, nil, &pointers, environ) == 0 else {
            throw .failed("nginx does not start")
        }
        return process
    }

    private func waitUntilReady(_ port: UInt16) async throws(BenchError) {
        var last = BenchError.failed("nginx does not answer")
        for _ in 0..<100 {
            do throws(BenchError) {
                try await machine.connect("127.0.0.1", port).close()
                return
            } catch {
                last = error
            }
            _ = await machine.clock.sleep(for: .milliseconds(50))
        }
        complain(readText(folder + "/error.log"))
        throw last
    }
}
