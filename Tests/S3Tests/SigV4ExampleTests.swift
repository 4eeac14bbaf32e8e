import Core
import HTTP
import Testing

@testable import S3

/// The worked examples of Amazon S3 API Reference: `sig-v4-header-based-auth.html` and `sigv4-query-string-auth.html`.
/// The signatures are those that the pages print.
@Suite struct SigV4ExampleTests {
    struct HeaderExample: Sendable {
        var name: String
        var method: String
        var target: String
        var headers: Headers
        var payloadHash: String
        var signedHeaders: String
        var signature: String
    }

    static let examples = [
        HeaderExample(
            name: "GET Object", method: "GET", target: "/test.txt", headers: ["range": "bytes=0-9"],
            payloadHash: Example.emptyHash, signedHeaders: "host;range;x-amz-content-sha256;x-amz-date",
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        HeaderExample(
            name: "PUT Object", method: "PUT", target: "/test%24file.text",
            headers: ["date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"],
            payloadHash: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
            signedHeaders: "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
        HeaderExample(
            name: "GET Bucket Lifecycle", method: "GET", target: "/?lifecycle", headers: [:],
            payloadHash: Example.emptyHash, signedHeaders: "host;x-amz-content-sha256;x-amz-date",
            signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        HeaderExample(
            name: "GET Bucket (List Objects)", method: "GET", target: "/?max-keys=2&prefix=J", headers: [:],
            payloadHash: Example.emptyHash, signedHeaders: "host;x-amz-content-sha256;x-amz-date",
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ]

    private func unsigned(_ example: HeaderExample) -> RequestHead {
        var headers = example.headers
        headers.add("host", "examplebucket.s3.amazonaws.com")
        return RequestHead(method: example.method, target: example.target, headers: headers)
    }

    @Test(arguments: examples.indices) func verifiesTheHeaderExamples(_ index: Int) throws {
        let example = Self.examples[index]
        var head = unsigned(example)
        head.headers.add("x-amz-date", "20130524T000000Z")
        head.headers.add("x-amz-content-sha256", example.payloadHash)
        head.headers.add(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                + "SignedHeaders=\(example.signedHeaders),Signature=\(example.signature)")
        let request = try SigV4Verifier().verify(head, now: Example.time, credential: Example.credential)
        #expect(request.accessKey == Example.accessKey)
        #expect(!request.isPresigned)
        #expect(request.payloadForm == .signed(sha256: try #require(Hexadecimal.decode(example.payloadHash))))
    }

    @Test(arguments: examples.indices) func signsTheHeaderExamples(_ index: Int) throws {
        let example = Self.examples[index]
        var head = unsigned(example)
        let hash = try #require(Hexadecimal.decode(example.payloadHash))
        SigV4Signer(Example.credentials).sign(&head, payload: .sha256(hash), at: Example.time)
        let authorization = try #require(head.headers["authorization"])
        #expect(authorization.contains("SignedHeaders=\(example.signedHeaders),"))
        #expect(authorization.hasSuffix("Signature=\(example.signature)"))
    }

    static let presigned =
        "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        + "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        + "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"

    @Test func verifiesThePresignedExample() throws {
        let head = RequestHead(
            method: "GET", target: Self.presigned, headers: ["host": "examplebucket.s3.amazonaws.com"])
        let request = try SigV4Verifier().verify(head, now: Example.time, credential: Example.credential)
        #expect(request.isPresigned)
        #expect(request.payloadForm == .unsigned)
    }

    @Test func presignsTheExample() {
        let head = RequestHead(
            method: "GET", target: "/test.txt", headers: ["host": "examplebucket.s3.amazonaws.com"])
        let target = SigV4Signer(Example.credentials).presign(head, expiresSeconds: 86400, at: Example.time)
        #expect(target == Self.presigned)
    }

    @Test func refusesThePresignedExampleWhenItHasExpired() {
        let head = RequestHead(
            method: "GET", target: Self.presigned, headers: ["host": "examplebucket.s3.amazonaws.com"])
        let last = WallTime(milliseconds: Example.time.milliseconds + 86_400_000)
        #expect(
            s3Error { () throws(S3Error) in
                try SigV4Verifier().verify(head, now: last, credential: Example.credential)
            } == nil)
        let late = WallTime(milliseconds: last.milliseconds + 1000)
        let error = s3Error { () throws(S3Error) in
            try SigV4Verifier().verify(head, now: late, credential: Example.credential)
        }
        #expect(error?.code == .accessDenied)
        #expect(error?.message == "Request has expired")
    }
}

/// Every request that botocore signs is accepted; the same with another method, path, header or secret is not.
@Suite struct SigV4BotocoreTests {
    static let blocks = Fixture.blocks("signatures.txt")
    /// 2026-11-23T12:34:56Z.
    static let time = WallTime(milliseconds: 1_795_437_296_000)

    @Test func thereAreCases() { #expect(Self.blocks.count == 54) }

    @Test(arguments: blocks) func accepts(_ block: Fixture.Block) throws {
        let request = try SigV4Verifier().verify(block.head, now: Self.time, credential: Example.credential)
        #expect(request.accessKey == Example.accessKey)
        if !request.isPresigned {
            #expect(request.payloadForm == .signed(sha256: try #require(Hexadecimal.decode(block["sha256"]))))
        }
    }

    @Test(arguments: blocks) func refusesWhatWasChanged(_ block: Fixture.Block) {
        var changed: [RequestHead] = []
        var head = block.head
        head.method = head.method == "GET" ? "PUT" : "GET"
        changed.append(head)
        head = block.head
        head.target.insert(contentsOf: "x", at: head.target.index(after: head.target.startIndex))
        changed.append(head)
        head = block.head
        head.target += head.target.contains("?") ? "&z=1" : "?z=1"
        changed.append(head)
        head = block.head
        head.headers.set("host", "127.0.0.1:9001")
        changed.append(head)
        for head in changed {
            let error = s3Error { () throws(S3Error) in
                try SigV4Verifier().verify(head, now: Self.time, credential: Example.credential)
            }
            #expect(error?.code == .signatureDoesNotMatch)
        }
        let error = s3Error { () throws(S3Error) in
            try SigV4Verifier().verify(
                block.head, now: Self.time, credential: { _ in Credential(secretKey: "another secret", user: "user") })
        }
        #expect(error?.code == .signatureDoesNotMatch)
    }
}
