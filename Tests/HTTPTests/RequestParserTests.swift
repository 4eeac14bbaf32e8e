import HTTP
import Testing

@Suite struct RequestParserTests {
    static func parse(_ text: String) -> Result<ParsedRequest?, ParseError> {
        var parser = RequestParser()
        var consumed = 0
        let octets = Array(text.utf8)
        do throws(ParseError) {
            return .success(try parser.parse(octets.span, consumed: &consumed))
        } catch {
            return .failure(error)
        }
    }

    @Test func aPlainRequestIsTakenApart() throws {
        let request = try #require(
            try Self.parse("GET /bucket/key?x=1 HTTP/1.1\r\nHost: localhost:9000\r\nX-Amz-Date:  2026 \r\n\r\n").get())
        #expect(request.head.method == "GET")
        #expect(request.head.target == "/bucket/key?x=1")
        #expect(request.head.headers["x-amz-date"] == "2026")
        #expect(request.framing == .none)
        #expect(request.keepsAlive)
    }

    @Test func bothFramingsAtOnceAreRefused() {
        #expect(
            Self.parse("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n")
                == .failure(.ambiguousFraming))
    }
}
