import HTTP
import Testing

@Suite struct RequestParserTests {
    /// Feeds pieces as a connection would: what is not consumed stays in front of what comes next.
    static func parse(_ pieces: [ArraySlice<UInt8>]) -> HeadCase.Outcome {
        var parser = RequestParser()
        var pending: [UInt8] = []
        for piece in pieces {
            pending += piece
            var consumed = 0
            do throws(ParseError) {
                let request = try parser.parse(pending.span, consumed: &consumed)
                pending.removeFirst(consumed)
                if let request { return outcome(request) }
            } catch {
                return .refused(error)
            }
        }
        return .incomplete
    }

    static func outcome(_ request: ParsedRequest) -> HeadCase.Outcome {
        .accepted(
            method: request.head.method, target: request.head.target, host: request.head.headers["host"],
            request.framing, keepsAlive: request.keepsAlive)
    }

    @Test(arguments: HeadCase.requestLines + HeadCase.fields + HeadCase.framing)
    func headsAreTakenOrRefused(_ example: HeadCase) {
        #expect(Self.parse([ArraySlice(example.text.utf8)]) == example.outcome)
    }

    @Test(arguments: HeadCase.requestLines + HeadCase.fields + HeadCase.framing)
    func howAHeadIsCutIntoPacketsChangesNothing(_ example: HeadCase) {
        let octets = Array(example.text.utf8)
        let step = max(1, octets.count / 300)
        for cut in stride(from: 0, through: octets.count, by: step) {
            #expect(Self.parse([octets[..<cut], octets[cut...]]) == example.outcome, "cut at \(cut)")
        }
        guard octets.count < 4096 else { return }
        #expect(Self.parse(octets.indices.map { octets[$0...$0] }) == example.outcome, "octet by octet")
    }

    @Test func theTableIsLargeEnoughToMeanSomething() {
        #expect((HeadCase.requestLines + HeadCase.fields + HeadCase.framing).count >= 80)
    }

    @Test func pipelinedHeadsAreTakenOneByOne() throws {
        let text = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3"
        var parser = RequestParser()
        var rest = Array(text.utf8)
        var targets: [String] = []
        while true {
            var consumed = 0
            let request = try parser.parse(rest.span, consumed: &consumed)
            rest.removeFirst(consumed)
            guard let request else { break }
            targets.append(request.head.target)
        }
        #expect(targets == ["/1", "/2"])
        #expect(rest == Array("GET /3".utf8))
    }

    @Test func valuesThatAreNotUTF8AreRefused() {
        var octets = Array("GET / HTTP/1.1\r\nHost: a\r\nx: ".utf8)
        octets += [0xC3, 0x28, 13, 10, 13, 10]
        #expect(Self.parse([octets[...]]) == .refused(.fieldValue))
    }

    @Test func namesAreLowerCaseAndOrderIsKept() throws {
        var parser = RequestParser()
        var consumed = 0
        let octets = Array("GET / HTTP/1.1\r\nHost: a\r\nX-B: 1\r\nX-A: 2\r\nx-b: 3\r\n\r\n".utf8)
        let request = try #require(try parser.parse(octets.span, consumed: &consumed))
        #expect(request.head.headers.fields.map(\.name) == ["host", "x-b", "x-a", "x-b"])
        #expect(request.head.headers.all("x-b") == ["1", "3"])
        #expect(consumed == octets.count)
    }

    @Test(arguments: [
        (ParseError.requestLineTooLong, 414), (.tooManyFields, 431), (.headTooLarge, 431), (.methodTooLong, 501),
        (.transferCoding, 501), (.connectRefused, 501), (.version, 505), (.expectation, 417), (.host, 400),
        (.ambiguousFraming, 400), (.chunk, 400),
    ])
    func errorsHaveTheirStatus(_ error: ParseError, _ status: Int) { #expect(error.status == status) }
}
