import Core
import HTTP
import Testing

@testable import S3

/// Requests that are malformed or unusual, each with the code that AWS documents for it. `nil`: served.
@Suite struct RequestTableTests {
    struct Row: Sendable {
        var method: String
        var target: String
        var headers: Headers
        var code: S3ErrorCode?

        init(_ method: String, _ target: String, _ headers: Headers = [:], _ code: S3ErrorCode?) {
            self.method = method
            self.target = target
            self.headers = headers
            self.code = code
        }
    }

    static let rows: [Row] = [
        // Methods and resources (ErrorResponses.html: MethodNotAllowed, NotImplemented).
        Row("POST", "/", [:], .methodNotAllowed),
        Row("DELETE", "/", [:], .methodNotAllowed),
        Row("PATCH", "/bucket", [:], .methodNotAllowed),
        Row("PATCH", "/bucket/key", [:], .methodNotAllowed),
        Row("POST", "/bucket/key", [:], .methodNotAllowed),
        Row("get", "/bucket/key", [:], .methodNotAllowed),
        Row("POST", "/bucket?acl", [:], .methodNotAllowed),
        Row("GET", "/bucket/key?uploads", [:], .methodNotAllowed),
        Row("OPTIONS", "/bucket/key", [:], .accessForbidden),
        Row("GET", "/bucket?acl&tagging", [:], .invalidArgument),
        Row("GET", "/bucket?acl&acl", [:], nil),
        Row("GET", "/bucket/key?unknown=parameter", [:], nil),
        Row("GET", "/bucket/key?x-id=GetObject", [:], nil),
        // bucketnamingrules.html.
        Row("PUT", "/ab", [:], .invalidBucketName),
        Row("PUT", "/\(String(repeating: "a", count: 64))", [:], .invalidBucketName),
        Row("PUT", "/\(String(repeating: "a", count: 63))", [:], nil),
        Row("PUT", "/Bucket", [:], .invalidBucketName),
        Row("PUT", "/under_score", [:], .invalidBucketName),
        Row("PUT", "/-bucket", [:], .invalidBucketName),
        Row("PUT", "/bucket-", [:], .invalidBucketName),
        Row("PUT", "/.bucket", [:], .invalidBucketName),
        Row("PUT", "/a..b", [:], .invalidBucketName),
        Row("PUT", "/a.b-c.d", [:], nil),
        Row("PUT", "/192.168.5.4", [:], .invalidBucketName),
        Row("PUT", "/192.168.5.x4", [:], nil),
        Row("PUT", "/xn--bucket", [:], .invalidBucketName),
        Row("PUT", "/sthree-bucket", [:], .invalidBucketName),
        Row("PUT", "/bucket-s3alias", [:], .invalidBucketName),
        Row("PUT", "/bucket--ol-s3", [:], .invalidBucketName),
        Row("PUT", "/bucket--x-s3", [:], .invalidBucketName),
        Row("PUT", "/b%C3%BCcket", [:], .invalidBucketName),
        Row("GET", "//key", [:], .invalidBucketName),
        // object-keys.html: 1,024 bytes of UTF-8.
        Row("GET", "/bucket/\(String(repeating: "k", count: 1024))", [:], nil),
        Row("GET", "/bucket/\(String(repeating: "k", count: 1025))", [:], .keyTooLong),
        Row("GET", "/bucket/\(String(repeating: "%C3%A9", count: 512))", [:], nil),
        Row("GET", "/bucket/\(String(repeating: "%C3%A9", count: 513))", [:], .keyTooLong),
        Row("GET", "/bucket/%FF", [:], .invalidURI),
        Row("GET", "/bucket/%C3", [:], .invalidURI),
        Row("GET", "/bucket/%ED%A0%80", [:], .invalidURI),
        Row("GET", "/bucket/%zz", [:], .invalidURI),
        Row("GET", "/bucket/key?a=%zz", [:], .invalidURI),
        Row("GET", "/bucket?prefix=%FF", [:], .invalidURI),
        // API_ListObjectsV2.html.
        Row("GET", "/bucket?list-type=2&max-keys=0", [:], nil),
        Row("GET", "/bucket?list-type=2&max-keys=", [:], nil),
        Row("GET", "/bucket?list-type=2&max-keys=2147483647", [:], nil),
        Row("GET", "/bucket?list-type=2&max-keys=2147483648", [:], .invalidArgument),
        Row("GET", "/bucket?list-type=2&max-keys=-1", [:], .invalidArgument),
        Row("GET", "/bucket?list-type=2&max-keys=blah", [:], .invalidArgument),
        Row("GET", "/bucket?list-type=3", [:], .invalidArgument),
        Row("GET", "/bucket?list-type=2&encoding-type=url", [:], nil),
        Row("GET", "/bucket?list-type=2&encoding-type=xml", [:], .invalidArgument),
        Row("GET", "/bucket?list-type=2&continuation-token=", [:], .invalidArgument),
        Row("GET", "/bucket?list-type=2&continuation-token=garbage", [:], .invalidArgument),
        Row("GET", "/bucket?max-keys=blah", [:], .invalidArgument),
        Row("GET", "/?max-buckets=0", [:], .invalidArgument),
        Row("GET", "/?max-buckets=10001", [:], .invalidArgument),
        Row("GET", "/?max-buckets=10000", [:], nil),
        Row("GET", "/?continuation-token=x", [:], .invalidArgument),
        // API_GetObject.html.
        Row("GET", "/bucket/key?versionId=null", [:], nil),
        Row("GET", "/bucket/key?versionId=", [:], .invalidArgument),
        Row("GET", "/bucket/key?versionId=3L4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY", [:], .invalidArgument),
        Row("GET", "/bucket/key?partNumber=0", [:], .invalidArgument),
        Row("GET", "/bucket/key?partNumber=10001", [:], .invalidArgument),
        Row("GET", "/bucket/key?partNumber=x", [:], .invalidArgument),
        Row("GET", "/bucket/key?partNumber=1", [:], nil),
        Row("GET", "/bucket/key?partNumber=%2B1", [:], .invalidArgument),
        Row("GET", "/bucket/key?partNumber=1", ["range": "bytes=0-1"], .invalidRequest),
        Row("GET", "/bucket/key", ["if-match": "\"open"], .invalidArgument),
        Row("GET", "/bucket/key", ["if-none-match": ""], .invalidArgument),
        Row("GET", "/bucket/key", ["if-modified-since": "yesterday"], nil),
        Row("GET", "/bucket/key?response-content-type=text%2Fplain", [:], nil),
        Row("GET", "/bucket/key?response-content-type=a%0D%0Ab:%20c", [:], .invalidArgument),
        Row("GET", "/bucket/key?response-content-disposition=%E2%82%AC", [:], .invalidArgument),
        Row("GET", "/bucket/key", ["x-amz-server-side-encryption-customer-algorithm": "AES256"], .notImplemented),
        Row("GET", "/bucket/key", ["x-amz-checksum-mode": "ENABLED", "x-amz-request-payer": "requester"], nil),
        Row("GET", "/bucket/key", ["x-amz-expected-bucket-owner": "111122223333"], .notImplemented),
        // API_PutObject.html: length.
        Row("PUT", "/bucket/key", [:], .missingContentLength),
        Row("PUT", "/bucket/key", ["content-length": "0"], nil),
        Row("PUT", "/bucket/key", ["content-length": "5368709120"], nil),
        Row("PUT", "/bucket/key", ["content-length": "5368709121"], .entityTooLarge),
        Row("PUT", "/bucket/key", ["content-length": "99999999999999999999"], .invalidArgument),
        Row("PUT", "/bucket/key", ["transfer-encoding": "chunked"], .notImplemented),
        Row("PUT", "/bucket/key?partNumber=1", ["content-length": "0"], .invalidArgument),
        Row("PUT", "/bucket/key?versionId=null", ["content-length": "0"], .invalidArgument),
        // Digests and checksums (checking-object-integrity-upload.html).
        Row("PUT", "/bucket/key", ["content-length": "0", "content-md5": "1B2M2Y8AsgTpgAmY7PhCfg=="], nil),
        Row("PUT", "/bucket/key", ["content-length": "0", "content-md5": "nonsense"], .invalidDigest),
        Row("PUT", "/bucket/key", ["content-length": "0", "content-md5": "AAAA"], .invalidDigest),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-checksum-crc32": "AAAAAA=="], nil),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-checksum-crc32": "AAAA"], .invalidRequest),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-checksum-sha1": "!"], .invalidRequest),
        Row(
            "PUT", "/bucket/key",
            ["content-length": "0", "x-amz-checksum-crc32": "AAAAAA==", "x-amz-checksum-crc32c": "AAAAAA=="],
            .invalidRequest),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-checksum-xxhash64": "AAAAAAAAAAA="], nil),
        Row(
            "PUT", "/bucket/key", ["content-length": "0", "x-amz-checksum-xxhash128": "AAAAAAAAAAA="], .invalidRequest),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-checksum-md6": "AAAA"], .notImplemented),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-sdk-checksum-algorithm": "CRC32"], .invalidRequest),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-sdk-checksum-algorithm": "ROT13"], .invalidRequest),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-trailer": "x-amz-checksum-crc32"], .invalidRequest),
        Row("PUT", "/bucket/key?x-amz-checksum-crc32=AAAAAA%3D%3D", ["content-length": "0"], nil),
        Row("PUT", "/bucket/key?x-amz-checksum-xxhash3=AAAAAAAAAAA%3D", ["content-length": "0"], nil),
        Row("PUT", "/bucket/key?X-Amz-Checksum-Sha512=AAAA", ["content-length": "0"], .invalidRequest),
        Row("PUT", "/bucket/key?x-amz-checksum-crc32=x", ["content-length": "0"], .invalidRequest),
        // Conditional writes (conditional-writes.html).
        Row("PUT", "/bucket/key", ["content-length": "0", "if-none-match": "*"], nil),
        Row("PUT", "/bucket/key", ["content-length": "0", "if-none-match": "\"abc\""], .notImplemented),
        Row("PUT", "/bucket/key", ["content-length": "0", "if-match": "\"abc\""], nil),
        Row("PUT", "/bucket/key", ["content-length": "0", "if-match": "*"], .notImplemented),
        Row("PUT", "/bucket/key", ["content-length": "0", "if-match": "a", "if-none-match": "*"], .notImplemented),
        Row("PUT", "/bucket/key", ["content-length": "0", "if-modified-since": "x"], .notImplemented),
        Row("PUT", "/bucket/key", ["content-length": "0", "content-range": "bytes 0-1/2"], .notImplemented),
        Row("DELETE", "/bucket/key", ["if-match": "*"], nil),
        Row("DELETE", "/bucket/key", ["if-match": "\"abc\""], nil),
        Row("DELETE", "/bucket/key", ["x-amz-if-match-size": "5"], .notImplemented),
        Row("DELETE", "/bucket/key", ["x-amz-mfa": "20899872 301749"], .notImplemented),
        // Fields that would change the object's meaning.
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-acl": "private"], nil),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-acl": "bucket-owner-full-control"], nil),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-acl": "public-read"], .notImplemented),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-acl": "mine"], .invalidArgument),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-grant-read": "id=1"], .notImplemented),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-storage-class": "STANDARD"], nil),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-storage-class": "GLACIER"], .notImplemented),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-storage-class": "WARM"], .invalidStorageClass),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-server-side-encryption": "AES256"], .notImplemented),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-tagging": "a=b"], nil),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-object-lock-mode": "GOVERNANCE"], .notImplemented),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-website-redirect-location": "/"], .notImplemented),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-copy-source": "/a/b"], .invalidBucketName),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-write-offset-bytes": "5"], .notImplemented),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-unheard-of": "1"], .notImplemented),
        Row("PUT", "/bucket/key?X-Amz-Server-Side-Encryption=AES256", ["content-length": "0"], .notImplemented),
        Row("PUT", "/bucket", ["x-amz-bucket-object-lock-enabled": "true"], .notImplemented),
        Row("PUT", "/bucket", ["x-amz-bucket-object-lock-enabled": "false"], nil),
        Row("PUT", "/bucket", ["x-amz-object-ownership": "BucketOwnerEnforced"], nil),
        Row("PUT", "/bucket", ["x-amz-object-ownership": "ObjectWriter"], .notImplemented),
        Row("PUT", "/bucket", ["content-length": "65537"], .maxMessageLengthExceeded),
        // UsingMetadata.html: 2 KB.
        Row(
            "PUT", "/bucket/key", ["content-length": "0", "x-amz-meta-a": String(repeating: "x", count: 2047)], nil),
        Row(
            "PUT", "/bucket/key", ["content-length": "0", "x-amz-meta-a": String(repeating: "x", count: 2048)],
            .metadataTooLarge),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-meta-": "x"], .invalidArgument),
        Row("PUT", "/bucket/key?x-amz-meta-a%0d=1", ["content-length": "0"], .invalidArgument),
    ]

    @Test(arguments: rows.indices) func answersWithTheCode(_ index: Int) {
        let row = Self.rows[index]
        var headers = row.headers
        headers.add("host", "localhost:9000")
        let head = RequestHead(method: row.method, target: row.target, headers: headers)
        let error = s3Error { () throws(S3Error) in try S3RequestParser().parse(head, form: .unsigned) }
        #expect(error?.code == row.code, "\(row.method) \(row.target) \(row.headers.fields)")
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
