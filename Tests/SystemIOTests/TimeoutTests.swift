import Core
import HTTP
import SystemIO
import Testing

/// Limits are shortened; the sockets' deadlines are looked at every 100 ms.
@Suite struct TimeoutTests {
    /// Everything the server sends until it closes.
    private static func readAll(_ stream: any ByteStream) async throws -> String {
        let buffer = IOBuffer(capacity: 4096)
        var text = ""
        while true {
            let count = try await stream.read(into: buffer.all, deadline: testClock.now + .seconds(60))
            if count == 0 { return text }
            text += String(decoding: buffer.slice(0..<count).bytes, as: UTF8.self)
        }
    }

    private static func send(_ text: String, on stream: any ByteStream) async throws {
        try await stream.write([IOSlice(copying: Array(text.utf8))], deadline: testClock.now + .seconds(60))
    }

    @Test func aHeadThatDoesNotEndIs408() async throws {
        try await withServer(limits: ServerLimits(headTimeout: .milliseconds(200)), handler: ServerTests.echo) { port in
            let stream = try await connect(port)
            try await Self.send("GET / HTTP/1.1\r\nHo", on: stream)
            let began = testClock.now
            let answer = try await Self.readAll(stream)
            #expect(answer.hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
            #expect(testClock.now.since(began) < .seconds(5))
        }
    }

    /// A byte now and then does not extend the time for the whole head (slowloris).
    @Test func aHeadThatDribblesIs408() async throws {
        try await withServer(limits: ServerLimits(headTimeout: .milliseconds(400)), handler: ServerTests.echo) { port in
            let stream = try await connect(port)
            let dribble = Array("GET / HTTP/1.1\r\nHost: a\r\nx: ".utf8)
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for octet in dribble {
                        _ = try? await stream.write(
                            [IOSlice(copying: [octet])], deadline: testClock.now + .seconds(1))
                        guard await testClock.sleep(for: .milliseconds(50)) else { return }
                    }
                }
                let answer = try? await Self.readAll(stream)
                #expect(answer?.hasPrefix("HTTP/1.1 408 ") == true)
                group.cancelAll()
            }
        }
    }

    @Test func aConnectionWithoutRequestIsClosedSilently() async throws {
        let limits = ServerLimits(headTimeout: .milliseconds(200), idleTimeout: .milliseconds(200))
        try await withServer(limits: limits, handler: ServerTests.echo) { port in
            let fresh = try await connect(port)
            #expect(try await Self.readAll(fresh).isEmpty)
            let used = try await connect(port)
            try await Self.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n", on: used)
            #expect(try await Self.readAll(used).hasSuffix("\r\n\r\nGET / "))
        }
    }

    @Test func aBodyWithoutProgressIs408() async throws {
        try await withServer(limits: ServerLimits(bodyTimeout: .milliseconds(200))) { exchange in
            do throws(HTTPError) {
                _ = try await exchange.readWholeBody(limit: 100)
            } catch {
                #expect(error == .timedOut)
                _ = try? await exchange.respond(ResponseHead(status: error.status))
            }
        } _: { port in
            let stream = try await connect(port)
            try await Self.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345", on: stream)
            #expect(try await Self.readAll(stream).hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test func aClientThatNeverReadsIsGivenUp() async throws {
        let pattern = Pattern()
        let outcome = OneShot<HTTPError?>()
        try await withServer(limits: ServerLimits(writeTimeout: .milliseconds(300))) { exchange in
            do throws(HTTPError) {
                try await exchange.begin(ResponseHead(status: 200), framing: .length(1 << 30))
                try await pattern.send(1 << 30, piece: 1 << 20) { slice throws(HTTPError) in
                    try await exchange.write([slice])
                }
                outcome.send(nil)
            } catch {
                outcome.send(error)
            }
        } _: { port in
            let client = try await connectHTTP(port)
            _ = try await client.request(RequestHead(method: "GET", target: "/", headers: ["host": "a"]))
            #expect(await outcome.value() == .timedOut)
        }
    }

    @Test func drainingClosesIdleConnectionsAndLetsOthersFinish() async throws {
        let drain = ServerDrain()
        let hasBegun = OneShot<Void>()
        let mayAnswer = OneShot<Void>()
        try await withServer(drain: drain) { exchange in
            if exchange.head.target == "/slow" {
                hasBegun.send(())
                await mayAnswer.value()
            }
            _ = try? await exchange.respond(ResponseHead(status: 200))
        } _: { port in
            let idle = try await connect(port)
            let busy = try await connect(port)
            try await Self.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n", on: idle)
            try await Self.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n", on: busy)
            let answer = IOBuffer(capacity: 4096)
            #expect(try await idle.read(into: answer.all, deadline: testClock.now + .seconds(60)) > 0)
            await hasBegun.value()
            drain.begin()
            #expect(try await Self.readAll(idle).isEmpty)
            mayAnswer.send(())
            #expect(try await Self.readAll(busy).contains("connection: close\r\n"))
        }
    }

    @Test func connectionsBeyondTheLimitAreRefusedAtOnce() async throws {
        let refusal = "HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        let options = ListenerOptions(maximumConnections: 2, refusal: Array(refusal.utf8))
        try await withServer(options: options, handler: ServerTests.echo) { port in
            let first = try await connectHTTP(port)
            let second = try await connectHTTP(port)
            for client in [first, second] {
                _ = try await client.request(RequestHead(method: "GET", target: "/", headers: ["host": "a"]))
                _ = try await client.readWholeBody()
            }
            #expect(try await Self.readAll(try await connect(port)) == refusal)
            first.close()
            try await eventually {
                guard let stream = try? await connect(port),
                    (try? await Self.send("GET / HTTP/1.0\r\n\r\n", on: stream)) != nil,
                    let answer = try? await Self.readAll(stream)
                else { return false }
                return answer.hasPrefix("HTTP/1.1 200 ")
            }
        }
    }
}
