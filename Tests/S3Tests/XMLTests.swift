import Core
import HTTP
import Testing

@testable import S3

@Suite struct XMLTests {
    private static func page(_ request: ListObjectsRequest, keys: [String]) -> ListObjectsResult {
        ListObjectsResult(
            objects: keys.map { key in
                ListedObject(
                    key: Array(key.utf8), size: 434_234, lastModified: WallTime(milliseconds: 1_255_369_830_000),
                    tag: EntityTag(text: "fba9dede5f27731c9771645a39863328"),
                    checksum: .init(.crc64nvme, .fullObject))
            }, commonPrefixes: [Array("photos/".utf8)], next: .commonPrefix(Array("photos/".utf8)),
            owner: Owner(id: "1f", displayName: "root"))
    }

    /// The elements of `API_ListObjectsV2.html`.
    @Test func listsObjects() throws {
        let request = ListObjectsRequest(
            bucket: try BucketName("bucket"), prefix: Array("p<".utf8), delimiter: Array("/".utf8), maximumKeys: 2)
        let response = S3Response.listObjects(Self.page(request, keys: ["a&b<c>\"d\"'\u{1}\r\n"]), to: request)
        let text = String(decoding: response.body, as: UTF8.self)
        let token = ContinuationToken.encode(.commonPrefix(Array("photos/".utf8)))
        #expect(
            text == """
                <?xml version="1.0" encoding="UTF-8"?>
                <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name>\
                <Prefix>p&lt;</Prefix><NextContinuationToken>\(token)</NextContinuationToken><KeyCount>2</KeyCount>\
                <MaxKeys>2</MaxKeys><Delimiter>/</Delimiter><IsTruncated>true</IsTruncated><Contents>\
                <Key>a&amp;b&lt;c&gt;&quot;d&quot;'&#1;&#13;&#10;</Key>\
                <LastModified>2009-10-12T17:50:30.000Z</LastModified>\
                <ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm>\
                <ChecksumType>FULL_OBJECT</ChecksumType><Size>434234</Size><StorageClass>STANDARD</StorageClass></Contents>\
                <CommonPrefixes><Prefix>photos/</Prefix></CommonPrefixes></ListBucketResult>
                """)
        #expect(response.head.headers["content-length"] == "\(response.body.count)")
    }

    @Test func readsBackWhatItWrites() throws {
        let request = ListObjectsRequest(bucket: try BucketName("bucket"), version: .v1, delimiter: Array("/".utf8))
        let key = "a&b<c>\"d\"'] ]>\té🐓"
        let root = try XMLElement.parse(S3Response.listObjects(Self.page(request, keys: [key]), to: request).body)
        #expect(root.name == "ListBucketResult")
        #expect(root.child("Contents")?.child("Key")?.text == key)
        #expect(root.child("Contents")?.child("Owner")?.child("ID")?.text == "1f")
        #expect(root.child("NextMarker")?.text == "photos/")
    }

    /// `encoding-type=url`: the API page's example, and bytes beyond ASCII.
    @Test(arguments: [
        ("test_file(3).png", "test_file%283%29.png"), ("a/b c+d", "a/b%20c%2Bd"), ("é~-_.", "%C3%A9~-_."), ("", ""),
        ("a%20b", "a%2520b"),
    ]) func encodesKeys(_ key: String, _ encoded: String) {
        var writer = XMLWriter()
        let head = writer.bytes.count
        writer.text(percentEncoding: Array(key.utf8))
        #expect(String(decoding: writer.bytes[head...], as: UTF8.self) == encoded)
    }

    /// XML 1.0, section 2.4: each character at each place of a word of eight, among others.
    @Test func escapesAtEveryPlace() {
        let escapes: [(UInt8, String)] = [
            (0x22, "&quot;"), (0x26, "&amp;"), (0x3C, "&lt;"), (0x3E, "&gt;"), (0x00, "&#0;"), (0x1F, "&#31;"),
            (0x09, "&#9;"), (0x20, " "), (0x21, "!"), (0x23, "#"), (0x27, "'"), (0x3D, "="), (0x3F, "?"),
            (0x7F, "\u{7F}"),
        ]
        for (byte, escaped) in escapes {
            for count in 1...20 {
                for place in 0..<count {
                    for filler in ["a", "#"] {
                        var text = [UInt8](repeating: filler.utf8.first ?? 0, count: count)
                        text[place] = byte
                        var writer = XMLWriter()
                        let head = writer.bytes.count
                        writer.text(utf8: text)
                        let expected =
                            String(repeating: filler, count: place) + escaped
                            + String(repeating: filler, count: count - place - 1)
                        #expect(String(decoding: writer.bytes[head...], as: UTF8.self) == expected)
                    }
                }
            }
        }
    }

    @Test func writesErrors() throws {
        let response = S3Error.noSuchKey(try ObjectKey("a&b")).response(
            resource: "/bucket/a&b", requestID: "4442587FB7D0A2F9")
        #expect(response.head.status == 404)
        #expect(
            String(decoding: response.body, as: UTF8.self) == """
                <?xml version="1.0" encoding="UTF-8"?>
                <Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>a&amp;b</Key>\
                <Resource>/bucket/a&amp;b</Resource><RequestId>4442587FB7D0A2F9</RequestId></Error>
                """)
    }

    @Test(
        arguments: [
            ("", nil, nil),
            ("<CreateBucketConfiguration/>", nil, nil),
            (
                "<CreateBucketConfiguration xmlns='http://s3.amazonaws.com/doc/2006-03-01/'><LocationConstraint>eu-west-1"
                    + "</LocationConstraint></CreateBucketConfiguration>", "eu-west-1", nil
            ),
            (
                "<a:CreateBucketConfiguration xmlns:a='x'><a:LocationConstraint>r</a:LocationConstraint>"
                    + "</a:CreateBucketConfiguration>", "r", nil
            ),
            (
                "<CreateBucketConfiguration><LocationConstraint>a<![CDATA[b]]>&#99;</LocationConstraint>"
                    + "</CreateBucketConfiguration>", "abc", nil
            ),
            ("<Other/>", nil, S3ErrorCode.malformedXML),
            ("<CreateBucketConfiguration>", nil, .malformedXML),
            ("nonsense", nil, .malformedXML),
            ("<CreateBucketConfiguration/><Second/>", nil, .malformedXML),
            ("<CreateBucketConfiguration><Unknown/></CreateBucketConfiguration>", nil, .malformedXML),
            (
                "<CreateBucketConfiguration><Bucket><Type>Directory</Type></Bucket></CreateBucketConfiguration>", nil,
                .notImplemented
            ),
            (
                "<!DOCTYPE a [<!ENTITY e 'x'>]><CreateBucketConfiguration>&e;</CreateBucketConfiguration>", nil,
                .malformedXML
            ),
            ("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><CreateBucketConfiguration/>", nil, .malformedXML),
            ("<CreateBucketConfiguration>&undefined;</CreateBucketConfiguration>", nil, .malformedXML),
        ] as [(String, String?, S3ErrorCode?)])
    func readsCreateBucketConfiguration(_ document: String, _ constraint: String?, _ code: S3ErrorCode?) {
        var result: String?
        let error = s3Error { () throws(S3Error) in
            result = try CreateBucketConfiguration.parse(Array(document.utf8))
        }
        #expect(error?.code == code)
        #expect(result == constraint)
    }

    @Test func boundsDepthAndCount() {
        let deep = String(repeating: "<a>", count: 17) + String(repeating: "</a>", count: 17)
        #expect(s3Error { () throws(S3Error) in try XMLElement.parse(Array(deep.utf8)) }?.code == .malformedXML)
        let wide = "<a>" + String(repeating: "<b/>", count: 100_001) + "</a>"
        #expect(s3Error { () throws(S3Error) in try XMLElement.parse(Array(wide.utf8)) }?.code == .malformedXML)
    }

    @Test(arguments: [ListPosition.key(Array("a/é".utf8)), .commonPrefix(Array("x/".utf8))])
    func tokensComeBack(_ position: ListPosition) throws {
        let token = ContinuationToken.encode(position)
        #expect(token.utf8.allSatisfy { PercentEncoding.isUnreserved($0) })
        #expect(try ContinuationToken.decode(token) == position)
        for index in token.indices {
            var changed = token
            changed.replaceSubrange(index...index, with: token[index] == "A" ? "B" : "A")
            #expect((try? ContinuationToken.decode(changed)) == nil)
        }
    }
}

