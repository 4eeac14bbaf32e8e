import HTTP
import TestSupport
import Testing

/// Damaged input is taken or refused, and never more of it consumed than there is. A failure replays: the seeds are fixed.
@Suite struct MutationTests {
    private static func mutated(_ text: some Sequence<UInt8>, _ random: inout SplitMix64) -> [UInt8] {
        var octets = Array(text.prefix(400))
        // Octets that mean something to HTTP are more likely to open a path than others.
        let telling = Array("\r\n :;,=0aF\t\u{0}\u{7F}".utf8)
        for _ in 0...random.below(4) where !octets.isEmpty {
            let octet = random.chance(0.5) ? telling[random.below(telling.count)] : UInt8(random.below(256))
            switch random.below(3) {
            case 0: octets[random.below(octets.count)] = octet
            case 1: octets.remove(at: random.below(octets.count))
            default: octets.insert(octet, at: random.below(octets.count + 1))
            }
        }
        return octets
    }

    @Test func requests() {
        var random = SplitMix64(seed: 1)
        let cases = HeadCase.requestLines + HeadCase.fields + HeadCase.framing
        for _ in 0..<20_000 {
            let octets = Self.mutated(cases[random.below(cases.count)].text.utf8, &random)
            var parser = RequestParser()
            var consumed = 0
            let request = try? parser.parse(octets.span, consumed: &consumed)
            #expect(consumed <= octets.count)
            // Whatever is taken is unambiguous, however it came about.
            guard let request else { continue }
            let headers = request.head.headers
            #expect(headers.all("content-length").count + headers.all("transfer-encoding").count <= 1)
            #expect(headers.all("host").count <= 1)
            #expect(
                headers.fields.allSatisfy { field in !field.value.utf8.contains { $0 == 13 || $0 == 10 || $0 == 0 } })
        }
    }

    @Test func responses() {
        var random = SplitMix64(seed: 2)
        let texts = [
            "HTTP/1.1 200 OK\r\nContent-Length: 12\r\nETag: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.0 404 x\r\nConnection: close\r\n\r\n",
        ]
        for _ in 0..<20_000 {
            let octets = Self.mutated(texts[random.below(texts.count)].utf8, &random)
            var parser = ResponseParser()
            var consumed = 0
            _ = try? parser.parse(octets.span, answering: "GET", consumed: &consumed)
            #expect(consumed <= octets.count)
        }
    }

    @Test func chunkedBodies() {
        var random = SplitMix64(seed: 3)
        for _ in 0..<20_000 {
            let (text, _) = BodyDecoderTests.cases[random.below(12)]
            let octets = Self.mutated(text.utf8, &random)
            let whole = BodyDecoderTests.decode(.chunked, [octets[...]])
            // Cut anywhere, the outcome is the same.
            let cut = random.below(octets.count + 1)
            #expect(BodyDecoderTests.decode(.chunked, [octets[..<cut], octets[cut...]]) == whole)
        }
    }
}
