import Core
import HTTP
import Testing

@testable import S3

/// Requests that are malformed or unusual, each with the answer that AWS documents for it.
@Suite struct RequestTableTests {
    @Test(arguments: RequestTable.rows("requests.json")) func answersAsDocumented(_ row: RequestTable.Row) {
        let error = s3Error { () throws(S3Error) in try S3RequestParser().parse(row.head, form: .unsigned) }
        #expect(RequestTable.answer(error) == row.answer)
    }

    /// The HTTP parser lets no such length through (RFC 9112 section 6.3), so that no client sees this.
    @Test func refusesALengthThatIsNoNumber() {
        let head = RequestHead(
            method: "PUT", target: "/bucket/key", headers: ["host": "a", "content-length": "99999999999999999999"])
        let error = s3Error { () throws(S3Error) in try S3RequestParser().parse(head, form: .unsigned) }
        #expect(error?.code == .invalidArgument)
    }

    @Test func chunkedFormsNeedTheDecodedLength() throws {
        var head = RequestHead(
            method: "PUT", target: "/bucket/key",
            headers: [
                "content-length": "1000", "content-encoding": "aws-chunked, gzip",
                "x-amz-trailer": "x-amz-checksum-crc32",
                "x-amz-sdk-checksum-algorithm": "CRC32",
            ])
        let parse = { (head: RequestHead) in
            s3Error { () throws(S3Error) in
                try S3RequestParser().parse(head, form: .unsignedChunksWithTrailer)
            }
        }
        #expect(parse(head)?.code == .missingContentLength)
        head.headers.add("x-amz-decoded-content-length", "900")
        #expect(parse(head) == nil)
        guard case .putObject(let put) = try S3RequestParser().parse(head, form: .unsignedChunksWithTrailer) else {
            Issue.record("not a PutObject")
            return
        }
        #expect(put.payload.length == 900)
        #expect(put.payload.checksum == .inTrailer(.crc32))
        #expect(put.metadata.standard == [.init(.contentEncoding, "gzip")])
        head.headers.set("x-amz-decoded-content-length", "many")
        #expect(parse(head)?.code == .invalidArgument)
        head.headers.set("x-amz-decoded-content-length", "900")
        head.headers.set("x-amz-trailer", "x-amz-checksum-md9")
        #expect(parse(head)?.code == .invalidRequest)
    }

    @Test func readsMetadata() throws {
        let head = RequestHead(
            method: "PUT", target: "/bucket/key?x-amz-meta-hoisted=from%20query",
            headers: [
                "content-length": "0", "content-type": "text/html", "cache-control": "no-cache",
                "content-encoding": "aws-chunked", "X-Amz-Meta-One": "1", "x-amz-meta-two": "a", "x-amz-meta-TWO": "b",
                "x-amz-meta-word": "=?UTF-8?B?w6k=?=", "x-amz-meta-q": "=?utf-8?Q?a_=C3=A9?=", "x-amz-meta-raw": "é",
            ])
        guard case .putObject(let put) = try S3RequestParser().parse(head, form: .unsigned) else {
            Issue.record("not a PutObject")
            return
        }
        #expect(put.metadata.standard == [.init(.contentType, "text/html"), .init(.cacheControl, "no-cache")])
        #expect(
            put.metadata.user == [
                .init("one", "1"), .init("two", "a,b"), .init("word", "é"), .init("q", "a é"), .init("raw", "é"),
                .init("hoisted", "from query"),
            ])
    }
}
