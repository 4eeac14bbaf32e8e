import Core
import HTTP
import Testing

@testable import S3

/// Documents of clients, each with the code that AWS documents; `nil`: taken.
@Suite struct DocumentTableTests {
    struct Row: Sendable {
        var target: String
        var document: String
        var code: S3ErrorCode?

        init(_ target: String, _ document: String, _ code: S3ErrorCode?) {
            self.target = target
            self.document = document
            self.code = code
        }
    }

    static let part = "<Part><PartNumber>1</PartNumber><ETag>a</ETag></Part>"
    static let second = "<Part><PartNumber>2</PartNumber><ETag>a</ETag></Part>"
    static func complete(_ parts: String) -> String { "<CompleteMultipartUpload>\(parts)</CompleteMultipartUpload>" }
    static func delete(_ objects: String) -> String { "<Delete>\(objects)</Delete>" }
    static func tagging(_ tags: String) -> String { "<Tagging><TagSet>\(tags)</TagSet></Tagging>" }
    static func tag(_ key: String, _ value: String) -> String {
        "<Tag><Key>\(key)</Key><Value>\(value)</Value></Tag>"
    }

    static let rows: [Row] = [
        // API_CompleteMultipartUpload.html: MalformedXML, InvalidPartOrder.
        Row("POST /bucket/key?uploadId=u", complete(part), nil),
        Row("POST /bucket/key?uploadId=u", complete(part + second), nil),
        Row("POST /bucket/key?uploadId=u", complete(second + part), .invalidPartOrder),
        Row("POST /bucket/key?uploadId=u", complete(part + part), .invalidPartOrder),
        Row("POST /bucket/key?uploadId=u", "", .missingRequestBody),
        Row("POST /bucket/key?uploadId=u", complete(""), .malformedXML),
        Row("POST /bucket/key?uploadId=u", "<Complete>\(part)</Complete>", .malformedXML),
        Row("POST /bucket/key?uploadId=u", complete(part).replacing("</Part>", with: ""), .malformedXML),
        Row("POST /bucket/key?uploadId=u", complete("<Part><PartNumber>1</PartNumber></Part>"), .malformedXML),
        Row("POST /bucket/key?uploadId=u", complete("<Part><ETag>a</ETag></Part>"), .malformedXML),
        Row("POST /bucket/key?uploadId=u", complete("<Piece/>"), .malformedXML),
        Row("POST /bucket/key?uploadId=u", complete(part.replacing("1", with: "one")), .malformedXML),
        Row("POST /bucket/key?uploadId=u", complete(part.replacing("1", with: "0")), .invalidArgument),
        Row("POST /bucket/key?uploadId=u", complete(part.replacing("1", with: "10001")), .invalidArgument),
        Row(
            "POST /bucket/key?uploadId=u", complete(part.replacing("</ETag>", with: "</ETag><Size>1</Size>")),
            .malformedXML),
        Row(
            "POST /bucket/key?uploadId=u",
            complete(part.replacing("</ETag>", with: "</ETag><ChecksumSHA1>AAAA</ChecksumSHA1>")), .invalidRequest),
        Row(
            "POST /bucket/key?uploadId=u",
            complete(part.replacing("</ETag>", with: "</ETag><ChecksumCRC32>AAAAAA==</ChecksumCRC32>")), nil),
        Row("POST /bucket/key?uploadId=u", "<!DOCTYPE a [<!ENTITY b \"c\">]>" + complete(part), .malformedXML),
        Row("POST /bucket/key?uploadId=u", complete(part) + complete(part), .malformedXML),
        Row(
            "POST /bucket/key?uploadId=u",
            complete((1...10_001).map { "<Part><PartNumber>\($0)</PartNumber><ETag>a</ETag></Part>" }.joined()),
            .malformedXML),
        Row(
            "POST /bucket/key?uploadId=u",
            complete((1...10_000).map { "<Part><PartNumber>\($0)</PartNumber><ETag>a</ETag></Part>" }.joined()), nil),
        // API_DeleteObjects.html: up to 1,000 keys.
        Row("POST /bucket?delete", delete("<Object><Key>a</Key></Object>"), nil),
        Row("POST /bucket?delete", delete("<Quiet>true</Quiet><Object><Key>a</Key></Object>"), nil),
        Row("POST /bucket?delete", delete("<Object><Key>a</Key><VersionId>null</VersionId></Object>"), nil),
        Row("POST /bucket?delete", delete("<Object><Key>a</Key><VersionId>x</VersionId></Object>"), .notImplemented),
        Row("POST /bucket?delete", delete("<Object><Key>a</Key><ETag>\"t\"</ETag></Object>"), nil),
        Row("POST /bucket?delete", delete("<Object><Key>a</Key><Size>5</Size></Object>"), .notImplemented),
        Row(
            "POST /bucket?delete",
            delete("<Object><Key>a</Key><LastModifiedTime>Sun, 06 Nov 1994 08:49:37 GMT</LastModifiedTime></Object>"),
            .notImplemented),
        Row("POST /bucket?delete", delete(""), .malformedXML),
        Row("POST /bucket?delete", "", .missingRequestBody),
        Row("POST /bucket?delete", "<delete/>", .malformedXML),
        Row("POST /bucket?delete", delete("<Object></Object>"), .malformedXML),
        Row("POST /bucket?delete", delete("<Object><Key></Key></Object>"), .userKeyMustBeSpecified),
        Row("POST /bucket?delete", delete("<Object><Key>a</Key><Key>b</Key></Object>"), .malformedXML),
        Row("POST /bucket?delete", delete("<Object><Name>a</Name></Object>"), .malformedXML),
        Row("POST /bucket?delete", delete("<Key>a</Key>"), .malformedXML),
        Row(
            "POST /bucket?delete",
            delete("<Object><Key>\(String(repeating: "k", count: 1025))</Key></Object>"), .keyTooLong),
        Row(
            "POST /bucket?delete",
            delete(String(repeating: "<Object><Key>a</Key></Object>", count: 1000)), nil),
        Row(
            "POST /bucket?delete",
            delete(String(repeating: "<Object><Key>a</Key></Object>", count: 1001)), .malformedXML),
        // API_PutObjectTagging.html, API_PutBucketTagging.html: InvalidTag, MalformedXML; object-tagging.html: limits.
        Row("PUT /bucket/key?tagging", tagging(tag("a", "b")), nil),
        Row("PUT /bucket/key?tagging", tagging(""), nil),
        Row("PUT /bucket/key?tagging", tagging(tag("a", "")), nil),
        Row("PUT /bucket/key?tagging", tagging(tag("a", "b") + tag("a", "c")), .invalidTag),
        Row("PUT /bucket/key?tagging", tagging(tag("a", "b") + tag("A", "c")), nil),
        Row("PUT /bucket/key?tagging", tagging(tag("", "b")), .invalidTag),
        Row("PUT /bucket/key?tagging", tagging(tag("aws:x", "b")), .invalidTag),
        Row("PUT /bucket/key?tagging", tagging(tag("AWS:x", "b")), .invalidTag),
        Row("PUT /bucket/key?tagging", tagging(tag(String(repeating: "k", count: 128), "b")), nil),
        Row("PUT /bucket/key?tagging", tagging(tag(String(repeating: "k", count: 129), "b")), .invalidTag),
        Row("PUT /bucket/key?tagging", tagging(tag("k", String(repeating: "v", count: 256))), nil),
        Row("PUT /bucket/key?tagging", tagging(tag("k", String(repeating: "v", count: 257))), .invalidTag),
        // Beyond the basic plane a letter takes two units of UTF-16.
        Row("PUT /bucket/key?tagging", tagging(tag(String(repeating: "𐐀", count: 64), "b")), nil),
        Row("PUT /bucket/key?tagging", tagging(tag(String(repeating: "𐐀", count: 65), "b")), .invalidTag),
        Row("PUT /bucket/key?tagging", tagging(tag("a_.:/=+-@ 1é", "_.:/=+-@ ")), nil),
        Row("PUT /bucket/key?tagging", tagging(tag("a!", "b")), .invalidTag),
        Row("PUT /bucket/key?tagging", tagging(tag("a", "🐓")), .invalidTag),
        Row("PUT /bucket/key?tagging", tagging((0..<10).map { tag("k\($0)", "v") }.joined()), nil),
        Row("PUT /bucket/key?tagging", tagging((0..<11).map { tag("k\($0)", "v") }.joined()), .badRequest),
        Row("PUT /bucket/key?tagging", "<Tagging/>", .malformedXML),
        Row("PUT /bucket/key?tagging", "<TagSet/>", .malformedXML),
        Row("PUT /bucket/key?tagging", tagging("<Tag><Key>a</Key></Tag>"), .malformedXML),
        Row("PUT /bucket/key?tagging", tagging("<Label/>"), .malformedXML),
        Row("PUT /bucket/key?tagging", "<Tagging><TagSet/><TagSet/></Tagging>", .malformedXML),
        Row("PUT /bucket/key?tagging", "", .missingRequestBody),
        Row("PUT /bucket?tagging", tagging((0..<50).map { tag("k\($0)", "v") }.joined()), nil),
        Row("PUT /bucket?tagging", tagging((0..<51).map { tag("k\($0)", "v") }.joined()), .badRequest),
        // API_PutObjectAcl.html: MalformedACLError.
        Row("PUT /bucket/key?acl", "<AccessControlPolicy><AccessControlList/></AccessControlPolicy>", nil),
        Row("PUT /bucket/key?acl", "<AccessControlPolicy/>", .malformedACL),
        Row("PUT /bucket/key?acl", "<AccessControlPolicy>", .malformedXML),
        Row("PUT /bucket/key?acl", "<Policy><AccessControlList/></Policy>", .malformedACL),
        Row("PUT /bucket/key?acl", acl("<Grantee><ID>a</ID></Grantee><Permission>READ</Permission>"), nil),
        Row("PUT /bucket/key?acl", acl("<Grantee><ID>a</ID></Grantee><Permission>ALL</Permission>"), .malformedACL),
        Row("PUT /bucket/key?acl", acl("<Grantee/><Permission>READ</Permission>"), .malformedACL),
        Row("PUT /bucket/key?acl", acl("<Permission>READ</Permission>"), .malformedACL),
    ]

