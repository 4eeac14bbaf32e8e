import FoundationEssentials
import HTTP
import Testing

@testable import S3

/// A table of requests with the answers that AWS documents: a file of `Fixtures`. The end-to-end tests send the same rows
/// to a running store (`Tests/EndToEnd/test_no_trace.py`).
struct RequestTable: Decodable {
    struct Group: Decodable {
        /// The page that says so, and what to look for there.
        var reference: String
        var rows: [Row]
    }

    struct Row: Decodable, Sendable, CustomTestStringConvertible {
        /// Method and target; or a name.
        var request: String?
        var name: String?
        var headers: [String: String]?
        var document: String?
        /// Operations on a signed request, with their arguments.
        var changes: [[String]]?
        /// Status and code, or `served`.
        var answer: String
        var message: String?

        var testDescription: String {
            "\(name ?? request ?? "") \(headers ?? [:]) \(document?.prefix(100).debugDescription ?? "")"
        }

        var head: RequestHead {
            let pieces = (request ?? "").split(separator: " ", maxSplits: 1)
            var headers = Headers()
            for (name, value) in (self.headers ?? [:]).sorted(by: { $0.key < $1.key }) {
                headers.add(name, RequestTable.expand(value))
            }
            headers.add("host", "localhost:9000")
            return RequestHead(
                method: String(pieces[0]), target: RequestTable.expand(String(pieces[1])), headers: headers)
        }

        /// Expanded; empty if there is none.
        var body: String { RequestTable.expand(document ?? "") }
    }

    var groups: [Group]

    /// - Precondition: the file is there and well-formed.
    static func groups(_ name: String) -> [Group] {
        let folder = #filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.endIndex)
        guard let data = FileManager.default.contents(atPath: "\(folder)/Fixtures/\(name)"),
            let table = try? JSONDecoder().decode(RequestTable.self, from: data)
        else { preconditionFailure("\(name) is no table of requests") }
        return table.groups
    }

    static func rows(_ name: String) -> [Row] { groups(name).flatMap(\.rows) }

    /// What `error` is in the tables' words.
    static func answer(_ error: S3Error?) -> String {
        error.map { "\($0.status) \($0.code.rawValue)" } ?? "served"
    }

    /// `{3 of x#}` is `x1x2x3`.
    static func expand(_ text: String) -> String {
        guard let open = text.firstIndex(of: "{"), let close = text[open...].firstIndex(of: "}"),
            let of = text[open..<close].firstRange(of: " of "),
            let count = Int(text[text.index(after: open)..<of.lowerBound])
        else { return text }
        let unit = text[of.upperBound..<close]
        let run = (1...count).map { unit.replacing("#", with: "\($0)") }.joined()
        return text[..<open] + run + expand(String(text[text.index(after: close)...]))
    }
}

@Suite struct RequestTableReaderTests {
    @Test(arguments: [
        ("none", "none"), ("{3 of x#}", "x1x2x3"), ("a{2 of b}c{1 of #}d", "abbc1d"), ("{date}", "{date}"),
    ]) func expands(_ text: String, _ expected: String) { #expect(RequestTable.expand(text) == expected) }
}
