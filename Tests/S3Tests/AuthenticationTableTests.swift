import Core
import HTTP
import Testing

@testable import S3

/// Malformed and unusual signatures with the codes and messages that AWS answers (`ErrorResponses.html`,
/// `sigv4-auth-using-authorization-header.html`, `sigv4-query-string-auth.html`).
@Suite struct AuthenticationTableTests {
    private static let groups = RequestTable.groups("authentication.json")

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

    @Test(arguments: groups[0].rows) func refusesHeaders(_ row: RequestTable.Row) { check(Self.signed(), row) }
    @Test(arguments: groups[1].rows) func refusesQueries(_ row: RequestTable.Row) { check(Self.presigned(), row) }

    private func check(_ head: RequestHead, _ row: RequestTable.Row) {
        var head = head
        for change in row.changes ?? [] { Self.apply(change, to: &head) }
        let error = s3Error { () throws(S3Error) in
            try SigV4Verifier().verify(head, now: Example.time, credential: Example.credential)
        }
        #expect(RequestTable.answer(error) == row.answer)
        if let message = row.message { #expect(error?.message == message) }
    }

    /// One operation of the table.
    private static func apply(_ change: [String], to head: inout RequestHead) {
        let words = change.map {
            $0.replacing("{accessKey}", with: Example.accessKey).replacing("{timestamp}", with: "20130524T000000Z")
                .replacing("{date}", with: "20130524")
        }
        let (operation, name) = (words[0], words[1])
        let value = name == "target" ? head.target : head.headers[name] ?? ""
        var changed: String
        switch operation {
        case "remove": return head.headers.remove(name)
        case "add": return head.headers.add(name, words[2])
        case "double": return head.headers.add(name, value)
        case "set": changed = words[2]
        case "replace": changed = value.replacing(words[2], with: words[3])
        case "append": changed = value + words[2]
        case "dropLast": changed = String(value.dropLast(Int(words[2]) ?? 0))
        case "turnLast": changed = value.dropLast() + (value.last == "0" ? "1" : "0")
        default: preconditionFailure("there is no operation \(operation)")
        }
        if name == "target" { head.target = changed } else { head.headers.set(name, changed) }
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
            #expect(
                key.sign("text").text == SigningKey(secret: "secret \(round % 7)", scope: scope).sign("text").text)
        }
        #expect(cache.count == 3)
    }
}
