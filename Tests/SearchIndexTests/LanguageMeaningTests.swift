import Core
import SearchIndex
import Testing

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
private func term(_ field: TextField, _ text: String) -> IndexQuery { .term(field, bytes(text)) }
private func all(_ text: String) -> IndexQuery { term(.all, text) }
private func phrase(_ field: TextField, _ words: [String], slop: Int = 0, endsInPrefix: Bool = false) -> IndexQuery {
    .phrase(
        field,
        Phrase(
            words.enumerated().map { Phrase.Word(bytes($0.element), at: $0.offset) }, slop: slop,
            endsInPrefix: endsInPrefix))
}
private func meta(_ name: String) -> MetadataName { MetadataName(.userMetadata, name) }

/// 2026-11-27T10:30:15.250Z, by `date -u -d … +%s%3N`.
private let now: Int64 = 1_795_775_415_250

private let context = QueryContext(
    now: now,
    buckets: [("logs", BucketID(9)), ("logs-old", BucketID(3)), ("photos", BucketID(5))],
    schema: SearchSchema(
        fields: [
            SearchSchema.DeclaredField(meta("price"), .number), SearchSchema.DeclaredField(meta("due"), .date),
            SearchSchema.DeclaredField(MetadataName(.tag, "Team"), .keyword),
        ], stemmer: nil))

@Suite("Meaning of queries")
struct LanguageMeaningTests {
    private func meaning(_ text: String, _ context: QueryContext = context) throws -> IndexQuery {
        try Query(parsing: text).normalised(context)
    }

