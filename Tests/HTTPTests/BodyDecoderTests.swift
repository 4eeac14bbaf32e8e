import HTTP
import Testing

@Suite struct BodyDecoderTests {
    enum Outcome: Equatable {
        case body(String, rest: String)
        case incomplete
        case refused(ParseError)
    }

    /// Decodes as a driver would, with input that arrives in pieces.
    static func decode(_ framing: BodyFraming, _ pieces: [ArraySlice<UInt8>]) -> Outcome {
        var decoder = BodyDecoder(framing)
        var pending: [UInt8] = []
        var content: [UInt8] = []
        var isEnded = decoder.isAtEnd
        for piece in pieces {
            pending += piece
            while !isEnded {
                if decoder.run > 0 {
                    let count = Int(min(decoder.run, UInt64(pending.count)))
                    guard count > 0 else { break }
                    content += pending[..<count]
                    pending.removeFirst(count)
                    decoder.take(count)
                } else {
                    var consumed = 0
                    do throws(ParseError) {
                        let isReady = try decoder.advance(pending.span, consumed: &consumed)
                        pending.removeFirst(consumed)
                        guard isReady else { break }
                    } catch {
                        return .refused(error)
                    }
                }
                isEnded = decoder.isAtEnd
            }
        }
        guard isEnded else { return .incomplete }
        return .body(String(decoding: content, as: UTF8.self), rest: String(decoding: pending, as: UTF8.self))
    }

    /// RFC 9112 section 7.1.
    static let cases: [(String, Outcome)] = [
        ("0\r\n\r\n", .body("", rest: "")),
        ("5\r\nhello\r\n0\r\n\r\n", .body("hello", rest: "")),
        ("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nGET", .body("hello world", rest: "GET")),
        ("00005\r\nhello\r\n000\r\n\r\n", .body("hello", rest: "")),
        ("a\r\n0123456789\r\n0\r\n\r\n", .body("0123456789", rest: "")),
        ("A\r\n0123456789\r\n0\r\n\r\n", .body("0123456789", rest: "")),
        ("5;name=value\r\nhello\r\n0;x\r\n\r\n", .body("hello", rest: "")),
        ("5 ; name=\"a b\"\r\nhello\r\n0\r\n\r\n", .body("hello", rest: "")),
        ("5\r\nhello\r\n0\r\nX-Trailer: y\r\n\r\nz", .body("hello", rest: "z")),
        ("5\r\nhello\r\n0\r\n", .incomplete),
        ("5\r\nhel", .incomplete),
        ("5\r\nhello\r", .incomplete),
        ("5\nhello\r\n0\r\n\r\n", .refused(.bareLineFeed)),
        ("5\r\nhello\n0\r\n\r\n", .refused(.bareLineFeed)),
        ("5\r\nhelloX\r\n0\r\n\r\n", .refused(.chunk)),
        ("5\r\nhello0\r\n\r\n", .refused(.chunk)),
        ("\r\nhello\r\n0\r\n\r\n", .refused(.chunk)),
        ("g\r\nhello\r\n", .refused(.chunk)),
        ("0x5\r\nhello\r\n0\r\n\r\n", .refused(.chunk)),
        ("-5\r\nhello\r\n0\r\n\r\n", .refused(.chunk)),
        ("+5\r\nhello\r\n0\r\n\r\n", .refused(.chunk)),
        (" 5\r\nhello\r\n0\r\n\r\n", .refused(.chunk)),
        ("5 \r\nhello\r\n0\r\n\r\n", .refused(.chunk)),
        ("5 5\r\nhello\r\n0\r\n\r\n", .refused(.chunk)),
        ("5;\u{0}\r\nhello\r\n0\r\n\r\n", .refused(.chunk)),
        ("5;a\rb\r\nhello\r\n0\r\n\r\n", .refused(.chunk)),
        ("FFFFFFFFFFFFFFFF\r\nhello\r\n", .refused(.chunk)),
        ("10000000000000005\r\nhello\r\n", .refused(.chunk)),
        ("0\r\n folded: y\r\n\r\n", .refused(.foldedField)),
        ("0\r\nbad name: y\r\n\r\n", .refused(.fieldName)),
        ("5;" + String(repeating: "a", count: 2000) + "\r\n", .refused(.chunkOverhead)),
        ("5;" + String(repeating: "a", count: 2000), .refused(.chunkOverhead)),
        (
            String(repeating: "1;" + String(repeating: "a", count: 900) + "\r\nx\r\n", count: 100),
            .refused(.chunkOverhead)
        ),
        (
            "0\r\n" + String(repeating: "x: " + String(repeating: "a", count: 900) + "\r\n", count: 100),
            .refused(.chunkOverhead)
        ),
    ]

    @Test(arguments: cases.indices)
    func chunkedBodiesAreTakenApartOrRefused(_ index: Int) {
        let (text, outcome) = Self.cases[index]
        let octets = Array(text.utf8)
        #expect(Self.decode(.chunked, [octets[...]]) == outcome)
        for cut in stride(from: 0, through: octets.count, by: max(1, octets.count / 200)) {
            #expect(Self.decode(.chunked, [octets[..<cut], octets[cut...]]) == outcome, "cut at \(cut)")
        }
        #expect(Self.decode(.chunked, octets.indices.map { octets[$0...$0] }) == outcome, "octet by octet")
    }

    @Test func aLengthEndsTheBodyThere() {
        #expect(Self.decode(.length(5), [Array("hello, next".utf8)[...]]) == .body("hello", rest: ", next"))
        #expect(Self.decode(.length(5), [Array("hell".utf8)[...]]) == .incomplete)
        #expect(Self.decode(.length(0), [Array("next".utf8)[...]]) == .body("", rest: "next"))
        #expect(Self.decode(.none, []) == .body("", rest: ""))
    }
}
