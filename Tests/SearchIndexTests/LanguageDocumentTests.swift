import FoundationEssentials
import SearchIndex
import Testing

/// What QueryLanguage.md shows is the language.
@Suite("The page of the query language")
struct LanguageDocumentTests {
    private static let lines: [String] = {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        let data = FileManager.default.contents(atPath: "\(root)/Sources/SearchIndex/QueryLanguage.md") ?? .init()
        return String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
    }()

    private static let schema = SearchSchema(
        fields: [SearchSchema.DeclaredField(MetadataName(.userMetadata, "year"), .number)], stemmer: nil)

    @Test func itsExamplesAreRead() throws {
        var examples: [String] = []
        var isExample = false
        for line in Self.lines {
            if line.hasPrefix("```") {
                isExample = line == "```query"
            } else if isExample {
                examples.append(line.split(separator: "#").first.map(String.init) ?? "")
            }
        }
        #expect(examples.count > 15)
        for example in examples {
            #expect(throws: Never.self, "\(example)") {
                _ = try Query(parsing: example).normalised(QueryContext(now: 0))
            }
        }
    }

    /// The right column of what is said of other stores.
    @Test func itsTranslationsAreRead() throws {
        var queries: [String] = []
        var isTable = false
        for line in Self.lines {
            if line.hasPrefix("|"), line.hasSuffix("| here |") { isTable = true }
            if line.isEmpty { isTable = false }
            guard isTable, let cell = line.components(separatedBy: " | ").last, cell.hasPrefix("`") else { continue }
            queries.append(String(cell.dropFirst().prefix { $0 != "`" }))
        }
        #expect(queries.count > 20)
        for query in queries {
            #expect(throws: Never.self, "\(query)") {
                _ = try Query(parsing: query).normalised(QueryContext(now: 0, schema: Self.schema))
            }
        }
    }

    @Test func itListsEveryFieldAndError() {
        let page = Self.lines.joined(separator: "\n")
        for code in QueryError.Code.allCases { #expect(page.contains("`\(code.rawValue)`")) }
        for field in [
            "bucket", "key", "path", "name", "ext", "type", "size", "modified", "created", "owner", "class", "etag",
            "version", "meta.NAME", "tag.NAME",
        ] {
            #expect(page.contains("`\(field)`"))
        }
    }
}
