import Core
import HTTP
import Synchronization
import Testing

/// The server's side of one connection, against exact input.
@Suite struct ExchangeTests {
    private static let date = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

    static func serve(
        _ stream: ScriptedStream, limits: ServerLimits = ServerLimits(), drain: ServerDrain = ServerDrain(),
        _ handler: @Sendable (HTTPExchange) async throws -> Void
    ) async {
        await HTTPServerConnection.serve(stream, limits: limits, clock: FrozenClock(), drain: drain) { exchange in
            do { try await handler(exchange) } catch { exchange.abort() }
        }
    }

    private static let empty: @Sendable (HTTPExchange) async throws -> Void = { exchange in
        try await exchange.respond(ResponseHead(status: 200))
    }

    @Test func headAndSmallBodyAreOneWrite() async {
        let stream = ScriptedStream("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await Self.serve(stream) {
            try await $0.respond(ResponseHead(status: 200, headers: ["x": "y"]), body: [65, 66])
        }
        #expect(stream.output == "HTTP/1.1 200 OK\r\nx: y\r\n\(Self.date)content-length: 2\r\n\r\nAB")
        #expect(stream.writes == 1)
    }

    @Test func answersKeepTheOrderOfPipelinedRequests() async {
        let stream = ScriptedStream(
            "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HT", "TP/1.1\r\nHost: a\r\n\r\n"
        )
        await Self.serve(stream) { exchange in
            try await exchange.respond(ResponseHead(status: 200), body: Array(exchange.head.target.utf8))
        }
        let bodies = stream.output.split(separator: "\r\n\r\n").dropFirst().map { $0.prefix(2) }
        #expect(bodies == ["/1", "/2", "/3"])
    }

