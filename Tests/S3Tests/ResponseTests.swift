import Core
import HTTP
import Testing

@testable import S3

/// Answers as the "Response Syntax" of the API page that each test names has them.
@Suite struct ResponseTests {
    static let time = WallTime(milliseconds: 1_255_369_830_000)
    static let iso = "2009-10-12T17:50:30.000Z"
    static let owner = Owner(id: "1f", displayName: "alice")
    static let ownerXML = "<Owner><ID>1f</ID><DisplayName>alice</DisplayName></Owner>"
    static let initiatorXML = "<Initiator><ID>1f</ID><DisplayName>alice</DisplayName></Initiator>"
    static let crc = ObjectChecksum(algorithm: .crc32, value: [0x36, 0x10, 0xA6, 0x86])
    static let composite = ObjectChecksum(
        algorithm: .crc32, type: .composite, value: [0x36, 0x10, 0xA6, 0x86], parts: 3)

    let bucket: BucketName
    let key: ObjectKey
    let part: PartNumber

    init() throws {
        bucket = try BucketName("bucket")
        key = try ObjectKey("a&b/é")
        part = try #require(PartNumber(3))
    }

    /// The document without its declaration and namespace.
    func text(_ response: S3Response) -> String {
        #expect(response.head.headers["content-length"] == "\(response.body.count)")
        let text = String(decoding: response.body, as: UTF8.self)
        #expect(text.hasPrefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"))
        #expect(text.contains(" xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\""))
        return text.replacing("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", with: "")
            .replacing(" xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"", with: "")
    }

    @Test func createMultipartUpload() {
        var request = CreateMultipartUploadRequest(bucket: bucket, key: key)
        let plain = S3Response.createMultipartUpload(UploadID(text: "u1"), to: request)
        #expect(
            text(plain)
                == "<InitiateMultipartUploadResult><Bucket>bucket</Bucket><Key>a&amp;b/é</Key><UploadId>u1</UploadId>"
                + "</InitiateMultipartUploadResult>")
        #expect(plain.head.headers["x-amz-checksum-algorithm"] == nil)
        request.checksum = MultipartChecksum(.sha256, .composite)
        let response = S3Response.createMultipartUpload(UploadID(text: "u1"), to: request)
        #expect(response.head.headers["x-amz-checksum-algorithm"] == "SHA256")
        #expect(response.head.headers["x-amz-checksum-type"] == "COMPOSITE")
    }

    @Test func uploadPart() {
        let response = S3Response.uploadPart(UploadPartResult(tag: EntityTag(text: "t"), checksum: Self.crc))
        #expect(response.head.headers["etag"] == "\"t\"")
        #expect(response.head.headers["x-amz-checksum-crc32"] == "NhCmhg==")
        #expect(response.body.isEmpty)
    }