    @Test(
        arguments: [
            ("", .all),
            ("*", .all),
            ("Red", all("red")),
            ("GRÜN", all("grun")),
            ("a b", .and([all("a"), all("b")])),
            ("a (b c)", .and([all("a"), all("b"), all("c")])),
            ("a OR (b OR c)", .or([all("a"), all("b"), all("c")])),
            ("* a", all("a")),
            ("-a", .not(all("a"))),
            ("a^2", .boost(all("a"), 2)),
            // Words that analysis takes apart stand one after another.
            ("red-photo", phrase(.all, ["red", "photo"])),
            ("photos/2026/red.jpg", phrase(.all, ["photos", "2026", "red", "jpg"])),
            ("12:30", phrase(.all, ["12", "30"])),
            // Within one word, the word as it stands too.
            ("IMG2026", .or([phrase(.all, ["img", "2026"]), all("\u{1}img2026")])),
            ("iPhone", .or([phrase(.all, ["i", "phone"]), all("iphone")])),
            ("don't", .or([phrase(.all, ["don", "t"]), all("don't")])),
            ("IMG2026.jpg", phrase(.all, ["img", "2026", "jpg"])),
            // Scripts without spaces: a run by its pairs, one character by what begins with it.
            ("東京", all("東京")),
            ("東京都", phrase(.all, ["東京", "京都"])),
            ("東", .prefix(.all, bytes("東"))),
            ("\"red 東\"", phrase(.all, ["red", "東"], endsInPrefix: true)),
            ("2026年", phrase(.all, ["2026", "年"], endsInPrefix: true)),
            // Phrases.
            ("\"Red Photo\"", phrase(.all, ["red", "photo"])),
            ("\"red\"", all("red")),
            ("\"red pho*\"~2", phrase(.all, ["red", "pho"], slop: 2, endsInPrefix: true)),
            ("\"pho*\"", .prefix(.all, bytes("pho"))),
            ("\"red - *\"", all("red")),
            ("\"AND\"", all("and")),
            // Prefixes.
            ("Pho*", .prefix(.all, bytes("pho"))),
            ("red-pho*", phrase(.all, ["red", "pho"], endsInPrefix: true)),
            ("img_20*", phrase(.all, ["img", "20"], endsInPrefix: true)),
            ("iPho*", .or([phrase(.all, ["i", "pho"], endsInPrefix: true), .prefix(.all, bytes("ipho"))])),
            (
                "iPhone1*",
                .or([
                    phrase(.all, ["i", "phone", "1"], endsInPrefix: true), .prefix(.all, bytes("\u{1}iphone1")),
                ])
            ),
            ("red-*", all("red")),
            ("東京*", .prefix(.all, bytes("東京"))),
            // Patterns.
            ("p?o*O", .wildcard(.all, bytes("p?o*o"))),
            ("GR?ß*x", .wildcard(.all, bytes("gr?ss*x"))),
            ("a\\*?b", .wildcard(.all, bytes("\u{1}a\\*?b"))),
            ("*.JPG", .exact(.fileExtension, bytes("jpg"))),
            ("name:*.jpg", .exact(.fileExtension, bytes("jpg"))),
            ("*.tar.gz", .wildcard(.all, bytes("\u{1}*.tar.gz"))),
            ("IMG?1*2", .wildcard(.all, bytes("\u{1}img?1*2"))),
            ("*2026*", .wildcard(.all, bytes("*2026*"))),
            ("meta.f:*.jpg", .wildcard(.metadata(meta("f")), bytes("\u{1}*.jpg"))),
            // Fuzzy words.
            ("photo~", .fuzzy(.all, bytes("photo"), distance: 1)),
            ("photos~", .fuzzy(.all, bytes("photos"), distance: 2)),
            ("Photo~2", .fuzzy(.all, bytes("photo"), distance: 2)),
            ("mp3~", .fuzzy(.all, bytes("\u{1}mp3"), distance: 1)),
        ] as [(String, IndexQuery)])
    func words(_ text: String, _ query: IndexQuery) throws { #expect(try meaning(text) == query) }

    @Test(
        arguments: [
            ("key:red", term(.key, "red")),
            ("key:red-photo", phrase(.key, ["red", "photo"])),
            ("key=a/B", .keyExact(bytes("a/B"))),
            ("key:IN(a,b)", .or([.keyExact(bytes("a")), .keyExact(bytes("b"))])),
            ("key:*", .all),
            ("path:logs/2026/", .keyPrefix(bytes("logs/2026/"))),
            ("path:logs/*", .keyPrefix(bytes("logs/"))),
            ("path:\"\"", .all),
            ("path:IN(a/,b/)", .or([.keyPrefix(bytes("a/")), .keyPrefix(bytes("b/"))])),
            ("path=a", .keyExact(bytes("a"))),
            ("name:Red", term(.name, "red")),
            ("name:\"a b\"", phrase(.name, ["a", "b"])),
            ("name=Red.jpg", .exact(.name, bytes("Red.jpg"))),
            ("name:IN(A,b)", .oneOf(.name, [bytes("A"), bytes("b")])),
            ("ext:JPG", .exact(.fileExtension, bytes("jpg"))),
            ("ext:.jpg", .exact(.fileExtension, bytes("jpg"))),
            ("ext=JPG", .exact(.fileExtension, bytes("jpg"))),
            ("ext:jp*", .keywordPrefix(.fileExtension, bytes("jp"))),
            ("ext:IN(JPG,.png)", .oneOf(.fileExtension, [bytes("jpg"), bytes("png")])),
            ("ext:*", .existsKeyword(.fileExtension)),
            ("type:image", .keywordPrefix(.contentType, bytes("image/"))),
            ("type:Image/", .keywordPrefix(.contentType, bytes("image/"))),
            ("type:image/*", .keywordPrefix(.contentType, bytes("image/"))),
            ("type:image/PNG", .exact(.contentType, bytes("image/png"))),
            ("type:*json*", .keywordWildcard(.contentType, bytes("*json*"))),
            ("type=\"text/html; charset=utf-8\"", .exact(.contentType, bytes("text/html"))),
            ("type:*", .existsKeyword(.contentType)),
            ("owner:Alice", .exact(.owner, bytes("Alice"))),
            ("class:standard", .exact(.storageClass, bytes("STANDARD"))),
            ("etag:ABC-2", .exact(.entityTag, bytes("abc-2"))),
            ("etag:\"abc\"", .exact(.entityTag, bytes("abc"))),
            ("etag:\\\"abc\\\"", .exact(.entityTag, bytes("abc"))),
            ("version:null", .exact(.version, bytes("null"))),
            ("version:3*", .keywordPrefix(.version, bytes("3"))),
            // Buckets: what may be seen.
            ("bucket:logs", .buckets([BucketID(9)])),
            ("bucket=logs", .buckets([BucketID(9)])),
            ("bucket:logs*", .buckets([BucketID(3), BucketID(9)])),
            ("bucket:*t?s", .buckets([BucketID(5)])),
            ("bucket:IN(photos,logs,none)", .buckets([BucketID(5), BucketID(9)])),
            ("bucket:hidden", .none),
            ("bucket:hid*", .none),
            ("-bucket:hidden", .not(.none)),
            ("bucket:*", .all),
            // Metadata and tags.
            ("meta.color:Red", term(.metadata(meta("color")), "red")),
            ("meta.color:\"dark red\"", phrase(.metadata(meta("color")), ["dark", "red"])),
            ("meta.color=Dark", .exact(.metadata(meta("color")), bytes("Dark"))),
            ("meta.color:*", .exists(meta("color"))),
            ("meta.color:IN(Red,Blue)", .oneOf(.metadata(meta("color")), [bytes("Red"), bytes("Blue")])),
            ("tag.Team:a", term(.metadata(MetadataName(.tag, "Team")), "a")),
        ] as [(String, IndexQuery)])
    func fields(_ text: String, _ query: IndexQuery) throws { #expect(try meaning(text) == query) }

    @Test(
        arguments: [
            ("size:0", 0, 0), ("size:1KB", 1000, 1000), ("size:1kib", 1024, 1024), ("size:>1MB", 1_000_001, nil),
            ("size:>=1MiB", 1_048_576, nil), ("size:<1.5KB", nil, 1499), ("size:<=2B", nil, 2),
            ("size:1KB..2KB", 1000, 2000), ("size:{1 TO 3}", 2, 2), ("size:[* TO 3}", nil, 2),
            ("size:[5 TO *]", 5, nil), ("size:0.3KiB", 307, 307), ("size:*", nil, nil),
            ("size:1PB", 1_000_000_000_000_000, 1_000_000_000_000_000),
            ("size:8191PiB", 9_222_246_136_947_933_184, 9_222_246_136_947_933_184),
            ("size:0.000000001GB", 1, 1),
        ] as [(String, Int64?, Int64?)])
    func sizes(_ text: String, _ lower: Int64?, _ upper: Int64?) throws {
        #expect(try meaning(text) == .range(.size, lower: lower, upper: upper))
    }

    /// Instants by `date -u -d … +%s%3N`.
    @Test(
        arguments: [
            ("modified:2026", 1_767_225_600_000, 1_798_761_599_999),
            ("modified:2024-02", 1_706_745_600_000, 1_709_251_199_999),
            ("modified:2026-11-27", 1_795_737_600_000, 1_795_823_999_999),
            ("modified:2026-11-27T10", 1_795_773_600_000, 1_795_777_199_999),
            ("modified:2026-11-27T10:30", 1_795_775_400_000, 1_795_775_459_999),
            ("modified:2026-11-27T10:30:15Z", 1_795_775_415_000, 1_795_775_415_999),
            ("modified:2026-11-27T10:30:15.25Z", 1_795_775_415_250, 1_795_775_415_259),
            ("modified:2026-11-27T10:30:15+01:00", 1_795_771_815_000, 1_795_771_815_999),
            ("modified=2026-11-27", 1_795_737_600_000, 1_795_823_999_999),
            ("created:>2026-11", 1_796_083_200_000, nil),
            ("modified:>=2026-11", 1_793_491_200_000, nil),
            ("modified:<2026-11", nil, 1_793_491_199_999),
            ("modified:<=2026-11", nil, 1_796_083_199_999),
            ("modified:2026-11..2026-12", 1_793_491_200_000, 1_798_761_599_999),
            ("modified:[2026-11 TO 2026-12}", 1_793_491_200_000, 1_796_083_199_999),
            ("modified:>=now-7d", now - 604_800_000, nil),
            ("modified:>=now-7d/d", 1_795_132_800_000, nil),
            ("modified:now/d", 1_795_737_600_000, 1_795_823_999_999),
            ("modified:<now", nil, now - 1),
            ("modified:now-90m..now", now - 5_400_000, now),
            ("modified:>now+2w", now + 1_209_600_001, nil),
            ("modified:>1795775415250", now + 1, nil),
        ] as [(String, Int64?, Int64?)])
    func dates(_ text: String, _ lower: Int64?, _ upper: Int64?) throws {
        #expect(try meaning(text) == .range(.modified, lower: lower, upper: upper))
    }

    @Test func rangesThatHoldNothing() throws {
        #expect(try meaning("size:{1 TO 1}") == .none)
        #expect(try meaning("modified:{2026-11 TO 2026-12}") == .none)
    }

    @Test func listsOfNumbers() throws {
        #expect(
            try meaning("size:IN(1,2KB)")
                == .or([.range(.size, lower: 1, upper: 1), .range(.size, lower: 2000, upper: 2000)]))
        #expect(
            try meaning("meta.price:IN(1, 2.5)")
                == .or(
                    [1, 2.5].map { price in
                        let value = ColumnValue.of(price)
                        return .range(.declared(meta("price")), lower: value, upper: value)
                    }))
    }

