import Core
import HTTP
import Testing

@testable import S3

/// Every operation of botocore's model of S3 is found by name.
@Suite struct RoutingTests {
    static let routes = Fixture.blocks("routes.txt").filter { block in
        // Directory buckets live at another endpoint, which has the same URI.
        block["operation"] != "ListDirectoryBuckets"
    }

    /// Names of the model that stand for an older form of the same request.
    static let aliases = [
        "GetBucketLifecycle": "GetBucketLifecycleConfiguration",
        "PutBucketLifecycle": "PutBucketLifecycleConfiguration",
        "GetBucketNotification": "GetBucketNotificationConfiguration",
        "PutBucketNotification": "PutBucketNotificationConfiguration",
    ]

    @Test func thereAreRoutes() { #expect(Self.routes.count >= 100) }

    @Test(arguments: routes) func findsTheOperation(_ block: Fixture.Block) throws {
        var headers: Headers = ["host": "localhost:9000"]
        for name in block.all("header") { headers.add(name, "/source/key") }
        let head = RequestHead(method: block["method"], target: block["target"], headers: headers)
        let query = try QueryItems(head.rawQuery)
        let name = try OperationRoutes.name(
            method: head.method, RequestAddress(head, domains: []), query, RequestFields(head, query))
        #expect(name.rawValue == Self.aliases[block["operation"]] ?? block["operation"])
    }

    static let notServed: Set<OperationName> = [
        .deleteObjectAnnotation, .getObjectAnnotation, .listObjectAnnotations, .putObjectAnnotation,
        .updateBucketMetadataAnnotationTableConfiguration, .createBucketMetadataConfiguration,
        .createBucketMetadataTableConfiguration, .createSession,
        .deleteBucketMetadataConfiguration, .deleteBucketMetadataTableConfiguration, .getBucketMetadataConfiguration,
        .getBucketMetadataTableConfiguration, .getObjectTorrent, .putBucketABAC, .putBucketAccelerateConfiguration,
        .putBucketAnalyticsConfiguration, .putBucketCORS, .putBucketEncryption,
        .putBucketIntelligentTieringConfiguration, .putBucketInventoryConfiguration, .putBucketLifecycleConfiguration,
        .putBucketLogging, .putBucketMetricsConfiguration, .putBucketNotificationConfiguration,
        .putBucketOwnershipControls, .putBucketPolicy, .putBucketReplication, .putBucketRequestPayment,
        .putBucketVersioning, .putBucketWebsite, .putObjectLegalHold, .putObjectLockConfiguration,
        .putObjectRetention, .putPublicAccessBlock, .renameObject, .restoreObject, .selectObjectContent,
        .updateBucketMetadataInventoryTableConfiguration, .updateBucketMetadataJournalTableConfiguration,
        .updateObjectEncryption, .writeGetObjectResponse,
    ]

    /// What is not served says so, by its name: never silence.
    @Test(arguments: routes) func refusesWhatIsNotServed(_ block: Fixture.Block) throws {
        let name = OperationName(rawValue: Self.aliases[block["operation"]] ?? block["operation"])
        var headers: Headers = [
            "host": "localhost:9000", "content-length": "0", "content-md5": "1B2M2Y8AsgTpgAmY7PhCfg==",
        ]
        for name in block.all("header") where name == "x-amz-copy-source" { headers.add(name, "/source/key") }
        for name in block.all("header") where name == "x-amz-object-attributes" { headers.add(name, "ETag") }
        if name == .putBucketACL || name == .putObjectACL { headers.add("x-amz-acl", "private") }
        let head = RequestHead(method: block["method"], target: block["target"], headers: headers)
        let error = s3Error { () throws(S3Error) in
            let operation = try S3RequestParser().parse(head, form: .unsigned)
            #expect(operation.name == name)
            #expect(operation.bucket?.text ?? "bucket" == "bucket")
        }
        if let name, Self.notServed.contains(name) {
            #expect(error?.code == .notImplemented)
            #expect(error?.details.first?.value == name.rawValue)
        } else {
            #expect(error == nil)
        }
    }

    struct Address: Sendable {
        var host = "s3.example.com"
        var target: String
        var expected: RequestAddress?
    }

    static let addresses: [Address] = [
        Address(target: "/", expected: .service),
        Address(target: "/?list-type=2", expected: .service),
        Address(target: "/bucket", expected: .bucket("bucket")),
        Address(target: "/bucket/", expected: .bucket("bucket")),
        Address(target: "/bucket?uploads", expected: .bucket("bucket")),
        Address(target: "/bucket/key", expected: .object(bucket: "bucket", key: Array("key".utf8))),
        Address(target: "/bucket/a/b", expected: .object(bucket: "bucket", key: Array("a/b".utf8))),
        Address(target: "/bucket//", expected: .object(bucket: "bucket", key: Array("/".utf8))),
        Address(target: "/bucket//a//b/", expected: .object(bucket: "bucket", key: Array("/a//b/".utf8))),
        Address(target: "/bucket/..", expected: .object(bucket: "bucket", key: Array("..".utf8))),
        Address(target: "/bucket/a/../b/.", expected: .object(bucket: "bucket", key: Array("a/../b/.".utf8))),
        Address(target: "/bucket/a%2Fb", expected: .object(bucket: "bucket", key: Array("a/b".utf8))),
        Address(target: "/bucket/a+b%2B", expected: .object(bucket: "bucket", key: Array("a+b+".utf8))),
        Address(target: "/bucket/%20%25", expected: .object(bucket: "bucket", key: Array(" %".utf8))),
        Address(target: "/bucket/%F0%9F%90%93", expected: .object(bucket: "bucket", key: Array("🐓".utf8))),
        Address(target: "/bucket/a%3Fb?c", expected: .object(bucket: "bucket", key: Array("a?b".utf8))),
        Address(target: "/buc%6Bet/k", expected: .object(bucket: "bucket", key: Array("k".utf8))),
        Address(target: "/bucket/%", expected: nil),
        Address(target: "/bucket/%4", expected: nil),
        Address(target: "/bucket/%GG", expected: nil),
        Address(target: "*", expected: nil),
        Address(target: "", expected: nil),
        Address(host: "bucket.s3.example.com", target: "/", expected: .bucket("bucket")),
        Address(host: "bucket.s3.example.com:9000", target: "/?location", expected: .bucket("bucket")),
        Address(
            host: "bucket.s3.example.com", target: "/a/b", expected: .object(bucket: "bucket", key: Array("a/b".utf8))),
        Address(
            host: "my.dotted.bucket.S3.Example.COM", target: "//",
            expected: .object(bucket: "my.dotted.bucket", key: Array("/".utf8))),
        Address(host: ".s3.example.com", target: "/bucket", expected: .bucket("bucket")),
        Address(host: "evils3.example.com", target: "/bucket", expected: .bucket("bucket")),
        Address(host: "[::1]:9000", target: "/bucket", expected: .bucket("bucket")),
        Address(host: "127.0.0.1", target: "/bucket", expected: .bucket("bucket")),
    ]

    @Test(arguments: addresses.indices) func findsBucketAndKey(_ index: Int) {
        let address = Self.addresses[index]
        let head = RequestHead(method: "GET", target: address.target, headers: ["host": address.host])
        #expect((try? RequestAddress(head, domains: ["s3.example.com"])) == address.expected)
    }
}