    @Test func copies() {
        let result = CopyResult(
            tag: EntityTag(text: "t"), lastModified: Self.time, checksum: Self.crc, sourceVersion: "null")
        let object = S3Response.copyObject(result)
        #expect(
            text(object)
                == "<CopyObjectResult><LastModified>\(Self.iso)</LastModified><ETag>&quot;t&quot;</ETag>"
                + "<ChecksumType>FULL_OBJECT</ChecksumType><ChecksumCRC32>NhCmhg==</ChecksumCRC32></CopyObjectResult>")
        #expect(object.head.headers["x-amz-copy-source-version-id"] == "null")
        #expect(
            text(S3Response.uploadPartCopy(result))
                == "<CopyPartResult><LastModified>\(Self.iso)</LastModified><ETag>&quot;t&quot;</ETag>"
                + "<ChecksumCRC32>NhCmhg==</ChecksumCRC32></CopyPartResult>")
    }

    @Test func completeMultipartUpload() {
        let response = S3Response.completeMultipartUpload(
            CompleteMultipartUploadResult(tag: EntityTag(text: "t-3"), checksum: Self.composite),
            to: CompleteMultipartUploadRequest(bucket: bucket, key: key, upload: UploadID(text: "u")),
            location: "http://h/bucket/a%26b/%C3%A9")
        #expect(
            text(response)
                == "<CompleteMultipartUploadResult><Location>http://h/bucket/a%26b/%C3%A9</Location>"
                + "<Bucket>bucket</Bucket><Key>a&amp;b/é</Key><ETag>&quot;t-3&quot;</ETag>"
                + "<ChecksumCRC32>NhCmhg==-3</ChecksumCRC32><ChecksumType>COMPOSITE</ChecksumType>"
                + "</CompleteMultipartUploadResult>")
    }

    @Test func listParts() {
        let result = ListPartsResult(
            parts: [
                ListedPart(
                    number: part, size: 5_242_880, lastModified: Self.time, tag: EntityTag(text: "t"),
                    checksum: Self.crc)
            ], isTruncated: true, owner: Self.owner, initiator: Self.owner,
            checksum: MultipartChecksum(.crc32, .composite))
        let request = ListPartsRequest(
            bucket: bucket, key: key, upload: UploadID(text: "u"), maximumParts: 1, marker: 2)
        #expect(
            text(.listParts(result, to: request))
                == "<ListPartsResult><Bucket>bucket</Bucket><Key>a&amp;b/é</Key><UploadId>u</UploadId>"
                + Self.initiatorXML + Self.ownerXML
                + "<StorageClass>STANDARD</StorageClass><PartNumberMarker>2</PartNumberMarker>"
                + "<NextPartNumberMarker>3</NextPartNumberMarker><MaxParts>1</MaxParts><IsTruncated>true</IsTruncated>"
                + "<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>COMPOSITE</ChecksumType>"
                + "<Part><PartNumber>3</PartNumber><LastModified>\(Self.iso)</LastModified><ETag>&quot;t&quot;</ETag>"
                + "<Size>5242880</Size><ChecksumCRC32>NhCmhg==</ChecksumCRC32></Part></ListPartsResult>")
    }

    @Test func listMultipartUploads() {
        let request = ListMultipartUploadsRequest(
            bucket: bucket, prefix: Array("a".utf8), delimiter: Array("/".utf8), maximumUploads: 2,
            keyMarker: Array("a&".utf8), uploadMarker: UploadID(text: "m"), encodesKeys: true)
        let result = ListMultipartUploadsResult(
            uploads: [
                ListedUpload(
                    key: key.bytes, upload: UploadID(text: "u"), initiated: Self.time, owner: Self.owner,
                    initiator: Self.owner, checksum: MultipartChecksum(.crc64nvme, .fullObject))
            ], commonPrefixes: [Array("a b/".utf8)], next: .upload(key: key.bytes, UploadID(text: "u")))
        #expect(
            text(.listMultipartUploads(result, to: request))
                == "<ListMultipartUploadsResult><Bucket>bucket</Bucket><KeyMarker>a%26</KeyMarker>"
                + "<UploadIdMarker>m</UploadIdMarker><NextKeyMarker>a%26b/%C3%A9</NextKeyMarker>"
                + "<NextUploadIdMarker>u</NextUploadIdMarker><Prefix>a</Prefix><Delimiter>/</Delimiter>"
                + "<EncodingType>url</EncodingType><MaxUploads>2</MaxUploads><IsTruncated>true</IsTruncated>"
                + "<Upload><Key>a%26b/%C3%A9</Key><UploadId>u</UploadId>" + Self.initiatorXML + Self.ownerXML
                + "<StorageClass>STANDARD</StorageClass><Initiated>\(Self.iso)</Initiated>"
                + "<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType></Upload>"
                + "<CommonPrefixes><Prefix>a%20b/</Prefix></CommonPrefixes></ListMultipartUploadsResult>")
    }

    @Test func listObjectVersions() throws {
        let request = ListObjectVersionsRequest(
            bucket: bucket, maximumKeys: 1, keyMarker: Array("a".utf8), versionMarker: "null")
        let result = ListObjectsResult(
            objects: [
                ListedObject(key: key.bytes, size: 5, lastModified: Self.time, tag: EntityTag(text: "t"))
            ], next: .key(key.bytes), owner: Self.owner)
        #expect(
            text(.listObjectVersions(result, to: request))
                == "<ListVersionsResult><Name>bucket</Name><Prefix></Prefix><KeyMarker>a</KeyMarker>"
                + "<VersionIdMarker>null</VersionIdMarker><NextKeyMarker>a&amp;b/é</NextKeyMarker>"
                + "<NextVersionIdMarker>null</NextVersionIdMarker><MaxKeys>1</MaxKeys><IsTruncated>true</IsTruncated>"
                + "<Version><Key>a&amp;b/é</Key><VersionId>null</VersionId><IsLatest>true</IsLatest>"
                + "<LastModified>\(Self.iso)</LastModified><ETag>&quot;t&quot;</ETag><Size>5</Size>" + Self.ownerXML
                + "<StorageClass>STANDARD</StorageClass></Version></ListVersionsResult>")
    }

    @Test func deleteObjects() throws {
        var request = DeleteObjectsRequest(bucket: bucket)
        let result = DeleteObjectsResult(outcomes: [
            .init(.init(key: key)), .init(.init(key: try ObjectKey("n"), version: .null)),
            .init(.init(key: try ObjectKey("c")), error: S3Error(.preconditionFailed)),
        ])
        let failure =
            "<Error><Key>c</Key><Code>PreconditionFailed</Code>"
            + "<Message>At least one of the pre-conditions you specified did not hold</Message></Error>"
        #expect(
            text(.deleteObjects(result, to: request))
                == "<DeleteResult><Deleted><Key>a&amp;b/é</Key></Deleted>"
                + "<Deleted><Key>n</Key><VersionId>null</VersionId></Deleted>\(failure)</DeleteResult>")
        request.isQuiet = true
        #expect(text(.deleteObjects(result, to: request)) == "<DeleteResult>\(failure)</DeleteResult>")
    }

    @Test func getObjectAttributes() throws {
        let object = ObjectDescription(
            size: 9, tag: EntityTag(text: "t-3"), lastModified: Self.time, checksum: Self.composite)
        let result = ObjectAttributesResult(
            object: object,
            parts: .init(totalCount: 3, parts: [.init(number: part, size: 4, checksum: Self.crc)], isTruncated: true))
        let all: GetObjectAttributesRequest.Attributes = [.tag, .checksum, .parts, .storageClass, .size]
        let response = S3Response.getObjectAttributes(
            result,
            to: GetObjectAttributesRequest(
                bucket: bucket, key: key, attributes: all, maximumParts: 1, partMarker: 2))
        #expect(
            text(response)
                == "<GetObjectAttributesResponse><ETag>t-3</ETag><Checksum><ChecksumCRC32>NhCmhg==</ChecksumCRC32>"
                + "<ChecksumType>COMPOSITE</ChecksumType></Checksum><ObjectParts><PartsCount>3</PartsCount>"
                + "<PartNumberMarker>2</PartNumberMarker><NextPartNumberMarker>3</NextPartNumberMarker>"
                + "<MaxParts>1</MaxParts><IsTruncated>true</IsTruncated><Part><PartNumber>3</PartNumber><Size>4</Size>"
                + "<ChecksumCRC32>NhCmhg==</ChecksumCRC32></Part></ObjectParts><StorageClass>STANDARD</StorageClass>"
                + "<ObjectSize>9</ObjectSize></GetObjectAttributesResponse>")
        #expect(response.head.headers["last-modified"] == "Mon, 12 Oct 2009 17:50:30 GMT")
        let some = S3Response.getObjectAttributes(
            result, to: GetObjectAttributesRequest(bucket: bucket, key: key, attributes: [.size]))
        #expect(
            text(some) == "<GetObjectAttributesResponse><ObjectSize>9</ObjectSize></GetObjectAttributesResponse>")
    }

    @Test func taggingAndACL() throws {
        let tags = try TagSet([Tag("a", "1"), Tag("b", "")], of: .object)
        #expect(
            text(.tagging(tags))
                == "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key><Value></Value></Tag>"
                + "</TagSet></Tagging>")
        #expect(
            text(.accessControlPolicy(Self.owner))
                == "<AccessControlPolicy>\(Self.ownerXML)<AccessControlList><Grant>"
                + "<Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\">"
                + "<ID>1f</ID><DisplayName>alice</DisplayName></Grantee><Permission>FULL_CONTROL</Permission>"
                + "</Grant></AccessControlList></AccessControlPolicy>")
        #expect(S3Response.putObjectTagging().head.status == 200)
        for response in [
            S3Response.deleteObjectTagging(), .putBucketTagging(), .deleteBucketTagging(), .abortMultipartUpload(),
        ] {
            #expect(response.head.status == 204)
        }
    }

    /// GET and HEAD of one part: API_GetObject.html, "partNumber", "x-amz-mp-parts-count".
    @Test func partsOfObjects() throws {
        var request = GetObjectRequest(bucket: bucket, key: key, part: part, wantsChecksum: true)
        var object = ObjectDescription(
            size: 100, tag: EntityTag(text: "t-3"), lastModified: Self.time, checksum: Self.composite, tagCount: 2,
            partCount: 3, part: .init(range: 90..<100, checksum: Self.crc))
        #expect(try request.decide(object) == .part(90..<100))
        let head = S3Response.getObject(object, try request.decide(object), to: request)
        #expect(head.status == 206)
        #expect(head.headers["content-range"] == "bytes 90-99/100")
        #expect(head.headers["x-amz-mp-parts-count"] == "3")
        #expect(head.headers["x-amz-tagging-count"] == "2")
        #expect(head.headers["x-amz-checksum-crc32"] == "NhCmhg==")
        object.part = nil
        let missing = s3Error { () throws(S3Error) in try request.decide(object) }
        #expect(missing?.code == .invalidPartNumber)
        #expect(missing?.status == 416)

        // An object that was stored in one piece is its own first part.
        object.partCount = nil
        object.checksum = Self.crc
        #expect(s3Error { () throws(S3Error) in try request.decide(object) }?.code == .invalidPartNumber)
        request.part = PartNumber(1)
        #expect(try request.decide(object) == .part(0..<100))
        let whole = S3Response.getObject(object, .part(0..<100), to: request)
        #expect(whole.headers["x-amz-checksum-crc32"] == "NhCmhg==")
        #expect(whole.headers["x-amz-mp-parts-count"] == nil)
        object.size = 0
        #expect(try request.decide(object) == .whole)
    }
}

