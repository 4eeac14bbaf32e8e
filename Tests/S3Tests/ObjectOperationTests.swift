import Core
import HTTP
import Testing

@testable import S3

/// What the parser makes of well-formed requests, by the pages that each test names.
@Suite struct ObjectOperationTests {
    func parse(_ method: String, _ target: String, _ headers: Headers = [:]) throws -> S3Operation {
        var headers = headers
        headers.add("host", "localhost:9000")
        return try S3RequestParser().parse(
            RequestHead(method: method, target: target, headers: headers), form: .unsigned)
    }

    let bucket: BucketName
    let key: ObjectKey

    init() throws {
        bucket = try BucketName("bucket")
        key = try ObjectKey("key")
    }

    /// API_CreateMultipartUpload.html. The default type of a CRC is COMPOSITE.
    @Test func createMultipartUpload() throws {
        let operation = try parse(
            "POST", "/bucket/key?uploads",
            [
                "content-type": "a/b", "x-amz-meta-x": "1", "x-amz-checksum-algorithm": "CRC32",
                "x-amz-tagging": "a=1&b=c%20d+e",
            ])
        #expect(
            operation
                == .createMultipartUpload(
                    CreateMultipartUploadRequest(
                        bucket: bucket, key: key,
                        metadata: ObjectMetadata(
                            standard: [.init(.contentType, "a/b")], user: [.init("x", "1")]),
                        tags: try TagSet([Tag("a", "1"), Tag("b", "c d e")], of: .object),
                        checksum: MultipartChecksum(.crc32, .composite))))
        #expect(
            try parse("POST", "/bucket/key?uploads")
                == .createMultipartUpload(CreateMultipartUploadRequest(bucket: bucket, key: key)))
    }

    /// API_UploadPart.html.
    @Test func uploadPart() throws {
        let part = try #require(PartNumber(7))
        let checksum = ObjectChecksum(algorithm: .xxhash64, value: [UInt8](repeating: 0, count: 8))
        #expect(
            try parse(
                "PUT", "/bucket/key?partNumber=7&uploadId=abc%2Fd",
                ["content-length": "5", "x-amz-checksum-xxhash64": "AAAAAAAAAAA="])
                == .uploadPart(
                    UploadPartRequest(
                        bucket: bucket, key: key, upload: UploadID(text: "abc/d"), part: part,
                        payload: PayloadDescription(form: .unsigned, length: 5, checksum: .given(checksum)))))
    }

    /// API_UploadPartCopy.html, API_CopyObject.html.
    @Test func uploadPartCopy() throws {
        let part = try #require(PartNumber(2))
        var source = CopySource(bucket: try BucketName("source"), key: try ObjectKey("a b/c+d?"), version: .null)
        source.conditions.ifNoneMatch = .any
        let operation = try parse(
            "PUT", "/bucket/key?partNumber=2&uploadId=u",
            [
                "x-amz-copy-source": "/source/a+b/c%2Bd%3F?versionId=null", "x-amz-copy-source-if-none-match": "*",
                "x-amz-copy-source-range": "bytes=10-19",
            ])
        #expect(
            operation
                == .uploadPartCopy(
                    UploadPartCopyRequest(
                        bucket: bucket, key: key, upload: UploadID(text: "u"), part: part, source: source,
                        range: 10..<20)))
        guard case .uploadPartCopy(let request) = operation else { return }
        #expect(try request.sourceRange(size: 20) == 10..<20)
        #expect(s3Error { () throws(S3Error) in try request.sourceRange(size: 19) }?.code == .invalidArgument)
        var whole = request
        whole.range = nil
        #expect(try whole.sourceRange(size: 5 << 30) == 0..<5 << 30)
        #expect(s3Error { () throws(S3Error) in try whole.sourceRange(size: 5 << 30 + 1) }?.code == .entityTooLarge)
    }

    @Test func copyObject() throws {
        let source = CopySource(bucket: try BucketName("source"), key: try ObjectKey("k"))
        #expect(
            try parse("PUT", "/bucket/key", ["x-amz-copy-source": "source/k", "content-type": "x/y"])
                == .copyObject(CopyObjectRequest(bucket: bucket, key: key, source: source)))
        #expect(
            try parse(
                "PUT", "/bucket/key",
                [
                    "x-amz-copy-source": "source/k", "content-type": "x/y", "x-amz-metadata-directive": "REPLACE",
                    "x-amz-tagging-directive": "REPLACE", "x-amz-tagging": "a=b", "if-none-match": "*",
                    "x-amz-checksum-algorithm": "SHA512",
                ])
                == .copyObject(
                    CopyObjectRequest(
                        bucket: bucket, key: key, source: source,
                        metadata: .replace(ObjectMetadata(standard: [.init(.contentType, "x/y")])),
                        tags: .replace(try TagSet([Tag("a", "b")], of: .object)), condition: .ifAbsent,
                        checksumAlgorithm: .sha512)))
    }

    /// API_CopyObject.html, "x-amz-copy-source-if-…": 412 in all cases, the pairs as the page describes them.
    @Test(arguments: [
        (ReadConditions(), true),
        (ReadConditions(ifMatch: .tags([EntityTag(text: "t")]), ifUnmodifiedSince: WallTime(milliseconds: 0)), true),
        (
            ReadConditions(ifNoneMatch: .tags([EntityTag(text: "t")]), ifModifiedSince: WallTime(milliseconds: 0)),
            false
        ),
        (ReadConditions(ifMatch: .tags([EntityTag(text: "u")])), false), (ReadConditions(ifNoneMatch: .any), false),
        (ReadConditions(ifModifiedSince: WallTime(milliseconds: 5_000)), false),
        (ReadConditions(ifModifiedSince: WallTime(milliseconds: 4_000)), true),
        (ReadConditions(ifUnmodifiedSince: WallTime(milliseconds: 4_000)), false),
    ])
    func conditionsOnTheSource(_ conditions: ReadConditions, _ holds: Bool) throws {
        let source = CopySource(bucket: bucket, key: key, conditions: conditions)
        let error = s3Error { () throws(S3Error) in
            try source.check(tag: EntityTag(text: "t"), lastModified: WallTime(milliseconds: 5_000))
        }
        #expect(error?.code == (holds ? nil : .preconditionFailed))
    }

    /// API_CompleteMultipartUpload.html.
    @Test func completeMultipartUpload() throws {
        var operation = try parse(
            "POST", "/bucket/key?uploadId=u",
            [
                "content-length": "9", "x-amz-checksum-crc32": "Ft5DbQ==-3", "x-amz-checksum-type": "COMPOSITE",
                "x-amz-mp-object-size": "77", "if-match": "\"t\"",
            ])
        // The checksum is the object's: the document has none.
        #expect(operation.body == .document(PayloadDescription(form: .unsigned, length: 9)))
        try operation.accept(
            document: Array(
                """
                <?xml version="1.0" encoding="UTF-8"?>
                <CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
                  <Part>
                    <ChecksumCRC32>NhCmhg==</ChecksumCRC32>
                    <ETag>"5d41402abc4b2a76b9719d911017c592"</ETag>
                    <PartNumber> 1 </PartNumber>
                  </Part>
                  <Part><PartNumber>10000</PartNumber><ETag>&quot;x&quot;</ETag></Part>
                </CompleteMultipartUpload>
                """.utf8))
        guard case .completeMultipartUpload(let request) = operation else { return }
        #expect(request.objectSize == 77)
        #expect(request.condition == .ifMatches(EntityTag(text: "t")))
        #expect(request.checksum == ObjectChecksum(algorithm: .crc32, objectText: "Ft5DbQ==-3"))
        #expect(request.checksumType == .composite)
        #expect(request.parts.map(\.number.value) == [1, 10_000])
        #expect(request.parts.map(\.tag.text) == ["5d41402abc4b2a76b9719d911017c592", "x"])
        #expect(request.parts.map { $0.checksum?.text } == ["NhCmhg==", nil])
    }

    /// API_ListParts.html, API_ListMultipartUploads.html, API_ListObjectVersions.html.
    @Test func listings() throws {
        #expect(
            try parse("GET", "/bucket/key?uploadId=u&max-parts=5000&part-number-marker=3")
                == .listParts(
                    ListPartsRequest(
                        bucket: bucket, key: key, upload: UploadID(text: "u"), maximumParts: 1000, marker: 3)))
        #expect(
            try parse(
                "GET",
                "/bucket?uploads&prefix=p%2F&delimiter=%2F&key-marker=k&upload-id-marker=u&max-uploads=7&encoding-type=url"
            )
                == .listMultipartUploads(
                    ListMultipartUploadsRequest(
                        bucket: bucket, prefix: Array("p/".utf8), delimiter: Array("/".utf8), maximumUploads: 7,
                        keyMarker: Array("k".utf8), uploadMarker: UploadID(text: "u"), encodesKeys: true)))
        // "If key-marker is not specified, the upload-id-marker parameter is ignored."
        #expect(
            try parse("GET", "/bucket?uploads&upload-id-marker=u")
                == .listMultipartUploads(ListMultipartUploadsRequest(bucket: bucket)))
        let versions = ListObjectVersionsRequest(
            bucket: bucket, prefix: Array("p".utf8), maximumKeys: 9, keyMarker: Array("m".utf8), versionMarker: "null")
        #expect(
            try parse("GET", "/bucket?versions&prefix=p&max-keys=9&key-marker=m&version-id-marker=null")
                == .listObjectVersions(versions))
        #expect(versions.objects.start == .after(Array("m".utf8)))
        #expect(versions.objects.maximumKeys == 9)
    }

    /// API_GetObjectAttributes.html, API_GetObject.html.
    @Test func attributesAndParts() throws {
        #expect(
            try parse(
                "GET", "/bucket/key?attributes&versionId=null",
                [
                    "x-amz-object-attributes": "ETag, ObjectSize", "X-Amz-Object-Attributes": "StorageClass",
                    "x-amz-max-parts": "5", "x-amz-part-number-marker": "2",
                ])
                == .getObjectAttributes(
                    GetObjectAttributesRequest(
                        bucket: bucket, key: key, version: .null, attributes: [.tag, .size, .storageClass],
                        maximumParts: 5, partMarker: 2)))
        guard case .headObject(let request) = try parse("HEAD", "/bucket/key?partNumber=3") else {
            Issue.record("not a HeadObject")
            return
        }
        #expect(request.part == PartNumber(3))
    }

    /// acl-overview.html: an owner's full control is what there is; a list that says so is taken.
    @Test func accessControl() throws {
        let owner = Owner(id: "0123", displayName: "alice")
        let code = { (access: AccessControlRequest) in
            s3Error { () throws(S3Error) in try access.check(owner: owner) }?.code
        }
        guard
            case .putBucketACL(let request) = try parse(
                "PUT", "/bucket?acl",
                ["x-amz-grant-full-control": "id=\"0123\"", "x-amz-grant-read": "id=0123, uri=\"http://x\""]),
            let access = request.access
        else {
            Issue.record("not a PutBucketAcl")
            return
        }
        #expect(
            access
                == .grants(
                    [
                        AccessGrant(.user(id: "0123"), .fullControl), AccessGrant(.user(id: "0123"), .read),
                        AccessGrant(.group(uri: "http://x"), .read),
                    ], ownerID: nil))
        #expect(code(access) == .notImplemented)
        #expect(code(.ownerOnly) == nil)
        #expect(code(.grants([AccessGrant(.user(id: "0123"), .fullControl)], ownerID: "0123")) == nil)
        #expect(code(.grants([AccessGrant(.user(id: "0123"), .fullControl)], ownerID: "4567")) == .accessDenied)
        #expect(code(.grants([AccessGrant(.user(id: "0123"), .read)], ownerID: nil)) == .notImplemented)
        #expect(code(.grants([], ownerID: nil)) == .notImplemented)
        #expect(code(.grants([AccessGrant(.address("a@b"), .fullControl)], ownerID: nil)) == .notImplemented)

        // What GetBucketAcl answers is taken back.
        var operation = try parse("PUT", "/bucket?acl", ["content-length": "500"])
        try operation.accept(document: S3Response.accessControlPolicy(owner).body)
        guard case .putBucketACL(let returned) = operation else { return }
        #expect(returned.access == .grants([AccessGrant(.user(id: "0123"), .fullControl)], ownerID: "0123"))
    }
}
