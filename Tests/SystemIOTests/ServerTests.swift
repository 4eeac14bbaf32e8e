import Core
import HTTP
import SystemIO
import Testing

@Suite struct ServerTests {
    private static let echo: @Sendable (HTTPExchange) async -> Void = { exchange in
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
            for number in 0..<5 {
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
}
