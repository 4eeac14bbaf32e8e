import Core
import HTTP
import Testing

@testable import S3

/// Requests of the multipart, copy, tagging, ACL and listing operations, each with the code that AWS documents for it.
/// `nil`: served. The page that says so stands before each group.
@Suite struct ObjectOperationTableTests {
    typealias Row = RequestTableTests.Row

    static let md5: Headers = ["content-length": "0", "content-md5": "1B2M2Y8AsgTpgAmY7PhCfg=="]
    static func copy(_ more: Headers = [:], source: String = "/bucket2/k") -> Headers {
        var headers: Headers = ["x-amz-copy-source": source]
        for field in more.fields { headers.add(field.name, field.value) }
        return headers
    }

    static let rows: [Row] = multipart + copies + listings + documents

    static let multipart: [Row] = [
        // API_CreateMultipartUpload.html; checking-object-integrity-upload.html: which type goes with which algorithm.
        Row("POST", "/bucket/key?uploads", [:], nil),
        Row("POST", "/bucket/key?uploads=", [:], nil),
        Row("POST", "/bucket?uploads", [:], .methodNotAllowed),
        Row("POST", "/bucket/key?uploads&uploadId=x", [:], .invalidArgument),
        Row("POST", "/bucket/key?uploads", ["x-amz-checksum-algorithm": "CRC32"], nil),
        Row("POST", "/bucket/key?uploads", ["x-amz-checksum-algorithm": "crc32c"], nil),
        Row("POST", "/bucket/key?uploads", ["x-amz-checksum-algorithm": "XXHASH128"], nil),
        Row("POST", "/bucket/key?uploads", ["x-amz-checksum-algorithm": "ADLER32"], .invalidRequest),
        Row("POST", "/bucket/key?uploads", ["x-amz-checksum-type": "FULL_OBJECT"], .invalidRequest),
        Row("POST", "/bucket/key?uploads", checksum("CRC32", "FULL_OBJECT"), nil),
        Row("POST", "/bucket/key?uploads", checksum("CRC32", "COMPOSITE"), nil),
        Row("POST", "/bucket/key?uploads", checksum("CRC32", "composite"), .invalidRequest),
        Row("POST", "/bucket/key?uploads", checksum("CRC32C", "FULL_OBJECT"), nil),
        Row("POST", "/bucket/key?uploads", checksum("CRC64NVME", "FULL_OBJECT"), nil),
        Row("POST", "/bucket/key?uploads", checksum("CRC64NVME", "COMPOSITE"), .invalidRequest),
        Row("POST", "/bucket/key?uploads", checksum("SHA1", "COMPOSITE"), nil),
        Row("POST", "/bucket/key?uploads", checksum("SHA1", "FULL_OBJECT"), .invalidRequest),
        Row("POST", "/bucket/key?uploads", checksum("SHA256", "FULL_OBJECT"), .invalidRequest),
        Row("POST", "/bucket/key?uploads", ["x-amz-tagging": "a=b&c="], nil),
        Row("POST", "/bucket/key?uploads", ["x-amz-server-side-encryption": "aws:kms"], .notImplemented),
        Row("POST", "/bucket/key?uploads", ["x-amz-object-lock-legal-hold": "ON"], .notImplemented),
        Row("POST", "/bucket/key?uploads", ["x-amz-storage-class": "GLACIER"], .notImplemented),
        Row("POST", "/bucket/key?uploads", ["x-amz-acl": "public-read"], .notImplemented),
        Row("POST", "/bucket/key?uploads", ["x-amz-mp-object-size": "5"], .notImplemented),
        // API_UploadPart.html.
        Row("PUT", "/bucket/key?partNumber=1&uploadId=x", ["content-length": "0"], nil),
        Row("PUT", "/bucket/key?uploadId=x&partNumber=10000", ["content-length": "5368709120"], nil),
        Row("PUT", "/bucket/key?partNumber=1&uploadId=x", ["content-length": "5368709121"], .entityTooLarge),
        Row("PUT", "/bucket/key?partNumber=1&uploadId=x", [:], .missingContentLength),
        Row("PUT", "/bucket/key?partNumber=0&uploadId=x", ["content-length": "0"], .invalidArgument),
        Row("PUT", "/bucket/key?partNumber=10001&uploadId=x", ["content-length": "0"], .invalidArgument),
        Row("PUT", "/bucket/key?partNumber=-1&uploadId=x", ["content-length": "0"], .invalidArgument),
        Row("PUT", "/bucket/key?partNumber=1.5&uploadId=x", ["content-length": "0"], .invalidArgument),
        Row("PUT", "/bucket/key?partNumber=&uploadId=x", ["content-length": "0"], .invalidArgument),
        Row("PUT", "/bucket/key?uploadId=x", ["content-length": "0"], .invalidArgument),
        Row("PUT", "/bucket?partNumber=1&uploadId=x", ["content-length": "0"], nil),
        Row(
            "PUT", "/bucket/key?partNumber=1&uploadId=x", ["content-length": "0", "content-md5": "x"], .invalidDigest),
        Row(
            "PUT", "/bucket/key?partNumber=1&uploadId=x",
            ["content-length": "0", "x-amz-checksum-sha256": "AAAA"], .invalidRequest),
        Row(
            "PUT", "/bucket/key?partNumber=1&uploadId=x", ["content-length": "0", "x-amz-tagging": "a=b"],
            .notImplemented),
        Row(
            "PUT", "/bucket/key?partNumber=1&uploadId=x",
            ["content-length": "0", "x-amz-server-side-encryption-customer-key": "x"], .notImplemented),
        // API_UploadPartCopy.html.
        Row("PUT", "/bucket/key?partNumber=1&uploadId=x", copy(), nil),
        Row("PUT", "/bucket/key?partNumber=1&uploadId=x", copy(["x-amz-copy-source-range": "bytes=0-9"]), nil),
        Row("PUT", "/bucket/key?partNumber=1&uploadId=x", copy(["x-amz-copy-source-range": "bytes=9-9"]), nil),
        Row(
            "PUT", "/bucket/key?partNumber=1&uploadId=x", copy(["x-amz-copy-source-range": "bytes=9-8"]),
            .invalidArgument),
        Row(
            "PUT", "/bucket/key?partNumber=1&uploadId=x", copy(["x-amz-copy-source-range": "bytes=0-"]),
            .invalidArgument),
        Row(
            "PUT", "/bucket/key?partNumber=1&uploadId=x", copy(["x-amz-copy-source-range": "bytes=-5"]),
            .invalidArgument),
        Row("PUT", "/bucket/key?partNumber=1&uploadId=x", copy(["x-amz-copy-source-range": "0-9"]), .invalidArgument),
        Row(
            "PUT", "/bucket/key?partNumber=1&uploadId=x",
            copy(["x-amz-copy-source-range": "bytes=0-99999999999999999999"]), .invalidArgument),
        Row("PUT", "/bucket/key?partNumber=1&uploadId=x", copy(["x-amz-metadata-directive": "COPY"]), .notImplemented),
        // API_CompleteMultipartUpload.html.
        Row("POST", "/bucket/key?uploadId=x", ["content-length": "10"], nil),
        Row("POST", "/bucket/key?uploadId=x", ["content-length": "5242881"], .maxMessageLengthExceeded),
        Row("POST", "/bucket/key?uploadId=x", ["x-amz-mp-object-size": "104857600"], nil),
        Row("POST", "/bucket/key?uploadId=x", ["x-amz-mp-object-size": "-1"], .invalidRequest),
        Row("POST", "/bucket/key?uploadId=x", ["x-amz-mp-object-size": ""], .invalidRequest),
        Row("POST", "/bucket/key?uploadId=x", ["x-amz-checksum-crc64nvme": "rosUhgp5mIg="], nil),
        Row("POST", "/bucket/key?uploadId=x", ["x-amz-checksum-crc32": "Ft5DbQ==-3"], nil),
        Row("POST", "/bucket/key?uploadId=x", ["x-amz-checksum-crc32": "Ft5DbQ==-x"], .invalidRequest),
        Row("POST", "/bucket/key?uploadId=x", ["x-amz-checksum-crc32": "x"], .invalidRequest),
        Row("POST", "/bucket/key?uploadId=x", ["x-amz-checksum-type": "FULL_OBJECT"], nil),
        Row("POST", "/bucket/key?uploadId=x", ["x-amz-checksum-type": "HALF"], .invalidRequest),
        Row("POST", "/bucket/key?uploadId=x", ["if-none-match": "*"], nil),
        Row("POST", "/bucket/key?uploadId=x", ["if-none-match": "abc"], .notImplemented),
        Row("POST", "/bucket/key?uploadId=x", ["if-match": "\"abc\""], nil),
        // API_AbortMultipartUpload.html, API_ListParts.html.
        Row("DELETE", "/bucket/key?uploadId=x", [:], nil),
        Row(
            "DELETE", "/bucket/key?uploadId=x", ["x-amz-if-match-initiated-time": "Sun, 06 Nov 1994 08:49:37 GMT"],
            .notImplemented),
        Row("GET", "/bucket/key?uploadId=x", [:], nil),
        Row("GET", "/bucket/key?uploadId=x&max-parts=5&part-number-marker=3", [:], nil),
        Row("GET", "/bucket/key?uploadId=x&max-parts=0", [:], nil),
        Row("GET", "/bucket/key?uploadId=x&max-parts=-1", [:], .invalidArgument),
        Row("GET", "/bucket/key?uploadId=x&max-parts=many", [:], .invalidArgument),
        Row("GET", "/bucket/key?uploadId=x&part-number-marker=-1", [:], .invalidArgument),
        Row("GET", "/bucket/key?uploadId=x&part-number-marker=x", [:], .invalidArgument),
        Row("HEAD", "/bucket/key?uploadId=x", [:], .methodNotAllowed),
    ]

