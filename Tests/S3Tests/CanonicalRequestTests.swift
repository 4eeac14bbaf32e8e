import Core
import HTTP
import Testing

@testable import S3

/// sig-v4-header-based-auth.html, task 1: `UriEncode` of every part, parameters in the order of their encoded names, white
/// space folded.
@Suite struct CanonicalRequestTests {
    static let targets: [(String, path: String, query: String)] = [
        ("/", "/", ""), ("/a/b", "/a/b", ""), ("/a?", "/a", ""), ("/%c3%a9", "/%C3%A9", ""), ("/%7Ea", "/~a", ""),
        ("/a%2fb", "/a/b", ""), ("/a+b", "/a%2Bb", ""), ("/a(b)*!'", "/a%28b%29%2A%21%27", ""), ("/%61", "/a", ""),
        ("/a//b/../.", "/a//b/../.", ""), ("/?uploads", "/", "uploads="), ("/?a=b=c", "/", "a=b%3Dc"),
        ("/?b=2&a=1", "/", "a=1&b=2"), ("/?a=2&a=1&a", "/", "a=&a=1&a=2"), ("/?a-b=1&a=2&a1=3", "/", "a=2&a-b=1&a1=3"),
        ("/?a%2Db=1&a=2", "/", "a=2&a-b=1"), ("/?%c3%a9=%2f", "/", "%C3%A9=%2F"), ("/?a=b+c", "/", "a=b%20c"),
        ("/?&&a=1&", "/", "a=1"), ("/?=x", "/", "=x"), ("/?A=1&a=2&B=3", "/", "A=1&B=3&a=2"),
        ("/?a=1?2", "/", "a=1%3F2"),
        ("/?X-Amz-Signature=f&a=1", "/", "a=1"), ("/?%7e=1&z=1", "/", "z=1&~=1"),
    ]

    @Test(arguments: targets.indices) func encodesAndOrders(_ index: Int) {
        let (target, path, query) = Self.targets[index]
        let head = RequestHead(method: "GET", target: target, headers: ["host": "h"])
        let request = CanonicalRequest(
            head, signedHeaders: SignedHeaders("host"), payloadHash: "UNSIGNED-PAYLOAD", form: .normalized)
        #expect(request.text == "GET\n\(path)\n\(query)\nhost:h\n\nhost\nUNSIGNED-PAYLOAD")
    }

    @Test(arguments: [
        ("/%c3%a9/%7E+(", "/%c3%a9/%7E+("), ("/a?b=%2d&a=+&c", "/a\na=+&b=%2d&c="),
        ("/a?b&X-Amz-Signature=1", "/a\nb="),
    ])
    func leavesAsSent(_ target: String, _ expected: String) {
        let head = RequestHead(method: "GET", target: target, headers: ["host": "h"])
        let request = CanonicalRequest(
            head, signedHeaders: SignedHeaders("host"), payloadHash: "UNSIGNED-PAYLOAD", form: .asSent)
        let pieces = expected.contains("\n") ? expected : "\(expected)\n"
        #expect(request.text == "GET\n\(pieces)\nhost:h\n\nhost\nUNSIGNED-PAYLOAD")
    }

    @Test(arguments: [
        (["a  b"], "a b"), (["\ta\t\tb c "], "a b c"), (["a", "b"], "a,b"), (["a", "", " b"], "a,,b"), ([""], ""),
        (["  "], ""), (["a   \"b   c\""], "a \"b c\""), (["é  ü"], "é ü"), ([], ""),
    ])
    func foldsWhiteSpace(_ values: [String], _ expected: String) {
        var head = RequestHead(method: "GET", target: "/", headers: ["host": "h"])
        for value in values { head.headers.add("X-Amz-Meta-A", value) }
        let request = CanonicalRequest(
            head, signedHeaders: SignedHeaders("host;x-amz-meta-a"), payloadHash: "p", form: .normalized)
        #expect(request.text == "GET\n/\n\nhost:h\nx-amz-meta-a:\(expected)\n\nhost;x-amz-meta-a\np")
    }

    @Test func namesOfSignedHeadersAreWhole() {
        let headers = SignedHeaders("host;x-amz-date;x-amz-meta-ab")
        for name in ["host", "x-amz-date", "x-amz-meta-ab"] { #expect(headers.contains(name)) }
        for name in ["x-amz-meta-a", "x-amz-meta-abc", "amz-date", "hos", "ost"] {
            #expect(!SignedHeaders("x-amz-date;x-amz-meta-ab;host").contains(name))
        }
    }
}