    @Test func continueIsSentWhenTheBodyIsRead() async {
        let stream = ScriptedStream(
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n", "hello")
        await Self.serve(stream) { exchange in
            let body = try await exchange.readWholeBody(limit: 10)
            try await exchange.respond(ResponseHead(status: 200), body: body)
        }
        #expect(stream.output.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"))
        #expect(stream.output.hasSuffix("\r\n\r\nhello"))
        #expect(!stream.output.contains("connection: close"))
    }

    @Test func withoutReadingThereIsNoContinueAndTheConnectionEnds() async {
        let stream = ScriptedStream(
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
            "helloGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
        await Self.serve(stream) { try await $0.respond(ResponseHead(status: 403)) }
        #expect(stream.output == "HTTP/1.1 403 Forbidden\r\n\(Self.date)content-length: 0\r\nconnection: close\r\n\r\n")
        #expect(stream.events.contains("finish"))
    }

    /// botocore cannot go on with a connection on which a final response came without the 100 that it asked for.
    @Test func anEmptyBodyThatExpectsContinueGetsItWithTheResponse() async {
        let stream = ScriptedStream(
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n")
        await Self.serve(stream) { try await $0.respond(ResponseHead(status: 404)) }
        #expect(stream.output.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\n"))
        #expect(!stream.output.contains("connection: close"))
        #expect(stream.writes == 1)
    }

    @Test func aBodyThatIsThereAlreadyNeedsNoContinue() async {
        let stream = ScriptedStream(
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello")
        await Self.serve(stream) { exchange in
            let body = try await exchange.readWholeBody(limit: 10)
            try await exchange.respond(ResponseHead(status: 200), body: body)
        }
        #expect(stream.output.hasPrefix("HTTP/1.1 200 OK"))
    }

    @Test func headResponsesHaveTheLengthAndNoBody() async {
        let stream = ScriptedStream("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
        let count = Mutex(0)
        await Self.serve(stream) { exchange in
            if count.withLock({ value in
                value += 1
                return value == 1
            }) {
                try await exchange.respond(ResponseHead(status: 200), body: [1, 2, 3])
            } else {
                try await exchange.begin(ResponseHead(status: 200), framing: .length(1 << 40))
                try await exchange.finish()
            }
        }
        #expect(
            stream.output == "HTTP/1.1 200 OK\r\n\(Self.date)content-length: 3\r\n\r\n"
                + "HTTP/1.1 200 OK\r\n\(Self.date)content-length: 1099511627776\r\n\r\n")
    }

    @Test(arguments: [204, 304])
    func someStatusesHaveNeitherBodyNorLength(_ status: Int) async {
        let stream = ScriptedStream("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await Self.serve(stream) { try await $0.respond(ResponseHead(status: status), body: [1]) }
        #expect(!stream.output.contains("content-length"))
        #expect(stream.output.hasSuffix("\r\n\r\n"))
    }

    @Test func chunkedBodiesAreFramedAndEnded() async {
        let stream = ScriptedStream("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await Self.serve(stream) { exchange in
            try await exchange.begin(ResponseHead(status: 200), framing: .chunked)
            try await exchange.write([IOSlice(copying: Array("hello".utf8)), IOSlice(copying: Array(" world ".utf8))])
            try await exchange.write([])
            try await exchange.write([IOSlice(copying: [UInt8](repeating: 65, count: 31))])
            try await exchange.finish()
        }
        let body = stream.output.components(separatedBy: "\r\n\r\n", maximum: 1)[1]
        #expect(body == "c\r\nhello world \r\n1f\r\n\(String(repeating: "A", count: 31))\r\n0\r\n\r\n")
    }

    @Test func aClientOfHTTP10GetsNoChunks() async {
        let stream = ScriptedStream("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        await Self.serve(stream) { exchange in
            try await exchange.begin(ResponseHead(status: 200), framing: .chunked)
            try await exchange.write([IOSlice(copying: Array("hello".utf8))])
            try await exchange.finish()
        }
        #expect(stream.output == "HTTP/1.1 200 OK\r\n\(Self.date)connection: close\r\n\r\nhello")
    }

    @Test func aClientOfHTTP10CanKeepItsConnection() async {
        let stream = ScriptedStream("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n")
        await Self.serve(stream, Self.empty)
        #expect(
            stream.output == "HTTP/1.1 200 OK\r\n\(Self.date)content-length: 0\r\nconnection: keep-alive\r\n\r\n"
                + "HTTP/1.1 200 OK\r\n\(Self.date)content-length: 0\r\nconnection: close\r\n\r\n")
    }

    @Test func anUnreadBodyIsTakenInAndTheNextRequestServed() async {
        let body = String(repeating: "x", count: 100_000)
        let stream = ScriptedStream(
            "PUT /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n\(body)GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
        await Self.serve(stream, Self.empty)
        #expect(stream.output.components(separatedBy: "HTTP/1.1 200 OK").count == 3)
    }

    @Test func aLongUnreadBodyEndsTheConnection() async {
        let stream = ScriptedStream(
            "PUT /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n",
            String(repeating: "x", count: 1_000_000) + "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
        await Self.serve(stream, Self.empty)
        #expect(stream.output == "HTTP/1.1 200 OK\r\n\(Self.date)content-length: 0\r\nconnection: close\r\n\r\n")
    }

    /// The rest of a refused body must never be read as a request: that is how requests are smuggled.
    @Test func aRequestInsideAnUnreadBodyIsNotServed() async {
        let inner = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
        let stream = ScriptedStream(
            "PUT /1 HTTP/1.1\r\nHost: a\r\nContent-Length: \(inner.utf8.count)\r\n\r\n\(inner)")
        let targets = Mutex<[String]>([])
        await Self.serve(stream) { exchange in
            targets.withLock { $0.append(exchange.head.target) }
            try await exchange.respond(ResponseHead(status: 200))
        }
        #expect(targets.withLock { $0 } == ["/1"])
    }

    @Test func aBrokenChunkIsToldAndEndsTheConnection() async {
        let stream = ScriptedStream(
            "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
        await Self.serve(stream) { exchange in
            do throws(HTTPError) {
                _ = try await exchange.readWholeBody(limit: 100)
            } catch {
                #expect(error == .parse(.chunk))
                try await exchange.respond(ResponseHead(status: error.status))
            }
        }
        #expect(stream.output.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        #expect(stream.output.contains("connection: close"))
        #expect(stream.output.components(separatedBy: "HTTP/1.1").count == 2)
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/2.0\r\n\r\n", 505),
        ("GET /\(String(repeating: "a", count: 20_000)) HTTP/1.1\r\n\r\n", 414),
        ("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    ])
    func whatIsNoRequestGetsItsStatusAndTheConnectionEnds(_ text: String, _ status: Int) async {
        let stream = ScriptedStream(text + "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await Self.serve(stream, Self.empty)
        #expect(stream.output.hasPrefix("HTTP/1.1 \(status) "))
        #expect(stream.output.contains("connection: close\r\n"))
        #expect(stream.output.components(separatedBy: "HTTP/1.1").count == 2)
        #expect(stream.events.last == "close")
    }

    @Test func aHandlerWithoutAnswerIs500() async {
        let stream = ScriptedStream("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await Self.serve(stream) { _ in }
        #expect(stream.output.hasPrefix("HTTP/1.1 500 "))
    }

    @Test func aResponseThatStopsShortEndsTheConnection() async {
        let stream = ScriptedStream("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await Self.serve(stream) { exchange in
            try await exchange.begin(ResponseHead(status: 200), framing: .length(10))
            try await exchange.write([IOSlice(copying: [65])])
        }
        #expect(stream.output.hasSuffix("content-length: 10\r\n\r\nA"))
        #expect(stream.events.last == "close")
    }

    @Test func finishingTooEarlyIsAnError() async {
        let stream = ScriptedStream("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await Self.serve(stream) { exchange in
            try await exchange.begin(ResponseHead(status: 200), framing: .length(10))
            await #expect(throws: HTTPError.aborted) { try await exchange.finish() }
        }
        #expect(stream.output.isEmpty)
    }

    /// RFC 9110 section 5.5: a value cannot begin another field, wherever it came from.
    @Test func valuesCannotBreakOutOfTheirField() async {
        let stream = ScriptedStream("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await Self.serve(stream) { exchange in
            try await exchange.respond(
                ResponseHead(status: 200, headers: ["x": "a\r\nset-cookie: b\u{0}", "content-length": "99"]))
        }
        #expect(stream.output == "HTTP/1.1 200 OK\r\nx: a  set-cookie: b \r\n\(Self.date)content-length: 0\r\n\r\n")
    }

    @Test func drainingEndsConnectionsAfterTheirAnswer() async {
        let drain = ServerDrain()
        let stream = ScriptedStream("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
        await Self.serve(stream, drain: drain) { exchange in
            drain.begin()
            try await exchange.respond(ResponseHead(status: 200))
        }
        #expect(stream.output == "HTTP/1.1 200 OK\r\n\(Self.date)content-length: 0\r\nconnection: close\r\n\r\n")
        #expect(drain.connectionCount == 0)
    }

    @Test func aBodyOverItsLimitCanStillBeAnswered() async {
        let stream = ScriptedStream(
            "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n\(String(repeating: "x", count: 32))\r\n0\r\n\r\n"
        )
        await Self.serve(stream) { exchange in
            await #expect(throws: HTTPError.bodyTooLarge(limit: 31)) { try await exchange.readWholeBody(limit: 31) }
            try await exchange.respond(ResponseHead(status: 413))
        }
        #expect(stream.output.hasPrefix("HTTP/1.1 413 "))
    }

    /// However a request and its body are cut into packets, handler and client see the same.
    @Test(arguments: [
        "Content-Length: 26\r\n\r\nabcdefghijklmnopqrstuvwxyz",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n15;x=y\r\nfghijklmnopqrstuvwxyz\r\n0\r\nt: u\r\n\r\n",
    ])
    func cutsInTheBodyChangeNothing(_ rest: String) async {
        let text = Array("PUT / HTTP/1.1\r\nHost: a\r\n\(rest)GET /2 HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        for cut in text.indices {
            let stream = ScriptedStream([Array(text[..<cut]), Array(text[cut...])])
            await Self.serve(stream) { exchange in
                let body = try await exchange.readWholeBody(limit: 100)
                try await exchange.respond(ResponseHead(status: 200), body: body)
            }
            let parts = stream.output.components(separatedBy: "\r\n\r\n", maximum: 10)
            #expect(parts.count == 3 && parts[1].hasPrefix("abcdefghijklmnopqrstuvwxyzHTTP/1.1 200"), "cut at \(cut)")
        }
    }
}

extension String {
    /// Foundation's, without Foundation.
    func components(separatedBy separator: String, maximum: Int = .max) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while parts.count < maximum, let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}