    static func checksum(_ algorithm: String, _ type: String) -> Headers {
        ["x-amz-checksum-algorithm": algorithm, "x-amz-checksum-type": type]
    }

    static let copies: [Row] = [
        // API_CopyObject.html.
        Row("PUT", "/bucket/key", copy(), nil),
        Row("PUT", "/bucket/key", copy(source: "bucket2/k"), nil),
        Row("PUT", "/bucket/key", copy(source: "bucket2%2Fk"), nil),
        Row("PUT", "/bucket/key", copy(source: "/bucket2/k?versionId=null"), nil),
        Row("PUT", "/bucket/key", copy(source: "/bucket2/k?versionId="), .invalidArgument),
        Row("PUT", "/bucket/key", copy(source: "/bucket2/k?versionId=abc"), .invalidArgument),
        Row("PUT", "/bucket/key", copy(source: "/bucket2"), .invalidArgument),
        Row("PUT", "/bucket/key", copy(source: "/bucket2/"), .invalidArgument),
        Row("PUT", "/bucket/key", copy(source: "/"), .invalidArgument),
        Row("PUT", "/bucket/key", copy(source: ""), .invalidArgument),
        Row("PUT", "/bucket/key", copy(source: "//k"), .invalidArgument),
        Row("PUT", "/bucket/key", copy(source: "/bucket2/%zz"), .invalidArgument),
        Row("PUT", "/bucket/key", copy(source: "/bucket2/%FF"), .invalidURI),
        Row("PUT", "/bucket/key", copy(source: "/B_2/k"), .invalidBucketName),
        Row("PUT", "/bucket/key", copy(source: "/bucket2/\(String(repeating: "k", count: 1025))"), .keyTooLong),
        Row("PUT", "/bucket/key?versionId=null", copy(), .invalidArgument),
        Row("PUT", "/bucket/key", copy(["x-amz-metadata-directive": "REPLACE", "x-amz-meta-a": "1"]), nil),
        Row("PUT", "/bucket/key", copy(["x-amz-metadata-directive": "MERGE"]), .invalidArgument),
        Row("PUT", "/bucket/key", copy(["x-amz-tagging-directive": "REPLACE", "x-amz-tagging": "a=1"]), nil),
        Row("PUT", "/bucket/key", copy(["x-amz-tagging-directive": "replace"]), .invalidArgument),
        Row("PUT", "/bucket/key", copy(["x-amz-checksum-algorithm": "SHA256"]), nil),
        Row("PUT", "/bucket/key", copy(["x-amz-checksum-algorithm": "SHA257"]), .invalidRequest),
        Row("PUT", "/bucket/key", copy(["x-amz-copy-source-if-match": "\"abc\""]), nil),
        Row("PUT", "/bucket/key", copy(["x-amz-copy-source-if-match": "\"abc"]), .invalidArgument),
        Row("PUT", "/bucket/key", copy(["x-amz-copy-source-if-modified-since": "never"]), nil),
        Row("PUT", "/bucket/key", copy(["if-none-match": "*"]), nil),
        Row("PUT", "/bucket/key", copy(["if-match": "abc"]), nil),
        Row("PUT", "/bucket/key", copy(["if-none-match": "abc"]), .notImplemented),
        Row("PUT", "/bucket/key", copy(["x-amz-copy-source-range": "bytes=0-1"]), .notImplemented),
        Row(
            "PUT", "/bucket/key", copy(["x-amz-copy-source-server-side-encryption-customer-algorithm": "AES256"]),
            .notImplemented),
        Row("PUT", "/bucket/key", copy(["x-amz-source-expected-bucket-owner": "111122223333"]), .notImplemented),
        Row("PUT", "/bucket/key", copy(["x-amz-object-annotation-directive": "COPY"]), .notImplemented),
        // "This copy request is illegal …": onto itself with nothing changed.
        Row("PUT", "/bucket/key", copy(source: "/bucket/key"), .invalidRequest),
        Row("PUT", "/bucket/key", copy(source: "bucket/k%65y"), .invalidRequest),
        Row("PUT", "/bucket/key", copy(["x-amz-metadata-directive": "COPY"], source: "/bucket/key"), .invalidRequest),
        Row("PUT", "/bucket/key", copy(["x-amz-metadata-directive": "REPLACE"], source: "/bucket/key"), nil),
        Row("PUT", "/bucket/key", copy(["x-amz-storage-class": "STANDARD"], source: "/bucket/key"), nil),
        Row("PUT", "/bucket/key", copy(["x-amz-checksum-algorithm": "CRC32"], source: "/bucket/key"), nil),
        Row("GET", "/bucket/key", copy(), .notImplemented),
        Row("DELETE", "/bucket/key", copy(), .notImplemented),
    ]

