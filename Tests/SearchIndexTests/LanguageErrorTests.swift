import Core
import SearchIndex
import Testing

/// What is reported, where (bytes, length, column), and what is suggested. The place is written into the query by « and
/// », so that a table shows it.
@Suite("Errors of the query language")
struct LanguageErrorTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var query: String
        var code: QueryError.Code
        var suggestion: String?
        init(_ query: String, _ code: QueryError.Code, _ suggestion: String? = nil) {
            self.query = query
            self.code = code
            self.suggestion = suggestion
        }
        var testDescription: String { query }
    }

    @Test(arguments: [
        // Fields.
        Case("«colour»:red", .unknownField),
        Case("«siez»:1", .unknownField, "size"),
        Case("a «ky»:b", .unknownField, "key"),
        Case("«Size»:1", .unknownField, "size"),
        Case("«filename»:a", .unknownField, "name"),
        Case("«content-type»=a", .unknownField, "type"),
        Case("«mtime»:2026", .unknownField, "modified"),
        Case("«x-amz-meta-Color»=red", .unknownField, "meta.Color"),
        Case("«tags.team»:a", .unknownField, "tag.team"),
        Case("«meta.»:a", .unknownField),
        Case("größe «dt»=2026-01-01", .unknownField),
        Case("«http»://x", .unknownField),
        Case("key:(a «name:»b)", .unsupportedForm),
        // What belongs to something and is missing.
        Case("a AND «AND» b", .missingOperand, "\"AND\""),
        Case("«AND» b", .missingOperand, "\"AND\""),
        Case("«OR» b", .missingOperand, "\"OR\""),
        Case("a AND«»", .missingOperand),
        Case("a OR«»", .missingOperand),
        Case("NOT«»", .missingOperand),
        Case("-«)»", .missingOperand),
        Case("(«)»", .missingOperand),
        Case("(a OR «)»", .missingOperand),
        Case("a «^»2 b", .missingOperand),
        Case("«~»2", .missingOperand),
        Case("a«\\»", .missingOperand, "\\\\"),
        Case("«key:»", .missingValue),
        Case("«key=» a", .missingValue),
        Case("size:«>»", .missingValue),
        Case("size:«>=» 1", .missingValue),
        // Quotes and parentheses.
        Case("a «\"»b", .unterminatedQuote),
        Case("key=«\"»b", .unterminatedQuote),
        Case("«\"»a\\\"", .unterminatedQuote),
        Case("«\"»a\\", .unterminatedQuote),
        Case("«(»a", .unbalancedParenthesis),
        Case("(a «(»b", .unbalancedParenthesis),
        Case("a«)»", .unbalancedParenthesis),
        Case("a «)» b", .unbalancedParenthesis),
        // Operators of other languages.
        Case("a «&&» b", .unknownOperator, "AND"),
        Case("a «||» b", .unknownOperator, "OR"),
        Case("«!»a", .unknownOperator, "NOT "),
        // Boosts and distances.
        Case("a«^»", .invalidBoost),
        Case("a«^b»", .invalidBoost),
        Case("a«^0»", .invalidBoost),
        Case("a«^1001»", .invalidBoost),
        Case("a«^2x» b", .invalidBoost),
        Case("a«~3»", .invalidDistance, "~2"),
        Case("a«~b»", .invalidDistance, "~2"),
        Case("\"a b\"«~»", .invalidDistance, "~9"),
        Case("\"a b\"«~10»", .invalidDistance, "~9"),
        Case("«a*~»1", .unsupportedForm, "a*"),
        // Sizes.
        Case("size:«big»", .invalidSize),
        Case("size:«1X»", .invalidSize),
        Case("size:«1m»", .invalidSize, "1MB"),
        Case("size:«-1»", .invalidSize),
        Case("size:>«1.»", .invalidSize),
        Case("size:«1.2.3»", .invalidSize),
        Case("size:«99999999999999999999»", .invalidSize),
        Case("size:«9000PiB»", .invalidSize),
        Case("size:1..«x»", .invalidSize),
        Case("size:IN(1, «y»)", .invalidSize),
        // Dates; of what looks like a date, the part.
        Case("modified:«yesterday»", .invalidDate),
        Case("modified:>2026-«13»", .invalidDate),
        Case("modified:2026-02-«30»", .invalidDate),
        Case("modified:2026-11-27T«25»", .invalidDate),
        Case("modified:2026-11-27«x»", .invalidDate),
        Case("modified:2026-«1»", .invalidDate),
        Case("größe modified:2026-«00»", .invalidDate),
        Case("modified:«now-7y»", .invalidDate),
        Case("modified:«now-»", .invalidDate),
        Case("modified:«now/h»", .invalidDate),
        Case("modified:«nowhere»", .invalidDate),
        Case("modified:[2026 TO «x»]", .invalidDate),
        // Ranges and lists.
        Case("size:«[1 »2]", .invalidRange),
        Case("size:«[1 TO »", .invalidRange),
        Case("size:«[1 TO 2»", .invalidRange),
        Case("size:«[»", .invalidRange),
        Case("size:«1..»", .invalidRange),
        Case("size:«..1»", .invalidSize),
        Case("ext:«IN()»", .invalidList),
        Case("ext:«IN(a»", .invalidList),
        Case("ext:«IN(a,)»", .invalidList),
        Case("ext:«IN(a b»)", .invalidList),
        // What a field cannot do.
        Case("key:«>»a", .notComparable),
        Case("ext:«<=»a", .notComparable),
        Case("path:«[»a TO b]", .notComparable),
        Case("path:«a*b»", .unsupportedForm, "a"),
        Case("bucket:«a~»", .unsupportedForm),
        // Where the meaning of fields is known.
        Case("a «meta.price:>5»", .undeclaredField),
        Case("«tag.n:1..2»", .undeclaredField),
        Case("«meta.word:>a»", .notComparable),
        Case("«meta.number:>a»", .invalidNumber),
        Case("«meta.number:a»", .invalidNumber),
        Case("«meta.date:>2026-13»", .invalidDate),
        Case("«size:[2 TO 1]»", .invalidRange),
        Case("«modified:2026..2025»", .invalidRange),
        Case("size:«pho*»", .invalidSize),
        Case("«...»", .noWords),
        Case("a «\"\"»", .noWords),
        Case("«-»", .noWords),
        Case("«key:-*»", .noWords),
        Case("«**»", .noWords),
        Case("«key:a/*.jpg»", .unsupportedForm),
        Case("«a-b~»", .unsupportedForm, "\"a-b\"~2"),
    ]) func isFound(_ example: Case) throws {
        let start = try #require(example.query.firstRange(of: "«")).lowerBound
        let before = String(example.query[..<start])
        let marked = try #require(example.query.firstRange(of: "»"))
        let length = example.query[start..<marked.lowerBound].utf8.count - "«".utf8.count
        let text = example.query.replacing("«", with: "").replacing("»", with: "")
        let schema = SearchSchema(
            fields: [
                SearchSchema.DeclaredField(MetadataName(.userMetadata, "number"), .number),
                SearchSchema.DeclaredField(MetadataName(.userMetadata, "date"), .date),
                SearchSchema.DeclaredField(MetadataName(.userMetadata, "word"), .keyword),
            ], stemmer: nil)
        let error = #expect(throws: QueryError.self) {
            _ = try Query(parsing: text).normalised(QueryContext(now: 0, schema: schema))
        }
        guard let error else { return }
        #expect(error.code == example.code, "\(error)")
        #expect(error.suggestion == example.suggestion)
        #expect(error.offset == before.utf8.count, "\(error)")
        #expect(error.length == length, "\(error)")
        #expect(error.column == before.count + 1)
        #expect(error.message.hasSuffix("."))
    }

    @Test func limits() {
        func code(_ text: String) -> QueryError.Code? {
            do throws(QueryError) {
                _ = try Query(parsing: text)
                return nil
            } catch {
                return error.code
            }
        }
        #expect(code(String(repeating: "a", count: 4096)) == nil)
        #expect(code(String(repeating: "a", count: 4097)) == .queryTooLong)
        #expect(code(String(repeating: "a ", count: 64)) == nil)
        #expect(code(String(repeating: "a ", count: 65)) == .tooManyClauses)
        #expect(code("ext:IN(" + Array(repeating: "a", count: 64).joined(separator: ",") + ")") == nil)
        #expect(code("ext:IN(" + Array(repeating: "a", count: 65).joined(separator: ",") + ")") == .tooManyClauses)
        #expect(code(String(repeating: "(", count: 16) + "a" + String(repeating: ")", count: 16)) == nil)
        #expect(code(String(repeating: "(", count: 17) + "a" + String(repeating: ")", count: 17)) == .tooDeep)
        #expect(code(String(repeating: "-", count: 16) + "a") == nil)
        #expect(code(String(repeating: "-", count: 17) + "a") == .tooDeep)
        #expect(code(String(repeating: "NOT ", count: 17) + "a") == .tooDeep)
        // What is left again does not count.
        func nested(_ depth: Int) -> String {
            String(repeating: "(", count: depth) + "a" + String(repeating: ")", count: depth)
        }
        #expect(code("-a (b) " + nested(16)) == nil)
        #expect(code("-a (b) " + nested(17)) == .tooDeep)
        #expect(code(String(repeating: "-(", count: 9) + "a" + String(repeating: ")", count: 9)) == .tooDeep)
    }

    @Test(
        arguments: [
            ([0x61, 0x20, 0xFF], 2, 3), ([0xC3], 0, 1), ([0xC3, 0xA9, 0xC0, 0xAF], 2, 2), ([0xED, 0xA0, 0x80], 0, 1),
        ] as [([UInt8], Int, Int)]) func whatIsNoUTF8(_ bytes: [UInt8], _ offset: Int, _ column: Int)
    {
        let error = #expect(throws: QueryError.self) { _ = try Query(parsing: bytes) }
        #expect(error?.code == .invalidUTF8)
        #expect(error?.offset == offset)
        #expect(error?.column == column)
        #expect(throws: Never.self) { _ = try Query(parsing: "\u{FFFD}") }
    }

    @Test func codesAreStable() {
        for code in QueryError.Code.allCases {
            #expect(code.rawValue.allSatisfy { $0 == "-" || $0.isLowercase || $0.isNumber })
        }
    }
}