/// The pages of the operations; the codes also in ErrorResponses.html.
@Suite struct ConfigurationTests {
    static let errors: [(String, String, Int)] = [
        ("GET ?cors", "NoSuchCORSConfiguration", 404), ("GET ?policy", "NoSuchBucketPolicy", 404),
        ("GET ?policyStatus", "NoSuchBucketPolicy", 404), ("GET ?lifecycle", "NoSuchLifecycleConfiguration", 404),
        ("GET ?encryption", "ServerSideEncryptionConfigurationNotFoundError", 404),
        ("GET ?replication", "ReplicationConfigurationNotFoundError", 404),
        ("GET ?website", "NoSuchWebsiteConfiguration", 404),
        ("GET ?object-lock", "ObjectLockConfigurationNotFoundError", 404),
        ("GET ?publicAccessBlock", "NoSuchPublicAccessBlockConfiguration", 404),
        ("GET ?metrics&id=1", "NoSuchConfiguration", 404), ("GET ?analytics&id=1", "NoSuchConfiguration", 404),
        ("GET ?inventory&id=1", "NoSuchConfiguration", 404),
        ("GET ?intelligent-tiering&id=1", "NoSuchConfiguration", 404),
        ("DELETE ?metrics&id=1", "NoSuchConfiguration", 404), ("GET /key?retention", "InvalidRequest", 400),
        ("GET /key?legal-hold", "InvalidRequest", 400),
    ]

