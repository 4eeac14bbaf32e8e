import Core
import Glibc
import HTTP
import SystemIO
import Testing

/// Certificates made by the openssl program in a fresh folder.
struct Certificates {
    let folder: String
    var authority: String { folder + "/ca.pem" }
    var certificate: String { folder + "/server.pem" }
    var key: String { folder + "/server.key" }

    init(in folder: String) throws {
        self.folder = folder
        try Self.openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority"
                + " -keyout \(folder)/ca.key -out \(folder)/ca.pem")
        try issue("localhost")
    }

    /// A certificate for `name` and 127.0.0.1 takes the place of the last one.
    func issue(_ name: String) throws {
        try Self.openssl(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=\(name)"
                + " -addext subjectAltName=DNS:\(name),IP:127.0.0.1 -keyout \(folder)/new.key -out \(folder)/server.csr"
        )
        try Self.openssl(
            "x509 -req -in \(folder)/server.csr -CA \(folder)/ca.pem -CAkey \(folder)/ca.key -CAcreateserial -days 1"
                + " -copy_extensions copy -out \(folder)/new.pem")
        rename("\(folder)/new.key", key)
        rename("\(folder)/new.pem", certificate)
    }

    static func openssl(_ arguments: String, input: String = "/dev/null") throws {
        let words = ["openssl"] + arguments.split(separator: " ").map { String($0) }
        var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var process = pid_t()
        guard posix_spawnp(&process, "openssl", &actions, nil, &pointers, environ) == 0 else { throw Failed(words) }
        var status: Int32 = 0
        waitpid(process, &status, 0)
        guard status == 0 else { throw Failed(words) }
    }

    struct Failed: Error {
        let command: [String]
        init(_ command: [String]) { self.command = command }
    }
}

@Suite struct TLSTests {
    private static func get(
        _ port: UInt16, _ authority: String, host: String = "localhost"
    ) async throws -> String {
        let transport = SocketTransport(testLoops, tls: try TLSClientContext(certificateAuthorityPath: authority))
        let stream = try await transport.connect(
            host: host, port: port, tls: true, deadline: testClock.now + .seconds(60))
        #expect(stream.isEncrypted)
        let client = HTTPClientConnection(stream, clock: testClock)
        var text = ""
        for number in 0..<3 {
            _ = try await client.request(
                RequestHead(method: "PUT", target: "/\(number)", headers: ["host": "a"]),
                body: [IOSlice(copying: Array("body".utf8))])
            text = String(decoding: try await client.readWholeBody(), as: UTF8.self)
            #expect(text == "PUT /\(number) body")
        }
        return (stream as? TLSStream)?.protocolVersion ?? ""
    }

    @Test func requestsUnderTLS() async throws {
        try await withFolder { folder in
            let certificates = try Certificates(in: folder)
            let tls = try TLSServerContext(certificatePath: certificates.certificate, keyPath: certificates.key)
            try await withServer(options: ListenerOptions(tls: tls), handler: ServerTests.echo) { port in
                for host in ["localhost", "127.0.0.1"] {
                    let version = try await Self.get(port, certificates.authority, host: host)
                    #expect(version == "TLSv1.3")
                }
            }
        }
    }

    /// The openssl program as the other side, held to one version.
    @Test(arguments: [("-tls1_2", true), ("-tls1_3", true), ("-tls1_1", false)])
    func versions(_ flag: String, _ isServed: Bool) async throws {
        try await withFolder { folder in
            let certificates = try Certificates(in: folder)
            let tls = try TLSServerContext(certificatePath: certificates.certificate, keyPath: certificates.key)
            try await withServer(options: ListenerOptions(tls: tls), handler: ServerTests.echo) { port in
                let arguments =
                    "s_client \(flag) -connect 127.0.0.1:\(port) -CAfile \(certificates.authority)"
                    + " -verify_return_error -verify_hostname localhost -alpn http/1.1 -no_ign_eof"
                let compute = ComputePool(threads: 1)
                let succeeded = await compute.run { (try? Certificates.openssl(arguments)) != nil }
                #expect(succeeded == isServed)
            }
        }
    }

