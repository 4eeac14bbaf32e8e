import Core
import Glibc
import HTTP
import SystemIO
import Testing

@Suite struct ServerTests {
    static let echo: @Sendable (HTTPExchange) async -> Void = { exchange in
        do throws(HTTPError) {
            let body = try await exchange.readWholeBody(limit: 1 << 20)
            let text = exchange.head.method + " " + exchange.head.target + " "
            try await exchange.respond(ResponseHead(status: 200), body: Array(text.utf8) + body)
        } catch {
            exchange.abort()
        }
    }

    @Test func requestsFollowOneAnotherOnOneConnection() async throws {
        try await withServer(handler: Self.echo) { port in
            let client = try await connectHTTP(port)
            for number in 0..<50 {
                let head = try await client.request(
                    RequestHead(method: "PUT", target: "/\(number)", headers: ["host": "localhost"]),
                    body: [IOSlice(copying: Array("body \(number)".utf8))])
                #expect(head.status == 200)
                #expect(head.headers["date"] != nil)
                let body = try await client.readWholeBody()
                #expect(String(decoding: body, as: UTF8.self) == "PUT /\(number) body \(number)")
                #expect(client.isReusable)
            }
        }
    }

    @Test func manyClientsAtOnce() async throws {
        try await withServer(handler: Self.echo) { port in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in 0..<64 {
                    group.addTask(executorPreference: testLoops.loops[client % 2]) {
                        let connection = try await connectHTTP(port)
                        for number in 0..<50 {
                            let target = "/\(client)/\(number)"
                            _ = try await connection.request(
                                RequestHead(method: "GET", target: target, headers: ["host": "a"]))
                            let body = try await connection.readWholeBody()
                            #expect(String(decoding: body, as: UTF8.self) == "GET \(target) ")
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    /// 40 MiB in chunks of odd sizes; every byte depends on its place.
    @Test(arguments: [BodyFraming.chunked, .length(40 << 20)])
    func largeBodiesBothWays(_ framing: BodyFraming) async throws {
        let total = 40 << 20
        let pattern = Pattern()
        try await withServer { exchange in
            do throws(HTTPError) {
                let buffer = IOBuffer(capacity: 256 << 10)
                var received = 0
                while true {
                    let count = try await exchange.readBody(into: buffer.all)
                    if count == 0 { break }
                    guard pattern.matches(buffer.slice(0..<count), at: received) else { return }
                    received += count
                }
                guard received == total else { return }
                try await exchange.begin(ResponseHead(status: 200), framing: framing)
                try await pattern.send(total, piece: 99_991) { slice throws(HTTPError) in
                    try await exchange.write([slice])
                }
                try await exchange.finish()
            } catch {
                exchange.abort()
            }
        } _: { port in
            let client = try await connectHTTP(port)
            try await client.begin(RequestHead(method: "PUT", target: "/", headers: ["host": "a"]), framing: framing)
            try await pattern.send(total, piece: 77_777) { slice throws(HTTPError) in
                try await client.write([slice])
            }
            #expect(try await client.receive().status == 200)
            let buffer = IOBuffer(capacity: 1 << 20)
            var received = 0
            while received < total {
                let count = try await client.readBody(into: buffer.all)
                try #require(count > 0)
                try #require(pattern.matches(buffer.slice(0..<count), at: received))
                received += count
            }
            #expect(try await client.readBody(into: buffer.all) == 0)
            #expect(client.isReusable)
        }
    }

    @Test func aClientThatDoesNotReadStopsTheServer() async throws {
        let written = Shared(0)
        let isDone = Shared(false)
        let pattern = Pattern()
        try await withServer { exchange in
            do throws(HTTPError) {
                try await exchange.begin(ResponseHead(status: 200), framing: .length(1 << 30))
                try await pattern.send(1 << 30, piece: 1 << 20) { slice throws(HTTPError) in
                    try await exchange.write([slice])
                    written.change { $0 += slice.count }
                }
            } catch {
                isDone.change { $0 = true }
            }
        } _: { port in
            let client = try await connectHTTP(port)
            #expect(
                try await client.request(RequestHead(method: "GET", target: "/", headers: ["host": "a"])).status == 200)
            let soFar = try await settled { written.value }
            // What the kernel's buffers of both ends hold, and no more.
            #expect(soFar < 32 << 20)
            client.close()
            try await eventually { isDone.value }
        }
    }

    @Test func aServerThatDoesNotReadStopsTheClient() async throws {
        let written = Shared(0)
        let release = Shared(false)
        let pattern = Pattern()
        try await withServer { exchange in
            while !release.value { _ = await testClock.sleep(for: .milliseconds(10)) }
            exchange.abort()
        } _: { port in
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    do {
                        let client = try await connectHTTP(port)
                        try await client.begin(
                            RequestHead(method: "PUT", target: "/", headers: ["host": "a"]), framing: .length(1 << 30))
                        try await pattern.send(1 << 30, piece: 1 << 20) { slice throws(HTTPError) in
                            try await client.write([slice])
                            written.change { $0 += slice.count }
                        }
                        Issue.record("nobody read that")
                    } catch {
                        #expect(error as? HTTPError == .closed)
                    }
                }
                let soFar = try? await settled { written.value }
                #expect(soFar ?? .max < 32 << 20)
                release.change { $0 = true }
            }
        }
    }
}

/// The value once it has stood still for 200 ms.
func settled(_ value: () -> Int) async throws -> Int {
    var last = value()
    for _ in 0..<100 {
        _ = await testClock.sleep(for: .milliseconds(200))
        let next = value()
        if next == last, next > 0 { return next }
        last = next
    }
    throw NeverHappened()
}

/// Waits up to 10 s.
func eventually(_ condition: () async -> Bool) async throws {
    for _ in 0..<1000 {
        if await condition() { return }
        _ = await testClock.sleep(for: .milliseconds(10))
    }
    throw NeverHappened()
}

struct NeverHappened: Error {}

/// Bytes that tell their place: a period that is no power of two, so that a shifted or repeated block shows.
final class Pattern: Sendable {
    private static let period = 65_521
    private let buffer: IOBuffer

    init() {
        buffer = IOBuffer(capacity: Self.period + (4 << 20))
        buffer.withMutableBytes { bytes in
            for index in bytes.indices {
                let place = index % Self.period
                bytes[index] = UInt8(truncatingIfNeeded: place ^ place >> 8)
            }
        }
    }

    func slice(at offset: Int, count: Int) -> IOSlice {
        let start = offset % Self.period
        return buffer.slice(start..<start + count)
    }

    func send(
        _ total: Int, piece: Int, _ write: (IOSlice) async throws(HTTPError) -> Void
    ) async throws(HTTPError) {
        var sent = 0
        while sent < total {
            let count = min(piece, total - sent)
            try await write(slice(at: sent, count: count))
            sent += count
        }
    }

    func matches(_ slice: IOSlice, at offset: Int) -> Bool {
        self.slice(at: offset, count: slice.count).withBytes { expected in
            slice.withBytes { found in
                guard let left = found.baseAddress, let right = expected.baseAddress else { return found.isEmpty }
                return memcmp(left, right, found.count) == 0
            }
        }
    }
}
