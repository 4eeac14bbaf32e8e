import Core
import HTTP
import Testing

@testable import S3

/// Malformed and unusual signatures with the codes and messages that AWS answers (`ErrorResponses.html`,
/// `sigv4-auth-using-authorization-header.html`, `sigv4-query-string-auth.html`).
@Suite struct AuthenticationTableTests {
    struct Row: Sendable {
        var name: String
        var code: S3ErrorCode
        var message: String?
        var change: @Sendable (inout RequestHead) -> Void
    }

    private static func signed() -> RequestHead {
        var head = RequestHead(
            method: "PUT", target: "/bucket/key", headers: ["host": "localhost:9000", "x-amz-meta-a": "1"])
        SigV4Signer(Example.credentials).sign(&head, payload: .empty, at: Example.time)
        return head
    }

    private static func presigned(seconds: Int = 60) -> RequestHead {
        var head = RequestHead(method: "GET", target: "/bucket/key", headers: ["host": "localhost:9000"])
        head.target = SigV4Signer(Example.credentials).presign(head, expiresSeconds: seconds, at: Example.time)
        return head
    }

    private static func replace(_ text: String, _ other: String) -> @Sendable (inout RequestHead) -> Void {
        return { head in
            let value = head.headers["authorization"] ?? ""
            head.headers.set(
                "authorization", value.split(separator: text, omittingEmptySubsequences: false).joined(separator: other)
            )
        }
    }

    private static func replaceInQuery(_ text: String, _ other: String) -> @Sendable (inout RequestHead) -> Void {
        return { head in
            head.target = head.target.split(separator: text, omittingEmptySubsequences: false).joined(separator: other)
        }
    }