    static let listings: [Row] = [
        // API_ListMultipartUploads.html.
        Row("GET", "/bucket?uploads", [:], nil),
        Row("GET", "/bucket?uploads&max-uploads=5&prefix=a&delimiter=%2F&key-marker=a&upload-id-marker=b", [:], nil),
        Row("GET", "/bucket?uploads&upload-id-marker=b", [:], nil),
        Row("GET", "/bucket?uploads&max-uploads=-1", [:], .invalidArgument),
        Row("GET", "/bucket?uploads&max-uploads=x", [:], .invalidArgument),
        Row("GET", "/bucket?uploads&encoding-type=base64", [:], .invalidArgument),
        Row("GET", "/bucket?uploads&prefix=\(String(repeating: "k", count: 1025))", [:], .keyTooLong),
        // API_ListObjectVersions.html.
        Row("GET", "/bucket?versions", [:], nil),
        Row("GET", "/bucket?versions&key-marker=a&version-id-marker=null", [:], nil),
        Row("GET", "/bucket?versions&version-id-marker=null", [:], .invalidArgument),
        Row("GET", "/bucket?versions&key-marker=a&version-id-marker=", [:], .invalidArgument),
        Row("GET", "/bucket?versions&key-marker=a&version-id-marker=x", [:], .invalidArgument),
        Row("GET", "/bucket?versions&max-keys=-1", [:], .invalidArgument),
        Row("GET", "/bucket?versions&encoding-type=x", [:], .invalidArgument),
        // API_GetObjectAttributes.html.
        Row("GET", "/bucket/key?attributes", ["x-amz-object-attributes": "ETag"], nil),
        Row("GET", "/bucket/key?attributes", ["x-amz-object-attributes": "ETag,Checksum , ObjectParts"], nil),
        Row("GET", "/bucket/key?attributes", [:], .invalidRequest),
        Row("GET", "/bucket/key?attributes", ["x-amz-object-attributes": ""], .invalidRequest),
        Row("GET", "/bucket/key?attributes", ["x-amz-object-attributes": "etag"], .invalidArgument),
        Row("GET", "/bucket/key?attributes", ["x-amz-object-attributes": "ETag,Owner"], .invalidArgument),
        Row(
            "GET", "/bucket/key?attributes", ["x-amz-object-attributes": "ObjectParts", "x-amz-max-parts": "-1"],
            .invalidArgument),
        Row(
            "GET", "/bucket/key?attributes",
            ["x-amz-object-attributes": "ObjectParts", "x-amz-part-number-marker": "x"], .invalidArgument),
        Row("GET", "/bucket/key?attributes&versionId=abc", ["x-amz-object-attributes": "ETag"], .invalidArgument),
        Row("GET", "/bucket/key", ["x-amz-object-attributes": "ETag"], .notImplemented),
        // What SDKs probe; the pages of each.
        Row("GET", "/bucket?versioning", [:], nil),
        Row("GET", "/bucket?policyStatus", [:], nil),
        Row("GET", "/bucket?metrics&id=1", [:], nil),
        Row("DELETE", "/bucket?cors", [:], nil),
        Row("GET", "/bucket/key?retention", [:], nil),
        Row("PUT", "/bucket?versioning", ["content-length": "0"], .notImplemented),
        Row("PUT", "/bucket?policy", ["content-length": "0"], .notImplemented),
        Row("PUT", "/bucket?cors", ["content-length": "0"], .notImplemented),
    ]

