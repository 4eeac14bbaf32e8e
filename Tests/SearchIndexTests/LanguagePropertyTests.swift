import Glibc
import SearchIndex
import TestSupport
import Testing

/// Random trees and random text. A failure prints its seed; `ROOST_LANGUAGE_SEED=N swift test --filter
/// LanguagePropertyTests` runs that one alone.
@Suite("Queries: printing and reading")
struct LanguagePropertyTests {
    static let seeds: [UInt64] = replayed.map { [$0] } ?? Array(1...200)
    private static var replayed: UInt64? { getenv("ROOST_LANGUAGE_SEED").flatMap { UInt64(String(cString: $0)) } }

    @Test(arguments: seeds) func aPrintedTreeIsReadAsItself(seed: UInt64) throws {
        var trees = RandomTrees(seed: seed)
        for _ in 0..<25 {
            let query = Query(trees.node(depth: 4))
            let text = query.description
            #expect(
                try Query(parsing: text) == query, "\(text), replay: ROOST_LANGUAGE_SEED=\(seed)")
        }
    }

    /// Whatever is written is read or refused, at a place within it; what is read prints as something that is read as
    /// the same.
    @Test(arguments: seeds) func anyTextIsReadOrRefused(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let parts = [
            "a", "red", "AND", "OR", "NOT", "-", "(", ")", "\"", "\\", "*", "?", "~", "1", "^", "2", " ", " ", "key:",
            "size:", "modified:", "meta.x:", "tag.Y=", "path:", "bucket:", "type:", "IN(", ",", ">", "<=", "[", "]",
            "{", "}", " TO ", "..", "now-1d", "2026-11", "1KB", "é", "東", "🎉", "\u{3000}", ":", "=", "x:", "/", ".",
            "\0", "+", "!",
        ]
        for _ in 0..<100 {
            let text = (0..<generator.below(12)).map { _ in parts[generator.below(parts.count)] }.joined()
            let comment: Comment = "\(text), replay: ROOST_LANGUAGE_SEED=\(seed)"
            do throws(QueryError) {
                let query = try Query(parsing: text)
                #expect(try Query(parsing: query.description) == query, comment)
                _ = try query.normalised(QueryContext(now: 0))
            } catch {
                #expect(error.offset >= 0 && error.length >= 0, comment)
                #expect(error.offset + error.length <= text.utf8.count, comment)
                #expect(error.column >= 1 && error.column <= text.count + 1, comment)
            }
        }
    }
}

/// Trees as the parser makes them.
private struct RandomTrees {
    private var generator: SplitMix64

    init(seed: UInt64) { generator = SplitMix64(seed: seed) }

    mutating func node(depth: Int) -> Query.Node {
        switch depth == 0 ? generator.below(3) : generator.below(8) {
        case 0: return generator.chance(0.1) ? .everything : .text(text(), .nowhere)
        case 1: return .text(text(), .nowhere)
        case 2: return field()
        case 3, 4: return .and((0..<(2 + generator.below(2))).map { _ in node(depth: depth - 1) })
        case 5: return .or((0..<(2 + generator.below(2))).map { _ in node(depth: depth - 1) })
        case 6: return .not(node(depth: depth - 1))
        default: return .boost(node(depth: depth - 1), [0.001, 0.25, 2, 3.5, 1000][generator.below(5)])
        }
    }

    private mutating func field() -> Query.Node {
        let fields: [QueryField] = [
            .bucket, .key, .path, .name, .fileExtension, .contentType, .size, .modified, .owner, .storageClass,
            .entityTag, .version, .metadata(MetadataName(.userMetadata, "some-name")),
            .metadata(MetadataName(.tag, string().isEmpty ? "t" : "T \(string())")),
        ]
        let field = fields[generator.below(fields.count)]
        return .field(field, test(of: field), .nowhere)
    }

    private mutating func test(of field: QueryField) -> Query.Test {
        let isDate = field == .modified
        switch generator.below(5) {
        case 0: return .exists
        case 1: return .exact(value(of: field))
        case 2: return .oneOf((0...generator.below(3)).map { _ in value(of: field) })
        case 3:
            if case .metadata = field {} else if field != .size, !isDate { return .exists }
            if generator.chance(0.5) {
                return .compare(Query.Comparison.allCases[generator.below(4)], value(of: field))
            }
            return .range(lower: bound(of: field), upper: bound(of: field))
        default:
            if field == .size || isDate { return .text(.word(value(of: field))) }
            if field == .path { return .text(.prefix(string())) }
            let text = text()
            if case .fuzzy = text, field != .key, field != .name { return .exists }
            return .text(text)
        }
    }

    private mutating func bound(of field: QueryField) -> Query.Bound? {
        if generator.chance(0.2) { return nil }
        let value = value(of: field)
        return value == "*" ? nil : Query.Bound(value, isIncluded: generator.chance(0.5))
    }

    private mutating func value(of field: QueryField) -> String {
        switch field {
        case .size: ["0", "1.5KB", "7GiB"][generator.below(3)]
        case .modified: ["2026", "2026-11-27T10:30:00+01:00", "now-7d/d", "now"][generator.below(4)]
        default: string()
        }
    }

    private mutating func text() -> Query.Text {
        switch generator.below(5) {
        case 0: .word(nonEmpty())
        case 1: .prefix(nonEmpty())
        case 2: .wildcard("*" + nonEmpty().filter { $0 != "\\" && $0 != "*" } + "\\\\?")
        case 3: .fuzzy(nonEmpty(), distance: [nil, 1, 2][generator.below(3)])
        default: .phrase(string(), slop: generator.below(10), endsInPrefix: generator.chance(0.3))
        }
    }

    private mutating func nonEmpty() -> String {
        let text = string()
        return text.isEmpty ? "x" : text
    }

    private mutating func string() -> String {
        let parts = [
            "a", "B", "0", "-", ".", "/", " ", "\"", "\\", "*", "?", "~", "^", ":", "=", "(", ")", "[", "]", "{", "}",
            ",", "<", ">", "!", "&&", "AND", "OR", "NOT", "TO", "IN(", "é", "東", "\u{3000}", "\u{A0}", "🎉", "now", "..",
            "e\u{301}", "key:", "+", "\n",
        ]
        return (0..<generator.below(5)).map { _ in parts[generator.below(parts.count)] }.joined()
    }
}