    static let headerRows: [Row] = [
        Row(name: "no signature", code: .accessDenied) { $0.headers.remove("authorization") },
        Row(name: "version 2", code: .invalidRequest) { $0.headers.set("authorization", "AWS AKIA:c2lnbmF0dXJl") },
        Row(name: "version 4a", code: .invalidRequest, change: replace("AWS4-HMAC", "AWS4-ECDSA-P256")),
        Row(name: "basic", code: .invalidArgument, message: "Unsupported Authorization Type") {
            $0.headers.set("authorization", "Basic dXNlcjpwYXNz")
        },
        Row(name: "empty", code: .invalidArgument) { $0.headers.set("authorization", "") },
        Row(name: "no credential", code: .authorizationHeaderMalformed, change: replace("Credential=", "Kredential=")),
        Row(name: "no signed headers", code: .authorizationHeaderMalformed, change: replace("SignedHeaders=", "x=")),
        Row(name: "no signature part", code: .authorizationHeaderMalformed, change: replace("Signature=", "x=")),
        Row(name: "no terminal", code: .authorizationHeaderMalformed, change: replace("aws4_request", "aws5_request")),
        Row(name: "short scope", code: .authorizationHeaderMalformed, change: replace("/us-east-1/s3", "")),
        Row(name: "bad date", code: .authorizationHeaderMalformed, change: replace("/20130524/", "/20131324/")),
        Row(name: "other date", code: .authorizationHeaderMalformed, change: replace("/20130524/", "/20130523/")),
        Row(
            name: "other region", code: .authorizationHeaderMalformed,
            message: "The authorization header is malformed; the region 'eu-west-1' is wrong; expecting 'us-east-1'",
            change: replace("us-east-1", "eu-west-1")),
        Row(name: "other service", code: .authorizationHeaderMalformed, change: replace("/s3/", "/iam/")),
        Row(name: "unknown key", code: .invalidAccessKeyID, change: replace("AKIAIOSFODNN7", "AKIAIOSFODNN8")),
        Row(name: "changed signature", code: .signatureDoesNotMatch) {
            let value = $0.headers["authorization"] ?? ""
            $0.headers.set("authorization", String(value.dropLast()) + (value.last == "0" ? "1" : "0"))
        },
        Row(name: "short signature", code: .signatureDoesNotMatch) {
            $0.headers.set("authorization", String(($0.headers["authorization"] ?? "").dropLast()))
        },
        Row(name: "empty signature", code: .signatureDoesNotMatch) {
            $0.headers.set("authorization", String(($0.headers["authorization"] ?? "").dropLast(64)))
        },
        Row(name: "changed header", code: .signatureDoesNotMatch) { $0.headers.set("x-amz-meta-a", "2") },
        Row(name: "second value of a header", code: .signatureDoesNotMatch) { $0.headers.add("x-amz-meta-a", "2") },
        Row(name: "unsigned x-amz- field", code: .accessDenied) { $0.headers.add("x-amz-meta-b", "2") },
        Row(name: "unsigned host", code: .accessDenied, change: replace("SignedHeaders=host;", "SignedHeaders=")),
        Row(name: "no payload hash", code: .invalidRequest) { $0.headers.remove("x-amz-content-sha256") },
        Row(name: "bad payload hash", code: .invalidArgument) { $0.headers.set("x-amz-content-sha256", "abc") },
        Row(name: "payload of version 4a", code: .notImplemented) {
            $0.headers.set("x-amz-content-sha256", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD")
        },
        Row(name: "no date", code: .accessDenied) { $0.headers.remove("x-amz-date") },
        Row(name: "broken date", code: .accessDenied) { $0.headers.set("x-amz-date", "20130524T250000Z") },
        Row(name: "session token", code: .invalidToken) { $0.headers.add("x-amz-security-token", "token") },
        Row(name: "both kinds", code: .invalidArgument) { $0.target = presigned().target },
        Row(name: "two fields", code: .authorizationHeaderMalformed) {
            $0.headers.add("authorization", $0.headers["authorization"] ?? "")
        },
    ]

    @Test(arguments: headerRows.indices) func refusesHeaders(_ index: Int) {
        let row = Self.headerRows[index]
        var head = Self.signed()
        row.change(&head)
        check(head, row)
    }

    static let queryRows: [Row] = [
        Row(name: "algorithm", code: .authorizationQueryParametersError, change: replaceInQuery("HMAC-SHA256", "X")),
        Row(name: "no date", code: .authorizationQueryParametersError, change: replaceInQuery("X-Amz-Date", "x")),
        Row(
            name: "no signature", code: .authorizationQueryParametersError,
            change: replaceInQuery("X-Amz-Signature", "x")),
        Row(name: "date", code: .authorizationQueryParametersError, change: replaceInQuery("20130524T000000Z", "now")),
        Row(name: "credential", code: .authorizationQueryParametersError, change: replaceInQuery("%2Fs3%2F", "%2F")),
        Row(
            name: "region", code: .authorizationQueryParametersError,
            message: "Error parsing the X-Amz-Credential parameter; the region 'eu-1' is wrong; expecting 'us-east-1'",
            change: replaceInQuery("us-east-1", "eu-1")),
        Row(
            name: "expires is no number", code: .authorizationQueryParametersError,
            message: "X-Amz-Expires should be a number", change: replaceInQuery("Expires=60", "Expires=1h")),
        Row(
            name: "expires is negative", code: .authorizationQueryParametersError,
            message: "X-Amz-Expires must be non-negative", change: replaceInQuery("Expires=60", "Expires=-1")),
        Row(
            name: "expires after a week", code: .authorizationQueryParametersError,
            change: replaceInQuery("Expires=60", "Expires=604801")),
        Row(name: "expires changed", code: .signatureDoesNotMatch, change: replaceInQuery("Expires=60", "Expires=61")),
        Row(name: "key changed", code: .signatureDoesNotMatch, change: replaceInQuery("/key", "/kez")),
        Row(name: "parameter added", code: .signatureDoesNotMatch) { $0.target += "&versionId=1" },
        Row(name: "twice", code: .authorizationQueryParametersError) { $0.target += "&X-Amz-Expires=60" },
        Row(name: "unsigned field", code: .accessDenied) { $0.headers.add("x-amz-acl", "private") },
        Row(name: "session token", code: .invalidToken) { $0.target += "&X-Amz-Security-Token=t" },
        Row(name: "version 2", code: .invalidRequest) {
            $0.target = "/bucket/key?AWSAccessKeyId=AKIA&Signature=x&Expires=1369353700"
        },
    ]

    @Test(arguments: queryRows.indices) func refusesQueries(_ index: Int) {
        let row = Self.queryRows[index]
        var head = Self.presigned()
        row.change(&head)
        check(head, row)
    }

    private func check(_ head: RequestHead, _ row: Row) {
        let error = s3Error { () throws(S3Error) in
            try SigV4Verifier().verify(head, now: Example.time, credential: Example.credential)
        }
        #expect(error?.code == row.code, "\(row.name)")
        if let message = row.message { #expect(error?.message == message) }
    }

    @Test func skewIsFifteenMinutes() {
        for (seconds, code) in [
            (-901, S3ErrorCode.requestTimeTooSkewed), (-900, nil), (900, nil), (901, .requestTimeTooSkewed),
        ] {
            let now = WallTime(milliseconds: UInt64(Int(Example.time.milliseconds) + seconds * 1000))
            let error = s3Error { () throws(S3Error) in
                try SigV4Verifier().verify(Self.signed(), now: now, credential: Example.credential)
            }
            #expect(error?.code == code)
        }
    }

    @Test func presignedTimes() {
        let start = Int(Example.time.milliseconds)
        for (offset, seconds, code) in [
            (-901, 60, S3ErrorCode.accessDenied), (-900, 60, nil), (60, 60, nil), (61, 60, .accessDenied),
            (604_800, 604_800, nil), (604_801, 604_800, .accessDenied), (0, 0, nil),
        ] {
            let now = WallTime(milliseconds: UInt64(start + offset * 1000))
            let error = s3Error { () throws(S3Error) in
                try SigV4Verifier().verify(Self.presigned(seconds: seconds), now: now, credential: Example.credential)
            }
            #expect(error?.code == code, "at \(offset) s of \(seconds)")
        }
    }

    @Test func mismatchesTellWhatWasSigned() {
        var head = Self.signed()
        head.headers.set("x-amz-meta-a", "2")
        let error = s3Error { () throws(S3Error) in
            try SigV4Verifier().verify(head, now: Example.time, credential: Example.credential)
        }
        let details = Dictionary(uniqueKeysWithValues: (error?.details ?? []).map { ($0.name, $0.value) })
        #expect(details["AWSAccessKeyId"] == Example.accessKey)
        #expect(
            details["CanonicalRequest"] == """
                PUT
                /bucket/key

                host:localhost:9000
                x-amz-content-sha256:\(Example.emptyHash)
                x-amz-date:20130524T000000Z
                x-amz-meta-a:2

                host;x-amz-content-sha256;x-amz-date;x-amz-meta-a
                \(Example.emptyHash)
                """)
        #expect(
            details["StringToSign"]?.hasPrefix("AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/") == true)
    }

    @Test func aNewSecretIsNotServedByACachedKey() {
        let verifier = SigV4Verifier(cacheCapacity: 2)
        #expect((try? verifier.verify(Self.signed(), now: Example.time, credential: Example.credential)) != nil)
        #expect(
            (try? verifier.verify(
                Self.signed(), now: Example.time, credential: { _ in Credential(secretKey: "changed", user: "user") }))
                == nil)
        #expect((try? verifier.verify(Self.signed(), now: Example.time, credential: Example.credential)) != nil)
    }

    @Test func theCacheIsBounded() {
        let cache = SigningKeyCache(capacity: 3)
        let scope = CredentialScope(date: "20130524", region: "us-east-1", service: "s3")
        for round in 0..<50 {
            let key = cache.key(accessKey: "key \(round % 7)", secret: "secret \(round % 7)", scope: scope)
            #expect(key.bytes == SigningKey(secret: "secret \(round % 7)", scope: scope).bytes)
        }
        #expect(cache.count == 3)
    }
}