    static let documents: [Row] = [
        // API_DeleteObjects.html: "Content-MD5 … is required", or another checksum.
        Row("POST", "/bucket?delete", md5, nil),
        Row("POST", "/bucket?delete", ["content-length": "0", "x-amz-checksum-crc32": "AAAAAA=="], nil),
        Row("POST", "/bucket?delete", ["content-length": "0"], .invalidRequest),
        Row("POST", "/bucket?delete", ["content-length": "0", "content-md5": "x"], .invalidDigest),
        Row(
            "POST", "/bucket?delete", ["content-length": "8388609", "content-md5": "1B2M2Y8AsgTpgAmY7PhCfg=="],
            .maxMessageLengthExceeded),
        Row("POST", "/bucket/key?delete", md5, .methodNotAllowed),
        // API_PutObjectTagging.html, API_PutBucketTagging.html; object-tagging.html for the header.
        Row("PUT", "/bucket/key?tagging", md5, nil),
        Row("PUT", "/bucket/key?tagging", ["content-length": "0"], .invalidRequest),
        Row("PUT", "/bucket/key?tagging&versionId=null", md5, nil),
        Row("PUT", "/bucket/key?tagging&versionId=abc", md5, .invalidArgument),
        Row("GET", "/bucket/key?tagging&versionId=", [:], .invalidArgument),
        Row("DELETE", "/bucket/key?tagging", [:], nil),
        Row("PUT", "/bucket?tagging", md5, nil),
        Row("PUT", "/bucket?tagging", ["content-length": "0"], .invalidRequest),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-tagging": ""], nil),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-tagging": "a=1&b=%20x+y&c"], nil),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-tagging": "a=1&a=2"], .invalidArgument),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-tagging": "a=%zz"], .invalidArgument),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-tagging": "=1"], .invalidTag),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-tagging": "aws:a=1"], .invalidTag),
        Row("PUT", "/bucket/key", ["content-length": "0", "x-amz-tagging": "a%3Cb=1"], .invalidTag),
        Row(
            "PUT", "/bucket/key",
            ["content-length": "0", "x-amz-tagging": (0..<10).map { "k\($0)=v" }.joined(separator: "&")], nil),
        Row(
            "PUT", "/bucket/key",
            ["content-length": "0", "x-amz-tagging": (0..<11).map { "k\($0)=v" }.joined(separator: "&")], .badRequest),
        // API_PutObjectAcl.html, API_PutBucketAcl.html.
        Row("PUT", "/bucket?acl", ["x-amz-acl": "private"], nil),
        Row("PUT", "/bucket?acl", ["x-amz-acl": "public-read"], .notImplemented),
        Row("PUT", "/bucket?acl", ["x-amz-acl": "bucket-owner-full-control"], .notImplemented),
        Row("PUT", "/bucket?acl", ["x-amz-acl": "open"], .invalidArgument),
        Row("PUT", "/bucket?acl", [:], .missingSecurityHeader),
        Row("PUT", "/bucket?acl", ["content-length": "10"], nil),
        Row("PUT", "/bucket?acl", ["content-length": "10", "x-amz-acl": "private"], .unexpectedContent),
        Row("PUT", "/bucket?acl", ["x-amz-grant-full-control": "id=\"abc\""], nil),
        Row("PUT", "/bucket?acl", ["x-amz-grant-full-control": "abc"], .invalidArgument),
        Row("PUT", "/bucket?acl", ["x-amz-grant-read": "name=\"abc\""], .invalidArgument),
        Row("PUT", "/bucket?acl", ["x-amz-grant-read": "id=a", "x-amz-acl": "private"], .invalidRequest),
        Row("PUT", "/bucket/key?acl", ["x-amz-acl": "bucket-owner-full-control"], nil),
        Row("PUT", "/bucket/key?acl", ["x-amz-acl": "authenticated-read"], .notImplemented),
        Row("GET", "/bucket/key?acl", [:], nil),
        Row("GET", "/bucket/key?acl&versionId=abc", [:], .invalidArgument),
        Row("DELETE", "/bucket?acl", [:], .methodNotAllowed),
        // RESTObjectPOST.html.
        Row("POST", "/bucket", form(["content-length": "1000"]), nil),
        Row("POST", "/bucket", form([:]), .missingContentLength),
        Row("POST", "/bucket", form(["content-length": "5368739121"]), .entityTooLarge),
        Row("POST", "/bucket", form(["transfer-encoding": "chunked"]), .notImplemented),
        Row("POST", "/bucket", ["content-length": "0"], .preconditionFailed),
        Row("POST", "/bucket", ["content-length": "0", "content-type": "text/plain"], .preconditionFailed),
    ]

    static func form(_ more: Headers) -> Headers {
        var headers: Headers = ["content-type": "multipart/form-data; boundary=abc"]
        for field in more.fields { headers.add(field.name, field.value) }
        return headers
    }

    @Test(arguments: rows.indices) func answersWithTheCode(_ index: Int) {
        let row = Self.rows[index]
        var headers = row.headers
        headers.add("host", "localhost:9000")
        let head = RequestHead(method: row.method, target: row.target, headers: headers)
        let error = s3Error { () throws(S3Error) in try S3RequestParser().parse(head, form: .unsigned) }
        #expect(error?.code == row.code, "\(row.method) \(row.target) \(row.headers.fields)")
    }
}