    static func acl(_ grant: String) -> String {
        "<AccessControlPolicy><AccessControlList><Grant>\(grant)</Grant></AccessControlList></AccessControlPolicy>"
    }

    @Test(arguments: rows.indices) func answersWithTheCode(_ index: Int) throws {
        let row = Self.rows[index]
        let pieces = row.target.split(separator: " ")
        let head = RequestHead(
            method: String(pieces[0]), target: String(pieces[1]),
            headers: [
                "host": "localhost:9000", "content-length": "\(max(1, row.document.utf8.count))",
                "content-md5": "1B2M2Y8AsgTpgAmY7PhCfg==",
            ])
        var operation = try S3RequestParser().parse(head, form: .unsigned)
        let error = s3Error { () throws(S3Error) in try operation.accept(document: Array(row.document.utf8)) }
        #expect(error?.code == row.code, "\(row.target) \(row.document.prefix(300))")
    }

    /// API_DeleteObjects.html.
    @Test func readsWhatIsToBeDeleted() throws {
        let document = """
            <Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key> a&amp;b </Key></Object>
            <Object><Key>c</Key><VersionId>null</VersionId><ETag>"t"</ETag></Object><Quiet>true</Quiet></Delete>
            """
        let (objects, isQuiet) = try DeleteDocument.parse(Array(document.utf8))
        #expect(isQuiet)
        #expect(
            objects == [
                .init(key: try ObjectKey(" a&b ")),
                .init(key: try ObjectKey("c"), version: .null, condition: .ifMatches(EntityTag(text: "t"))),
            ])
    }
}
