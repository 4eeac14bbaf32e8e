import SearchIndex
import Testing

@Suite("Parts of keys, types and declared values")
struct AnalysisNamesTests {
    @Test(arguments: [
        ("a/b/c.txt", "c.txt"), ("c.txt", "c.txt"), ("photos/2026/", "2026"), ("a//b", "b"), ("///", ""), ("", ""),
        ("/a", "a"),
    ]) func lastComponents(_ key: String, _ name: String) {
        let bytes = Array(key.utf8)
        let range = bytes.withUnsafeBytes { KeyName.lastComponent(of: $0) }
        #expect(String(decoding: bytes[range], as: UTF8.self) == name)
    }

    @Test(
        arguments: [
            ("a/b.JPG", "jpg"), ("archive.tar.GZ", "gz"), ("a.b/c", nil), (".profile", nil), ("file.", nil),
            ("x.ÄÖ", "äö"), ("Mr. Smith", nil), ("a/.hidden.txt", "txt"), ("", nil), ("dir.d/", "d"),
        ] as [(String, String?)])
    func extensions(_ key: String, _ expected: String?) {
        let found = Array(key.utf8).withUnsafeBytes { KeyName.fileExtension(of: $0) }
        #expect(found.map { String(decoding: $0, as: UTF8.self) } == expected)
    }

    @Test(arguments: [
        ("image/PNG", "image/png"), (" text/html ; charset=utf-8", "text/html"), ("", ""), (";", ""), ("  ", ""),
        ("Application/X-Ä", "application/x-ä"),
    ]) func contentTypes(_ header: String, _ expected: String) {
        #expect(String(decoding: ContentTypeName.normalised(header), as: UTF8.self) == expected)
    }

    @Test(
        arguments: [
            ("1", 1), ("-2.5", -2.5), (" 1e3\n", 1000), ("+7", 7), (".5", 0.5), ("-0", 0), ("007", 7), ("", nil),
            ("abc", nil), ("0x10", nil), ("nan", nil), ("inf", nil), ("1e999", nil), ("1,5", nil), ("1 2", nil),
            ("e", nil), ("-", nil), ("1_000", nil),
        ] as [(String, Double?)])
    func numbers(_ text: String, _ value: Double?) {
        #expect(DeclaredValue.column(of: text, kind: .number) == value.map(ColumnValue.of))
    }

    /// Expected values by `date -u -d … +%s%3N`.
    @Test(
        arguments: [
            ("2026", 1_767_225_600_000), ("2026-11", 1_793_491_200_000), ("2026-11-27", 1_795_737_600_000),
            ("2026-11-27T10", 1_795_773_600_000), ("2026-11-27T10:30", 1_795_775_400_000),
            ("2026-11-27T10:30:15Z", 1_795_775_415_000), ("2026-11-27T10:30:15.250Z", 1_795_775_415_250),
            ("2026-11-27T10:30:15+01:00", 1_795_771_815_000), ("2026-11-27T10:30:15-0530", 1_795_795_215_000),
            ("2024-02-29", 1_709_164_800_000), ("1969-12-31", -86_400_000), ("0000", -62_167_219_200_000),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999), (" 2026-01-01 ", 1_767_225_600_000),
            ("1795775415250", 1_795_775_415_250), ("-1", -1), ("0", 0), ("12345", 12_345),
            ("2025-02-29", nil), ("2026-13", nil), ("2026-00-01", nil), ("2026-1-1", nil), ("2026-11-27 10:00", nil),
            ("2026-11-27T24", nil), ("2026-11-27T10:60", nil), ("2026-11-27T10:30:15.", nil), ("2026-", nil),
            ("2026-11-27T10:30:15+25", nil), ("yesterday", nil), ("", nil), ("1.5", nil),
        ] as [(String, Int64?)])
    func dates(_ text: String, _ milliseconds: Int64?) {
        #expect(DeclaredValue.column(of: text, kind: .date) == milliseconds)
    }

    @Test func keywordsAreNoNumbers() {
        #expect(DeclaredValue.column(of: "1", kind: .keyword) == nil)
    }
}
