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

    /// Mutations of good heads never crash the parser, and never make it take more than there is.
    @Test func mutatedHeadsAreTakenOrRefused() {
        var seed: UInt64 = 0x9E37_79B9
        func next(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % bound
        }
        let cases = HeadCase.requestLines + HeadCase.fields + HeadCase.framing
        for _ in 0..<20_000 {
            var octets = Array(cases[next(cases.count)].text.utf8.prefix(400))
            for _ in 0...next(4) where !octets.isEmpty {
                switch next(3) {
                case 0: octets[next(octets.count)] = UInt8(next(256))
                case 1: octets.remove(at: next(octets.count))
                default: octets.insert(UInt8(next(256)), at: next(octets.count + 1))
                }
            }
            var parser = RequestParser()
            var consumed = 0
            _ = try? parser.parse(octets.span, consumed: &consumed)
            #expect(consumed <= octets.count)
        }
    }
}
