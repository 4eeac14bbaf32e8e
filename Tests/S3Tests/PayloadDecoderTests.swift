import Core
import HTTP
import TestSupport
import Testing

@testable import S3

/// The worked examples of `sigv4-streaming.html` and `sigv4-streaming-trailers.html`: 66,560 times the letter a, in
/// chunks of 65,536 and 1,024 bytes. The signatures are those that the pages print.
enum StreamingExample {
    static let data = [UInt8](repeating: UInt8(ascii: "a"), count: 66_560)
    static let scope = CredentialScope(date: "20130524", region: "us-east-1", service: "s3")

    static func signing(seed: String) -> ChunkSigning {
        ChunkSigning(
            key: SigningKey(secret: Example.secretKey, scope: scope), scope: scope,
            timestamp: "20130524T000000Z",
            seed: seed)
    }

    static func head(form: String, trailer: String?, encoding: String?, contentLength: Int) -> RequestHead {
        var headers: Headers = [
            "host": "s3.amazonaws.com", "x-amz-storage-class": "REDUCED_REDUNDANCY",
            "x-amz-decoded-content-length": "66560",
        ]
        if let encoding { headers.add("content-encoding", encoding) }
        if contentLength > 0 { headers.add("content-length", "\(contentLength)") }
        if let trailer { headers.add("x-amz-trailer", trailer) }
        headers.add("x-amz-date", "20130524T000000Z")
        headers.add("x-amz-content-sha256", form)
        return RequestHead(method: "PUT", target: "/examplebucket/chunkObject.txt", headers: headers)
    }

    static func chunk(_ size: Int, _ signature: String?) -> [UInt8] {
        let header = String(size, radix: 16) + (signature.map { ";chunk-signature=\($0)" } ?? "")
        return Array("\(header)\r\n".utf8) + [UInt8](repeating: UInt8(ascii: "a"), count: size)
            + Array((size > 0 ? "\r\n" : "").utf8)
    }

