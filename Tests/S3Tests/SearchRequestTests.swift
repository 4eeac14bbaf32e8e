import Core
import HTTP
import Testing

@testable import S3

/// Roost's own operations: requests and answers as Sources/SearchIndex/QueryLanguage.md has them.
@Suite("Requests of search and events")
struct SearchRequestTests {
    private func parse(
        _ method: String, _ target: String, _ headers: Headers = [:]
    ) throws -> S3Operation {
        try S3RequestParser().parse(RequestHead(method: method, target: target, headers: headers), form: .unsigned)
    }

    private func search(_ target: String, _ headers: Headers = [:]) throws -> SearchRequest {
        guard case .search(let request) = try parse("GET", target, headers) else {
            throw S3Error(.notImplemented, "another operation")
        }
        return request
    }

    @Test func parameters() throws {
        let request = try search(
            "/photos?search&q=red%20car&sort=-modified,key,%2Bsize&limit=7&cursor=abc&facets=type:5,size%5B..1,1..%5D,ext"
                + "&highlight=true&fields=size,meta.x&count=exact&explain&timeout=500&partial=allow")
        #expect(request.bucket?.text == "photos" && request.query == "red car" && request.limit == 7)
        #expect(
            request.sort == [
                SearchRequest.Sort(field: "modified", isDescending: true),
                SearchRequest.Sort(field: "key", isDescending: nil),
                SearchRequest.Sort(field: "size", isDescending: false),
            ])
        #expect(request.cursor == "abc" && request.facets == ["type:5", "size[..1,1..]", "ext"])
        #expect(request.highlights && request.fields == ["size", "meta.x"] && request.count == .exact)
        #expect(request.explains && request.timeoutMilliseconds == 500 && request.allowsPartial)
        #expect(request.format == .json)
    }

    @Test func defaults() throws {
        let request = try search("/?search")
        var expected = SearchRequest(bucket: nil)
        expected.limit = 20
        #expect(request == expected)
        #expect(request.count == .lowerBound && request.timeoutMilliseconds == 10_000 && !request.allowsPartial)
    }

    @Test(arguments: [
        ("application/xml", true), ("text/xml;q=0.9, */*", true), ("application/json", false), ("*/*", false),
        ("text/html, application/json", false), ("", false),
    ])
    func formats(accept: String, isXML: Bool) throws {
        #expect(try search("/b-1?search", ["accept": accept]).format == (isXML ? .xml : .json))
        let head = RequestHead(method: "GET", target: "/b-1?search", headers: ["accept": accept])
        #expect(S3RequestParser.answersInJSON(head) == !isXML)
    }

    @Test(arguments: [
        "limit=1001", "limit=-1", "limit=x", "count=all", "highlight=maybe", "timeout=0", "timeout=30001",
        "partial=yes",
        "colour=red", "sort=a,b,c,d,e,f,g,h,i",
        "facets=a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a",
    ])
    func refusals(query: String) {
        #expect { try search("/b-1?search&\(query)") } throws: { error in
            (error as? S3Error)?.code == .invalidArgument && (error as? S3Error)?.status == 400
        }
    }

    /// Signatures travel in the query too.
    @Test func presigned() throws {
        let request = try search("/b-1?search&q=x&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00")
        #expect(request.query == "x")
    }

    @Test func routes() throws {
        #expect(try parse("GET", "/b-1?search=configuration").name == .getSearchConfiguration)
        #expect(try parse("PUT", "/b-1?search", ["content-length": "2"]).name == .putSearchConfiguration)
        #expect(try parse("DELETE", "/b-1?search").name == .deleteSearchConfiguration)
        #expect(try parse("GET", "/b-1?events").name == .events)
        #expect(try parse("POST", "/?search", ["content-length": "2"]).name == .search)
        for (method, target) in [("PUT", "/?search"), ("HEAD", "/b-1?search"), ("POST", "/b-1?events")] {
            #expect { try parse(method, target) } throws: { ($0 as? S3Error)?.code == .methodNotAllowed }
        }
        // An object may be called anything.
        #expect(try parse("GET", "/b-1/search?search").name == .getObject)
    }

    @Test func documents() throws {
        var operation = try parse("POST", "/b-1?search", ["content-length": "100"])
        try operation.accept(
            document: Array(
                #"{"q":"a \"b\"","limit":3,"highlight":true,"sort":["-size","key"],"facets":["a[1,2]","ext"],"cursor":null}"#
                    .utf8))
        guard case .search(let request) = operation else { throw S3Error(.notImplemented) }
        #expect(request.query == "a \"b\"" && request.limit == 3 && request.highlights)
        #expect(request.sort.map(\.field) == ["size", "key"] && request.facets == ["a[1,2]", "ext"])
        for wrong in ["[]", "{", #"{"limit":1.5}"#, #"{"colour":"red"}"#, #"{"sort":[1]}"#, #"{"q":{}}"#] {
            var operation = try parse("POST", "/b-1?search", ["content-length": "100"])
            #expect(throws: S3Error.self) { try operation.accept(document: Array(wrong.utf8)) }
        }
    }

    @Test func configurations() throws {
        let text =
            #"{"fields":[{"name":"meta.width","type":"number"},{"name":"tag.at","type":"date"}],"stemmer":"english"}"#
        let configuration = try SearchConfiguration(document: Array(text.utf8))
        #expect(configuration.fields.map(\.kind) == [.number, .date] && configuration.stemmer == "english")
        #expect(String(decoding: S3Response.searchConfiguration(configuration).body, as: UTF8.self) == text)
        for wrong in [
            "", "[]", #"{"fields":[{"name":"meta.x"}]}"#, #"{"fields":[{"name":"meta.x","type":"text"}]}"#, #"{"x":1}"#,
        ] {
            #expect(throws: S3Error.self) { try SearchConfiguration(document: Array(wrong.utf8)) }
        }
    }

    @Test func events() throws {
        guard
            case .events(let request) = try parse(
                "GET", "/b-1?events&after=1.2&prefix=a/&limit=5&wait=100",
                ["accept": "text/event-stream", "last-event-id": "1.7"])
        else { throw S3Error(.notImplemented) }
        #expect(request.isStream && request.position == "1.7" && request.limit == 5)
        #expect(request.prefix == Array("a/".utf8) && request.waitMilliseconds == 100)
    }

    @Test func answers() throws {
        var result = SearchResult()
        var hit = SearchResult.Hit(
            bucket: "b-1", key: try ObjectKey("a&b"), version: "null", size: 5, modified: WallTime(milliseconds: 0),
            contentType: "text/plain", tag: EntityTag(text: "00"), owner: "o", storageClass: "STANDARD",
            metadata: [S3Error.Detail("w", "<x>")], tags: [S3Error.Detail("k", "v")], score: 0.5)
        hit.highlights = [SearchResult.Highlight(field: "meta.w", fragment: "&lt;<em>x</em>&gt;")]
        result.hits = [hit]
        result.count = 1
        result.isCountExact = true
        result.cursor = "next"
        let request = SearchRequest(bucket: nil)
        let json = try JSONParser.parse(S3Response.search(result, to: request).body)
        #expect(
            json["hits"]
                == [
                    [
                        "bucket": "b-1", "key": "a&b", "version": "null", "size": 5,
                        "modified": "1970-01-01T00:00:00.000Z", "type": "text/plain", "etag": "00", "owner": "o",
                        "class": "STANDARD", "metadata": ["w": "<x>"], "tags": ["k": "v"], "score": 0.5,
                        "highlights": ["meta.w": ["&lt;<em>x</em>&gt;"]],
                    ]
                ])
        #expect(json["count"] == ["value": 1, "relation": "eq"] && json["cursor"] == "next")
        var asXML = request
        asXML.format = .xml
        let xml = String(decoding: S3Response.search(result, to: asXML).body, as: UTF8.self)
        #expect(xml.contains("<Key>a&amp;b</Key>") && xml.contains("<Value>&lt;x&gt;</Value>"))
        #expect(xml.contains("<Fragment>&amp;lt;&lt;em&gt;x&lt;/em&gt;&amp;gt;</Fragment>"))
    }

    @Test func errorsHavePlaces() throws {
        let error = S3Error(
            .invalidSearchQuery, "no such field",
            details: [
                S3Error.Detail("Offset", "3"), S3Error.Detail("Expected", "a"), S3Error.Detail("Expected", "b"),
                S3Error.Detail("Suggestion", "size"),
            ])
        let json = try JSONParser.parse(error.jsonResponse(resource: "/b-1", requestID: "R").body)
        #expect(
            json["error"]
                == [
                    "code": "InvalidSearchQuery", "message": "no such field", "offset": 3, "expected": ["a", "b"],
                    "suggestion": "size", "resource": "/b-1", "requestId": "R",
                ])
    }
}