    @Test func serversAreJudged() async throws {
        try await withFolder { folder in
            let certificates = try Certificates(in: folder)
            let tls = try TLSServerContext(certificatePath: certificates.certificate, keyPath: certificates.key)
            try await withServer(options: ListenerOptions(tls: tls), handler: ServerTests.echo) { port in
                // Another name than the certificate's.
                try certificates.issue("elsewhere")
                try tls.reload()
                await #expect(throws: TransportError.self) { try await Self.get(port, certificates.authority) }
                // An authority that did not sign it.
                try await withFolder { other in
                    let strangers = try Certificates(in: other)
                    await #expect(throws: TransportError.self) { try await Self.get(port, strangers.authority) }
                }
            }
        }
    }

    @Test func certificatesAreReloadedWithoutARestart() async throws {
        try await withFolder { folder in
            let certificates = try Certificates(in: folder)
            try certificates.issue("old.example")
            let tls = try TLSServerContext(certificatePath: certificates.certificate, keyPath: certificates.key)
            try await withServer(options: ListenerOptions(tls: tls), handler: ServerTests.echo) { port in
                await #expect(throws: TransportError.self) { try await Self.get(port, certificates.authority) }
                #expect(!(try tls.reloadIfChanged()))
                try certificates.issue("localhost")
                #expect(try tls.reloadIfChanged() == true)
                _ = try await Self.get(port, certificates.authority)

                // A broken file is reported, once, and the old certificate stays.
                let file = fopen(certificates.key, "w")
                fputs("no key\n", file)
                fclose(file)
                #expect(throws: TransportError.self) { try tls.reloadIfChanged() }
                #expect(!(try tls.reloadIfChanged()))
                _ = try await Self.get(port, certificates.authority)
            }
        }
    }

    @Test func largeBodiesUnderTLS() async throws {
        let pattern = Pattern()
        let total = 20 << 20
        try await withFolder { folder in
            let certificates = try Certificates(in: folder)
            let tls = try TLSServerContext(certificatePath: certificates.certificate, keyPath: certificates.key)
            try await withServer(options: ListenerOptions(tls: tls)) { exchange in
                do throws(HTTPError) {
                    try await exchange.begin(ResponseHead(status: 200), framing: .length(UInt64(total)))
                    try await pattern.send(total, piece: 300_001) { slice throws(HTTPError) in
                        try await exchange.write([slice.prefix(10), slice.dropFirst(10)])
                    }
                    try await exchange.finish()
                } catch {
                    exchange.abort()
                }
            } _: { port in
                let transport = SocketTransport(
                    testLoops, tls: try TLSClientContext(certificateAuthorityPath: certificates.authority))
                let client = HTTPClientConnection(
                    try await transport.connect(
                        host: "localhost", port: port, tls: true, deadline: testClock.now + .seconds(60)),
                    clock: testClock)
                _ = try await client.request(RequestHead(method: "GET", target: "/", headers: ["host": "a"]))
                let buffer = IOBuffer(capacity: 1 << 20)
                var received = 0
                while true {
                    let count = try await client.readBody(into: buffer.all)
                    if count == 0 { break }
                    try #require(pattern.matches(buffer.slice(0..<count), at: received))
                    received += count
                }
                #expect(received == total)
            }
        }
    }

    @Test func aClientInTheClearIsTurnedAwayAndAStalledOneToo() async throws {
        try await withFolder { folder in
            let certificates = try Certificates(in: folder)
            let tls = try TLSServerContext(certificatePath: certificates.certificate, keyPath: certificates.key)
            let options = ListenerOptions(tls: tls, handshakeTimeout: .milliseconds(200))
            try await withServer(options: options, handler: ServerTests.echo) { port in
                let client = try await connectHTTP(port)
                await #expect(throws: HTTPError.self) {
                    try await client.request(RequestHead(method: "GET", target: "/", headers: ["host": "a"]))
                }
                let silent = try await connect(port)
                let buffer = IOBuffer(capacity: 4096)
                #expect(try await silent.read(into: buffer.all, deadline: testClock.now + .seconds(60)) == 0)
            }
        }
    }
}