    static let signedSeed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
    static let signedBody =
        chunk(65536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648")
        + chunk(1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497")
        + chunk(0, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9") + Array("\r\n".utf8)

    static let trailerSeed = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
    static let trailerChunks =
        chunk(65536, "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2")
        + chunk(1024, "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7")
        + chunk(0, "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992")
    static let trailerSignature =
        "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"
    static let signedTrailerBody = trailerChunks + Array("x-amz-checksum-crc32c:sOO8/Q==\r\n\(trailerSignature)".utf8)

    static let unsignedBody =
        chunk(65536, nil) + chunk(1024, nil) + chunk(0, nil) + Array("x-amz-checksum-crc32c:sOO8/Q==\r\n\r\n".utf8)
}

/// Feeds a body in pieces through decoder and verifier.
func receive(
    _ body: [UInt8], _ payload: PayloadDescription, _ signing: ChunkSigning?, pieces: [Int]
) throws(S3Error) -> (bytes: [UInt8], digests: PayloadDigests) {
    var decoder = PayloadDecoder(payload, signing: signing)
    var verifier = PayloadVerifier(payload)
    var bytes: [UInt8] = []
    var start = 0
    var next = 0
    while start < body.count {
        let count = min(max(1, pieces[next % pieces.count]), body.count - start)
        next += 1
        let piece = Array(body[start..<start + count])
        var ranges: [Range<Int>] = []
        let result: Result<Void, S3Error> = piece.withUnsafeBytes { raw in
            do throws(S3Error) {
                try decoder.decode(raw, into: &ranges)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
        for range in ranges {
            bytes += piece[range]
            piece.withUnsafeBytes { verifier.update(UnsafeRawBufferPointer(rebasing: $0[range])) }
        }
        start += count
    }
    let trailer = try decoder.finish()
    return (bytes, try verifier.finish(trailer: trailer).get())
}

@Suite struct PayloadDecoderTests {
    static let signed = PayloadDescription(form: .signedChunks, length: 66_560)
    static let signedTrailer = PayloadDescription(
        form: .signedChunksWithTrailer, length: 66_560, checksum: .inTrailer(.crc32c))
    static let unsignedTrailer = PayloadDescription(
        form: .unsignedChunksWithTrailer, length: 66_560, checksum: .inTrailer(.crc32c))

    @Test func theSeedSignaturesAreThoseOfTheHeads() {
        // The page signs the fields below; Content-Encoding and Content-Length are among them.
        var head = StreamingExample.head(
            form: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", trailer: nil, encoding: "aws-chunked", contentLength: 66824)
        head.headers.add(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders="
                + "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;"
                + "x-amz-storage-class,Signature=\(StreamingExample.signedSeed)")
        let error = s3Error { () throws(S3Error) in
            try SigV4Verifier().verify(head, now: Example.time, credential: Example.credential)
        }
        #expect(error == nil)
        var trailing = StreamingExample.head(
            form: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", trailer: "x-amz-checksum-crc32c",
            encoding: "aws-chunked", contentLength: 0)
        trailing.headers.add(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders="
                + "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;"
                + "x-amz-storage-class;x-amz-trailer,Signature=\(StreamingExample.trailerSeed)")
        let other = s3Error { () throws(S3Error) in
            try SigV4Verifier().verify(trailing, now: Example.time, credential: Example.credential)
        }
        #expect(other == nil)
    }

    static let cuts: [[Int]] = [
        [1 << 20], [1], [2, 3], [4095, 1], [65_536], [84, 65_536, 2, 1], [7, 11, 13, 100_000],
    ]

    @Test(arguments: cuts) func readsSignedChunks(_ pieces: [Int]) throws {
        let signing = StreamingExample.signing(seed: StreamingExample.signedSeed)
        let result = try receive(StreamingExample.signedBody, Self.signed, signing, pieces: pieces)
        #expect(result.bytes == StreamingExample.data)
    }

    @Test(arguments: cuts) func readsSignedChunksWithTrailer(_ pieces: [Int]) throws {
        let signing = StreamingExample.signing(seed: StreamingExample.trailerSeed)
        let result = try receive(StreamingExample.signedTrailerBody, Self.signedTrailer, signing, pieces: pieces)
        #expect(result.bytes == StreamingExample.data)
        #expect(result.digests.checksum.text == "sOO8/Q==")
    }

    @Test(arguments: cuts) func readsUnsignedChunksWithTrailer(_ pieces: [Int]) throws {
        let result = try receive(StreamingExample.unsignedBody, Self.unsignedTrailer, nil, pieces: pieces)
        #expect(result.bytes == StreamingExample.data)
        #expect(result.digests.length == 66_560)
    }

    /// Some clients end the trailer's fields with a line feed, and write an empty line before the signature.
    @Test(arguments: ["x-amz-checksum-crc32c:sOO8/Q==\n\r\n", "\r\nx-amz-checksum-crc32c:sOO8/Q==\r\n"])
    func readsTrailersAsClientsWriteThem(_ fields: String) throws {
        let body = StreamingExample.trailerChunks + Array("\(fields)\(StreamingExample.trailerSignature)".utf8)
        let signing = StreamingExample.signing(seed: StreamingExample.trailerSeed)
        let result = try receive(body, Self.signedTrailer, signing, pieces: [1000])
        #expect(result.bytes == StreamingExample.data)
    }

    /// One changed byte anywhere in what is signed, or in the framing, is noticed.
    @Test func noticesEveryChangedByte() {
        let body = StreamingExample.signedTrailerBody
        let positions = Array(0..<90) + [40_000, 65_000] + Array(65_615..<65_720) + Array(66_740..<body.count - 4)
        for position in positions {
            var changed = body
            changed[position] ^= 1
            let signing = StreamingExample.signing(seed: StreamingExample.trailerSeed)
            let error = s3Error { () throws(S3Error) in
                try receive(changed, Self.signedTrailer, signing, pieces: [4096])
            }
            #expect(error != nil, "byte \(position) was changed and nobody noticed")
        }
    }

    /// `ErrorResponses.html`, MalformedTrailerError: "… did not conform to our published schema".
    @Test func aTrailerThatEndsWithoutItsSignatureIsMalformed() {
        let body = StreamingExample.trailerChunks + Array("x-amz-checksum-crc32c:sOO8/Q==\r\n\r\n".utf8)
        let error = s3Error { () throws(S3Error) in
            try receive(
                body, Self.signedTrailer, StreamingExample.signing(seed: StreamingExample.trailerSeed), pieces: [1000])
        }
        #expect(error?.code == .malformedTrailer)
    }

    @Test func noticesEveryTruncation() {
        for body in [StreamingExample.signedBody, StreamingExample.signedTrailerBody] {
            let isSigned = body.count == StreamingExample.signedBody.count
            for length in [0, 1, 50, 85, 86, 40_000, 65_700, 66_700] + Array(body.count - 100..<body.count) {
                let seed = isSigned ? StreamingExample.signedSeed : StreamingExample.trailerSeed
                let error = s3Error { () throws(S3Error) in
                    try receive(
                        Array(body[..<length]), isSigned ? Self.signed : Self.signedTrailer,
                        StreamingExample.signing(seed: seed), pieces: [10_000])
                }
                #expect(error?.code == .incompleteBody, "\(length) of \(body.count) bytes")
            }
        }
    }

    @Test(arguments: RequestTable.rows("framing.json")) func refusesBrokenFraming(_ row: RequestTable.Row) {
        let payload = PayloadDescription(
            form: .unsignedChunksWithTrailer, length: 5, checksum: .inTrailer(.crc32))
        for pieces in [[1], [3], [1 << 20]] {
            let error = s3Error { () throws(S3Error) in
                try receive(Array(row.body.utf8), payload, nil, pieces: pieces)
            }
            #expect(RequestTable.answer(error) == row.answer, "in pieces of \(pieces)")
        }
    }

    @Test func smallSignedChunksMustBeLast() {
        var signing = StreamingExample.signing(seed: "0")
        var body: [UInt8] = []
        for size in [100, 100, 0] {
            let data = [UInt8](repeating: UInt8(ascii: "a"), count: size)
            body += StreamingExample.chunk(size, signing.signChunk(hash: Digest.of(data, .sha256)))
        }
        body += Array("\r\n".utf8)
        let error = s3Error { () throws(S3Error) in
            try receive(
                body, PayloadDescription(form: .signedChunks, length: 200), StreamingExample.signing(seed: "0"),
                pieces: [64])
        }
        #expect(error?.code == .invalidChunkSize)
    }

    /// Random bytes and random changes of a valid body never crash, and never give out more than was announced.
    @Test func survivesRandomBytes() {
        var random = SplitMix64(seed: 3)
        let valid = Array("5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n".utf8)
        let payload = PayloadDescription(
            form: .unsignedChunksWithTrailer, length: 11, checksum: .inTrailer(.crc32))
        #expect(s3Error { () throws(S3Error) in try receive(valid, payload, nil, pieces: [9]) } == nil)
        for _ in 0..<20_000 {
            var body = valid
            for _ in 0...random.below(3) {
                switch random.below(3) {
                case 0: body[random.below(body.count)] = UInt8(random.below(256))
                case 1: body.insert(UInt8(random.below(256)), at: random.below(body.count))
                default: body.remove(at: random.below(body.count))
                }
            }
            if let result = try? receive(body, payload, nil, pieces: [1 + random.below(20)]) {
                #expect(result.bytes == Array("hello world".utf8))
            }
        }
    }
}