    static let documents: [(String, String)] = [
        ("GET ?versioning", "VersioningConfiguration"), ("GET ?logging", "BucketLoggingStatus"),
        ("GET ?accelerate", "AccelerateConfiguration"), ("GET ?notification", "NotificationConfiguration"),
        ("GET ?requestPayment", "RequestPaymentConfiguration"), ("GET ?ownershipControls", "OwnershipControls"),
        ("GET ?abac", "AbacStatus"), ("GET ?metrics", "ListMetricsConfigurationsResult"),
        ("GET ?analytics", "ListBucketAnalyticsConfigurationResult"),
        ("GET ?inventory", "ListInventoryConfigurationsResult"),
        ("GET ?intelligent-tiering", "ListBucketIntelligentTieringConfigurationsOutput"),
    ]

    func request(_ text: String) throws -> ConfigurationRequest? {
        let pieces = text.split(separator: " ")
        let head = RequestHead(
            method: String(pieces[0]), target: "/bucket\(pieces[1])", headers: ["host": "localhost"])
        guard case .configuration(let request) = try S3RequestParser().parse(head, form: .unsigned) else { return nil }
        return request
    }

    @Test(arguments: errors.indices) func whatIsNotThereSaysSo(_ index: Int) throws {
        let (text, code, status) = Self.errors[index]
        let request = try #require(try request(text))
        let error = s3Error { () throws(S3Error) in try S3Response.configuration(request) }
        #expect(error?.code.rawValue == code)
        #expect(error?.status == status)
    }

    @Test(arguments: documents.indices) func emptyDocuments(_ index: Int) throws {
        let (text, name) = Self.documents[index]
        let request = try #require(try request(text))
        let root = try XMLElement.parse(S3Response.configuration(request).body)
        #expect(root.name == name)
        switch name {
        case "RequestPaymentConfiguration": #expect(root.child("Payer")?.text == "BucketOwner")
        case "OwnershipControls":
            #expect(root.child("Rule")?.child("ObjectOwnership")?.text == "BucketOwnerEnforced")
        case "AbacStatus": #expect(root.child("Status")?.text == "Disabled")
        case let list where list.hasPrefix("List"): #expect(root.child("IsTruncated")?.text == "false")
        default: #expect(root.children.isEmpty)
        }
    }

    @Test(arguments: [
        "cors", "encryption", "lifecycle", "ownershipControls", "policy", "replication", "website", "publicAccessBlock",
    ])
    func removingWhatIsNotThere(_ name: String) throws {
        let request = try #require(try request("DELETE ?\(name)"))
        #expect(try S3Response.configuration(request).head.status == 204)
    }
}