    @Test func declaredFields() throws {
        let price = ColumnField.declared(meta("price"))
        let five = ColumnValue.of(5)
        #expect(try meaning("meta.price:5") == .range(price, lower: five, upper: five))
        #expect(try meaning("meta.price:>5.0") == .range(price, lower: five + 1, upper: nil))
        #expect(try meaning("meta.price:-1..5") == .range(price, lower: ColumnValue.of(-1), upper: five))
        #expect(try meaning("meta.price=5") == .exact(.metadata(meta("price")), bytes("5")))
        #expect(try meaning("meta.price:5*") == .prefix(.metadata(meta("price")), bytes("5")))
        let due = ColumnField.declared(meta("due"))
        #expect(try meaning("meta.due:>=2026") == .range(due, lower: 1_767_225_600_000, upper: nil))
        #expect(try meaning("meta.due:2026") == .range(due, lower: 1_767_225_600_000, upper: 1_798_761_599_999))
    }

    @Test func longValuesAreCutAsTheIndexCutsThem() throws {
        let value = String(repeating: "ä", count: 600)
        #expect(try meaning("meta.x=\(value)") == .exact(.metadata(meta("x")), bytes(String(value.prefix(512)))))
        #expect(
            try meaning("meta.x=a\(value)") == .exact(.metadata(meta("x")), bytes("a" + String(value.prefix(511)))))
    }

    @Test func stemsAreFoundBesideWords() throws {
        let context = QueryContext(now: 0, schema: SearchSchema(fields: [], stemmer: "english"))
        #expect(try meaning("Photos", context) == .or([all("photos"), all("photo")]))
        #expect(try meaning("photo", context) == all("photo"))
        #expect(try meaning("key:photos", context) == term(.key, "photos"))
        #expect(try meaning("\"red photos\"", context) == phrase(.all, ["red", "photos"]))
        #expect(
            try meaning("meta.x:photos", context)
                == .or([term(.metadata(meta("x")), "photos"), term(.metadata(meta("x")), "photo")]))
    }
}
