import Core
import HTTP
import Testing

@testable import S3

/// sigv4-HTTPPOSTConstructPolicy.html, HTTPPOSTForms.html, RESTObjectPOST.html.
@Suite struct PostPolicyTests {
    static let blocks = Fixture.blocks("forms.txt")
    /// 2026-11-23T12:34:56Z.
    static let time = WallTime(milliseconds: 1_795_437_296_000)

    static func fields(_ block: Fixture.Block) -> FormFields {
        var fields = FormFields([], fileName: "dir/cat.txt")
        for field in block.all("field") {
            guard let colon = field.firstIndex(of: ":") else { continue }
            _ = fields.add(field[..<colon].lowercased(), String(field[colon...].dropFirst(2)))
        }
        return fields
    }

    static func verify(_ fields: FormFields, now: WallTime = time) throws(S3Error) -> PostObjectUpload {
        try SigV4Verifier().verify(
            form: fields,
            of: PostObjectRequest(bucket: try BucketName("bucket"), boundary: Array("b".utf8), length: 1000), now: now,
            credential: Example.credential)
    }

    @Test func thereAreForms() { #expect(Self.blocks.count == 3) }

    @Test(arguments: blocks) func acceptsWhatBotocoreSigns(_ block: Fixture.Block) throws {
        let upload = try Self.verify(Self.fields(block))
        #expect(upload.accessKey == Example.accessKey)
        #expect(upload.user == "alice")
        switch block["case"] {
        case "plain":
            #expect(upload.put.key.text == "a")
            #expect(upload.success == .status(204))
            #expect(upload.put.payload.allowedLengths == 0...5_368_709_120)
        case "file name":
            #expect(upload.put.key.text == "user/cat.txt")
            #expect(upload.put.metadata.standard == [.init(.contentType, "text/plain")])
        default:
            #expect(upload.put.metadata.standard == [.init(.cacheControl, "no-cache")])
            #expect(upload.put.metadata.user == [.init("one", "1")])
            #expect(upload.put.tags.tags == [Tag("k", "v")])
            #expect(upload.put.payload.allowedLengths == 1...10)
            #expect(upload.put.payload.length == 10)
            #expect(upload.put.payload.checksum.algorithm == .crc32)
            #expect(upload.success == .created)
        }
    }

    @Test(arguments: blocks) func refusesWhatWasChanged(_ block: Fixture.Block) {
        let original = Self.fields(block)
        let change = { (name: String, value: String) in
            FormFields(
                original.fields.map { .init(name: $0.name, value: $0.name == name ? value : $0.value) },
                fileName: original.fileName)
        }
        let code = { (fields: FormFields) in
            s3Error { () throws(S3Error) in try Self.verify(fields) }?.code
        }
        #expect(code(change("x-amz-signature", String(repeating: "0", count: 64))) == .signatureDoesNotMatch)
        #expect(code(change("policy", "e30=")) == .signatureDoesNotMatch)
        #expect(code(change("x-amz-date", "20261124T000000Z")) == .invalidArgument)
        #expect(code(change("x-amz-date", "yesterday")) == .invalidArgument)
        #expect(code(change("x-amz-algorithm", "AWS4-HMAC-SHA1")) == .invalidArgument)
        #expect(code(change("x-amz-credential", "a/b")) == .invalidArgument)
        #expect(
            code(change("x-amz-credential", "AKIAIOSFODNN7EXAMPLE/20261123/eu-west-1/s3/aws4_request"))
                == .invalidArgument)
        #expect(
            code(change("x-amz-credential", "NOBODY/20261123/us-east-1/s3/aws4_request")) == .invalidAccessKeyID)
        #expect(code(change("key", "z")) == .accessDenied)
        var more = original
        _ = more.add("x-amz-meta-more", "1")
        #expect(code(more) == .accessDenied)
        var ignored = original
        _ = ignored.add("x-ignore-me", "1")
        #expect(code(ignored) == nil)
        for name in ["x-amz-signature", "x-amz-date", "x-amz-credential", "x-amz-algorithm"] {
            #expect(code(FormFields(original.fields.filter { $0.name != name })) == .invalidArgument, "\(name)")
        }
        #expect(code(FormFields(original.fields.filter { $0.name != "policy" })) == .accessDenied)
        var token = original
        _ = token.add("x-amz-security-token", "t")
        #expect(code(token) == .invalidToken)
        #expect(
            code(FormFields([.init(name: "policy", value: "e30="), .init(name: "signature", value: "x")]))
                == .invalidRequest)
        let late = s3Error { () throws(S3Error) in
            try Self.verify(original, now: WallTime(milliseconds: Self.time.milliseconds + 3_600_000))
        }
        #expect(late?.message == "Invalid according to Policy: Policy expired.")
    }

    /// The example of sigv4-post-example.html. Its signature holds; what it asks for is encryption, and public reading.
    @Test func verifiesTheExample() throws {
        let policy =
            "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7ImJ1Y2tldCI6"
            + "ICJzaWd2NGV4YW1wbGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2VyMS8iXSwNCiAgICB7"
            + "ImFjbCI6ICJwdWJsaWMtcmVhZCJ9LA0KICAgIHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaHR0cDovL3NpZ3Y0ZXhhbXBs"
            + "ZWJ1Y2tldC5zMy5hbWF6b25hd3MuY29tL3N1Y2Nlc3NmdWxfdXBsb2FkLmh0bWwifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRD"
            + "b250ZW50LVR5cGUiLCAiaW1hZ2UvIl0sDQogICAgeyJ4LWFtei1tZXRhLXV1aWQiOiAiMTQzNjUxMjM2NTEyNzQifSwNCiAgICB7"
            + "IngtYW16LXNlcnZlci1zaWRlLWVuY3J5cHRpb24iOiAiQUVTMjU2In0sDQogICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXotbWV0"
            + "YS10YWciLCAiIl0sDQoNCiAgICB7IngtYW16LWNyZWRlbnRpYWwiOiAiQUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxNTEyMjkvdXMt"
            + "ZWFzdC0xL3MzL2F3czRfcmVxdWVzdCJ9LA0KICAgIHsieC1hbXotYWxnb3JpdGhtIjogIkFXUzQtSE1BQy1TSEEyNTYifSwNCiAg"
            + "ICB7IngtYW16LWRhdGUiOiAiMjAxNTEyMjlUMDAwMDAwWiIgfQ0KICBdDQp9"
        var fields = FormFields()
        for (name, value) in [
            ("key", "user/user1/${filename}"), ("acl", "public-read"),
            ("success_action_redirect", "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"),
            ("content-type", "image/jpeg"), ("x-amz-meta-uuid", "14365123651274"),
            ("x-amz-server-side-encryption", "AES256"),
            ("x-amz-credential", "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"),
            ("x-amz-algorithm", "AWS4-HMAC-SHA256"), ("x-amz-date", "20151229T000000Z"), ("x-amz-meta-tag", ""),
            ("policy", policy),
            ("x-amz-signature", "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e"),
        ] { _ = fields.add(name, value) }
        let request = PostObjectRequest(
            bucket: try BucketName("sigv4examplebucket"), boundary: Array("9431149156168".utf8), length: 1000)
        // 2015-12-30T00:00:00Z.
        let error = s3Error { () throws(S3Error) in
            try SigV4Verifier().verify(
                form: fields, of: request, now: WallTime(milliseconds: 1_451_433_600_000),
                credential: Example.credential)
        }
        #expect(error?.code == .notImplemented)
    }

    static let form: [(String, String)] = [("key", "user/a"), ("content-type", "image/png"), ("x-amz-meta-a", "1")]

    /// Conditions, each with what the whole policy then says; the rest of the policy allows the form.
    static let conditions: [(String, S3ErrorCode?)] = [
        ("{\"key\": \"user/a\"}", nil), ("[\"eq\", \"$key\", \"user/a\"]", nil),
        ("[\"EQ\", \"$Key\", \"user/a\"]", nil), ("[\"starts-with\", \"$key\", \"user/\"]", nil),
        ("[\"starts-with\", \"$key\", \"\"]", nil), ("[\"starts-with\", \"$key\", \"other/\"]", .accessDenied),
        ("{\"key\": \"user/\"}", .accessDenied), ("[\"eq\", \"$x-amz-meta-b\", \"\"]", nil),
        ("[\"eq\", \"$x-amz-meta-b\", \"1\"]", .accessDenied),
        ("[\"content-length-range\", 5, 4]", .invalidPolicyDocument),
        ("[\"content-length-range\", -1, 4]", .invalidPolicyDocument),
        ("[\"content-length-range\", \"0\", \"4\"]", nil), ("[\"content-length-range\", 0]", .invalidPolicyDocument),
        ("[\"ends-with\", \"$key\", \"a\"]", .invalidPolicyDocument),
        ("[\"eq\", \"key\", \"user/a\"]", .invalidPolicyDocument),
        ("[\"eq\", \"$key\"]", .invalidPolicyDocument), ("{}", .invalidPolicyDocument), ("[]", .invalidPolicyDocument),
        ("{\"key\": 1}", .invalidPolicyDocument), ("7", .invalidPolicyDocument), ("null", .invalidPolicyDocument),
    ]

    @Test(arguments: conditions.indices) func holdsTheFormAgainstEachCondition(_ index: Int) throws {
        let (condition, code) = Self.conditions[index]
        let policy = """
            {"expiration": "2030-01-01T00:00:00.5Z", "conditions": [{"bucket": "bucket"}, \(condition),
            ["starts-with", "$content-type", "image/"], {"x-amz-meta-a": "1"}, ["starts-with", "$key", ""]]}
            """
        let fields = FormFields(Self.form.map { .init(name: $0, value: $1) })
        let bucket = try BucketName("bucket")
        let error = s3Error { () throws(S3Error) in
            try PostPolicy(Array(policy.utf8)).check(fields, bucket: bucket, now: Self.time)
        }
        #expect(error?.code == code)
    }

    @Test(arguments: [
        "", "[]", "{}", "{\"expiration\": \"2030-01-01T00:00:00Z\"}", "{\"conditions\": []}",
        "{\"expiration\": \"soon\", \"conditions\": []}", "{\"expiration\": 5, \"conditions\": []}",
        "{\"expiration\": \"2030-01-01T00:00:00Z\", \"conditions\": {}}", "{\"expiration\": \"2030-01-01T00:00:00Z\",",
    ])
    func refusesPoliciesThatAreNone(_ text: String) {
        #expect(throws: S3Error.self) { try PostPolicy(Array(text.utf8)) }
    }

    @Test func aPolicyNamesEveryFieldAndTheBucket() throws {
        let bucket = try BucketName("bucket")
        let check = { (policy: String, fields: FormFields) in
            s3Error { () throws(S3Error) in
                try PostPolicy(Array(policy.utf8)).check(fields, bucket: bucket, now: Self.time)
            }?.message
        }
        let key = FormFields([.init(name: "key", value: "a")])
        let head = "{\"expiration\": \"2030-01-01T00:00:00Z\", \"conditions\": "
        #expect(check(head + "[{\"bucket\": \"bucket\"}, {\"key\": \"a\"}]}", key) == nil)
        #expect(
            check(head + "[{\"key\": \"a\"}]}", key) == "Invalid according to Policy: Extra input fields: bucket")
        #expect(
            check(head + "[{\"bucket\": \"bucket\"}]}", key) == "Invalid according to Policy: Extra input fields: key")
        #expect(
            check(head + "[{\"bucket\": \"other\"}, {\"key\": \"a\"}]}", key)
                == "Invalid according to Policy: Policy Condition failed: [\"eq\", \"$bucket\", \"other\"]")
    }

    @Test(arguments: [
        ("a.txt", "x/a.txt"), ("dir/a.txt", "x/a.txt"), ("C:\\dir\\a.txt", "x/a.txt"), ("", "x/"), (nil, "x/"),
    ])
    func replacesTheFileName(_ name: String?, _ key: String) {
        let fields = FormFields(
            [.init(name: "key", value: "x/${filename}"), .init(name: "policy", value: "${filename}")], fileName: name)
        #expect(fields.expanded()["key"] == key)
        #expect(fields.expanded()["policy"] == "${filename}")
    }

    /// A form's text must not break out of the header field that it becomes.
    @Test func refusesLineBreaksInFields() {
        for name in ["content-type", "x-amz-meta-a", "cache-control"] {
            let fields = FormFields([.init(name: "key", value: "a"), .init(name: name, value: "a\r\nset-cookie: b")])
            let error = s3Error { () throws(S3Error) in _ = try ParsedRequest(form: fields) }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test(arguments: [
        ([("success_action_status", "200")], PostObjectUpload.Success.status(200)),
        ([("success_action_status", "201")], .created), ([("success_action_status", "204")], .status(204)),
        ([("success_action_status", "404")], .status(204)), ([], .status(204)),
        ([("success_action_redirect", "http://a/")], .redirect("http://a/")),
        ([("redirect", "HTTPS://a/")], .redirect("HTTPS://a/")),
        ([("success_action_redirect", "http://a/"), ("success_action_status", "201")], .redirect("http://a/")),
        ([("success_action_redirect", "javascript:alert(1)")], .status(204)),
        ([("success_action_redirect", "http://a/\r\nset-cookie: x")], .status(204)),
    ])
    func choosesTheAnswer(_ fields: [(String, String)], _ success: PostObjectUpload.Success) {
        #expect(PostObjectUpload.Success(FormFields(fields.map { .init(name: $0, value: $1) })) == success)
    }

    @Test func answers() throws {
        let put = PutObjectRequest(
            bucket: try BucketName("bucket"), key: try ObjectKey("a b&c"),
            payload: PayloadDescription(form: .unsigned, length: 5))
        let result = PutObjectResult(
            tag: EntityTag(text: "t"), checksum: ObjectChecksum(algorithm: .crc32, value: [0, 0, 0, 0]), size: 5)
        let answer = { (success: PostObjectUpload.Success) in
            S3Response.postObject(
                result, to: PostObjectUpload(accessKey: "k", user: "u", put: put, success: success),
                location: "http://h/bucket/a%20b%26c")
        }
        #expect(answer(.status(204)).head.status == 204)
        #expect(answer(.status(204)).head.headers["location"] == "http://h/bucket/a%20b%26c")
        #expect(
            answer(.redirect("http://x/?q=1#f")).head.headers["location"]
                == "http://x/?q=1&bucket=bucket&key=a%20b%26c&etag=%22t%22#f")
        #expect(answer(.redirect("http://x/")).head.status == 303)
        #expect(answer(.created).head.status == 201)
        #expect(
            String(decoding: answer(.created).body, as: UTF8.self)
                == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse><Location>http://h/bucket/a%20b%26c</Location>"
                + "<Bucket>bucket</Bucket><Key>a b&amp;c</Key><ETag>&quot;t&quot;</ETag></PostResponse>")
    }

    /// The file of a form is as long as it is, within what the policy allows.
    @Test func lengthsAreKnownAtTheEnd() {
        let payload = PayloadDescription(form: .unsigned, length: 10, allowedLengths: 2...10)
        let code = { (count: Int) -> S3ErrorCode? in
            do {
                _ = try receive([UInt8](repeating: 1, count: count), payload, nil, pieces: [3])
                return nil
            } catch { return (error as? S3Error)?.code }
        }
        #expect(code(1) == .entityTooSmall)
        #expect(code(2) == nil)
        #expect(code(10) == nil)
        #expect(code(11) == .entityTooLarge)
    }
}
