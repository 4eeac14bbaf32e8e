import HTTP
import Testing

@Suite struct ResponseParserTests {
    private static func parse(
        _ text: String, answering method: String = "GET"
    ) -> Result<ParsedResponse?, ParseError> {
        var parser = ResponseParser()
        var consumed = 0
        let octets = Array(text.utf8)
        do throws(ParseError) {
            return .success(try parser.parse(octets.span, answering: method, consumed: &consumed))
        } catch {
            return .failure(error)
        }
    }

    @Test func aResponseWithLength() throws {
        let response = try #require(
            try Self.parse("HTTP/1.1 206 Partial Content\r\nContent-Length: 12\r\nETag: \"x\"\r\n\r\n").get())
        #expect(response.head.status == 206)
        #expect(response.head.headers["etag"] == "\"x\"")
        #expect(response.body.remaining == 12)
        #expect(response.keepsAlive)
    }

    /// RFC 9112 section 6.3.
    @Test(arguments: [("HEAD", 200), ("GET", 204), ("GET", 304), ("GET", 100)])
    func someResponsesHaveNoBody(_ method: String, _ status: Int) throws {
        let text = "HTTP/1.1 \(status) x\r\nContent-Length: 12\r\n\r\n"
        let response = try #require(try Self.parse(text, answering: method).get())
        #expect(response.body.isAtEnd)
    }

    @Test func withoutFramingTheBodyEndsWithTheConnection() throws {
        let response = try #require(try Self.parse("HTTP/1.1 200 OK\r\n\r\n").get())
        #expect(!response.body.isAtEnd)
        #expect(response.body.run == .max)
        #expect(!response.keepsAlive)
    }

    @Test(arguments: [
        ("HTTP/1.1 200\r\n\r\n", ParseError?.none), ("HTTP/1.1 200 \r\n\r\n", nil),
        ("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n", nil),
        ("HTTP/2.0 200 OK\r\n\r\n", .version), ("HTTP/1.1 20 OK\r\n\r\n", .statusLine),
        ("HTTP/1.1 2000 OK\r\n\r\n", .statusLine), ("HTTP/1.1  200 OK\r\n\r\n", .statusLine),
        ("HTTP/1.1 099 x\r\n\r\n", .statusLine), ("ICY 200 OK......\r\n\r\n", .statusLine),
        ("HTTP/1.1 200 OK\n\n", .bareLineFeed),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", .ambiguousFraming),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", .contentLength),
    ])
    func statusLinesAndFraming(_ text: String, _ error: ParseError?) {
        switch Self.parse(text) {
        case .success: #expect(error == nil)
        case .failure(let found): #expect(found == error)
        }
    }
}
