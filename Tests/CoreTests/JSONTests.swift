import Testing

@testable import Core

@Suite struct JSONTests {
    /// RFC 8259.
    @Test(
        arguments: [
            ("null", .null), (" true ", true), ("false", false), ("0", 0), ("-0", .number(-0.0)), ("-12", -12),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("1.5", 1.5), ("1e2", .number(100)),
            ("-2.5E-1", .number(-0.25)), ("\"\"", ""), ("\"é🐓\"", "é🐓"), ("\"\\u00e9\\ud83d\\udc13\"", "é🐓"),
            ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\u{08}\u{0C}\n\r\t"), ("[]", []), ("[1,[2],{}]", [1, [2], [:]]),
            ("{\"a\":1,\"b\":{\"c\":[null]}}", ["a": 1, "b": ["c": [nil]]]), ("\u{FEFF}1", 1),
        ] as [(String, JSONValue)])
    func reads(_ text: String, _ value: JSONValue) throws {
        #expect(try JSONParser.parse(text) == value)
        #expect(try JSONParser.parse(text, .json5) == value)
        #expect(try JSONParser.parse(value.encoded()) == value)
        #expect(try JSONParser.parse(value.encoded(indented: true)) == value)
    }

    @Test(arguments: [
        "", " ", "nul", "nulls", "tru", "+1", "01", "-", "1.", ".5", "1e", "1e+", "0x1", "1a", "NaN", "Infinity", "'a'",
        "\"a", "\"\n\"", "\"\u{1}\"", "\"\\x41\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\a\"", "[",
        "[1",
        "[1,]", "[,]", "[1 2]", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\":1 \"b\":2}",
        "{\"a\":1,\"a\":2}",
        "1 2", "// c\n1", "1e999", "]", "\u{00}",
    ]) func refuses(_ text: String) {
        #expect(throws: JSONError.self) { try JSONParser.parse(text) }
    }

    /// The example of spec.json5.org, and one line for each of its sections.
    @Test(
        arguments: [
            (
                """
                {
                  // comments
                  unquoted: 'and you can quote me on that',
                  singleQuotes: 'I can use "double quotes" here',
                  lineBreaks: "Look, Mom! \\
                No \\\\n's!",
                  hexadecimal: 0xdecaf,
                  leadingDecimalPoint: .8675309, andTrailing: 8675309.,
                  positiveSign: +1,
                  trailingComma: 'in objects', andIn: ['arrays',],
                  "backwardsCompatible": "with JSON",
                }
                """,
                [
                    "unquoted": "and you can quote me on that", "singleQuotes": "I can use \"double quotes\" here",
                    "lineBreaks": "Look, Mom! No \\n's!", "hexadecimal": 0xdecaf, "leadingDecimalPoint": 0.8675309,
                    "andTrailing": .number(8_675_309), "positiveSign": 1, "trailingComma": "in objects",
                    "andIn": ["arrays"], "backwardsCompatible": "with JSON",
                ]
            ),
            ("/* a */ [ /* b */ 1, // c\n 2 /**/ ]", [1, 2]), ("'\\x41\\'\\0\\v\\q'", "A'\0\u{0B}q"),
            ("'a\\\r\nb\\\u{2028}c'", "abc"), ("{$_a1: 1, é: 2, \\u0061b: 3}", ["$_a1": 1, "é": 2, "ab": 3]),
            ("\u{A0}\u{2003}\u{2028}1\u{0B}\u{0C}", 1), ("-Infinity", .number(-.infinity)), ("-0x10", -16),
            ("1.e2", .number(100)), ("-.5", -0.5),
        ] as [(String, JSONValue)])
    func readsJSON5(_ text: String, _ value: JSONValue) throws {
        #expect(try JSONParser.parse(text, .json5) == value)
    }

    @Test(arguments: [
        "/* open", "/ 1", "{1a: 1}", "{a-b: 1}", "'\\1'", "'\\08'", "'\\x4'", "0x", "0xg", "+", "--1", ".", "'a\nb'",
        "[,]",
        "{,}", "{a:1,,}", "0x10000000000000000", "01", "{a:1, 'a':2}",
    ]) func refusesJSON5(_ text: String) {
        #expect(throws: JSONError.self) { try JSONParser.parse(text, .json5) }
    }

    @Test func saysWhere() {
        #expect(throws: JSONError(.expected(StaticStringName("a colon")), at: JSONPosition(line: 3, column: 5))) {
            try JSONParser.parse("{\n  a: 1,\n  b 2\n}", .json5)
        }
        #expect(throws: JSONError(.duplicateName("é"), at: JSONPosition(line: 2, column: 9))) {
            try JSONParser.parse("{\n \"é\":1, 'é': 2}", .json5)
        }
    }

    @Test func boundsDepthAndLength() {
        let deep = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
        #expect(throws: JSONError.self) { try JSONParser.parse(deep) }
        #expect(throws: JSONError.self) { try JSONParser.parse("[1,2,3]", limits: JSONParser.Limits(bytes: 6)) }
        #expect(throws: JSONError.self) { try JSONParser.parse([0x22, 0xFF, 0x22]) }
    }

    @Test func keepsTheOrderOfMembers() throws {
        let value = try JSONParser.parse("{\"z\":1,\"a\":2,\"m\":3}")
        #expect(value.text() == "{\"z\":1,\"a\":2,\"m\":3}")
        #expect(
            value.object?.members.map(\.position) == [
                JSONPosition(line: 1, column: 2), JSONPosition(line: 1, column: 8), JSONPosition(line: 1, column: 14),
            ])
    }
}