@Suite struct ObjectResponseTests {
    private static func object() -> ObjectDescription {
        ObjectDescription(
            size: 100, tag: EntityTag(text: "abc"), lastModified: WallTime(milliseconds: 784_111_777_000),
            metadata: ObjectMetadata(
                standard: [.init(.contentType, "text/plain"), .init(.cacheControl, "no-cache")],
                user: [.init("name", "value"), .init("word", "é")]),
            checksum: ObjectChecksum(algorithm: .crc32, value: [1, 2, 3, 4]))
    }

    private static func head(_ request: GetObjectRequest) throws -> ResponseHead {
        S3Response.getObject(object(), try request.decide(object()), to: request)
    }

    @Test func whole() throws {
        let request = GetObjectRequest(bucket: try BucketName("bucket"), key: try ObjectKey("key"), wantsChecksum: true)
        let head = try Self.head(request)
        #expect(head.status == 200)
        #expect(head.headers["content-length"] == "100")
        #expect(head.headers["etag"] == "\"abc\"")
        #expect(head.headers["last-modified"] == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(head.headers["content-type"] == "text/plain")
        #expect(head.headers["accept-ranges"] == "bytes")
        #expect(head.headers["x-amz-meta-name"] == "value")
        #expect(head.headers["x-amz-meta-word"] == "=?UTF-8?B?w6k=?=")
        #expect(head.headers["x-amz-checksum-crc32"] == "AQIDBA==")
        #expect(head.headers["x-amz-checksum-type"] == "FULL_OBJECT")
    }

    @Test func part() throws {
        let request = GetObjectRequest(
            bucket: try BucketName("bucket"), key: try ObjectKey("key"), range: RangeRequest("bytes=-10"),
            overrides: [.init(.contentType, "text/html")], wantsChecksum: true)
        let head = try Self.head(request)
        #expect(head.status == 206)
        #expect(head.headers["content-range"] == "bytes 90-99/100")
        #expect(head.headers["content-length"] == "10")
        #expect(head.headers["content-type"] == "text/html")
        #expect(head.headers["x-amz-checksum-crc32"] == nil)
    }

    @Test func notModified() throws {
        let request = GetObjectRequest(
            bucket: try BucketName("bucket"), key: try ObjectKey("key"), conditions: ReadConditions(ifNoneMatch: .any))
        let head = try Self.head(request)
        #expect(head.status == 304)
        #expect(head.headers["etag"] == "\"abc\"")
        #expect(head.headers["cache-control"] == "no-cache")
        #expect(head.headers["content-length"] == nil)
    }

    @Test func everyCodeHasAStatusAndAText() {
        for code in S3ErrorCode.allCases {
            #expect((300...599).contains(code.status))
            #expect(code.defaultMessage != "The request cannot be served.", "\(code.rawValue)")
        }
    }
}
