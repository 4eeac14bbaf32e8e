import Testing

@testable import SearchIndex

/// Terms as "term@position", extra terms behind the word whose position they share; `=` stands for the mark of components
/// as a whole.
func analysed(_ text: String, stemmer: String? = nil, isKey: Bool = false) -> [String] {
    analysed(Array(text.utf8), stemmer: stemmer, isKey: isKey)
}

func analysed(_ text: [UInt8], stemmer: String? = nil, isKey: Bool = false) -> [String] {
    var analyzer = Analyzer(stemmer: stemmer)
    var buffer = TokenBuffer()
    text.withUnsafeBytes { isKey ? analyzer.addKey($0, to: &buffer) : analyzer.addWords($0, to: &buffer) }
    return buffer.tokens.map {
        "\(String(decoding: buffer.term($0), as: UTF8.self).replacing("\u{1}", with: "="))@\($0.position)"
    }
}

@Suite("Words of a text")
struct AnalysisTests {
    @Test(
        arguments: [
            ("", []),
            ("/// \t\n", []),
            ("...--__", []),
            ("photo", ["photo@0"]),
            ("Red Photo 2026", ["red@0", "photo@1", "2026@2"]),
            ("photos/2026/red.jpg", ["photos@0", "2026@1", "red@2", "=red.jpg@2", "jpg@3"]),
            ("a-b_c.d", ["a@0", "=a-b_c.d@0", "b@1", "c@2", "d@3"]),
            // Punctuation around a component is no part of it.
            ("(hello), .world!", ["hello@0", "world@1"]),
            ("_internal_", ["internal@0"]),
            ("\"e-mail\",", ["e@0", "=e-mail@0", "mail@1"]),
            // Letters and digits.
            ("IMG2026", ["img@0", "=img2026@0", "2026@1"]),
            ("mp3", ["mp@0", "=mp3@0", "3@1"]),
            ("2026T10", ["2026@0", "=2026t10@0", "t@1", "10@2"]),
            // Case.
            ("iPhone", ["i@0", "iphone@0", "phone@1"]),
            ("myPhotoArchive", ["my@0", "myphotoarchive@0", "photo@1", "archive@2"]),
            ("myPDF aB", ["my@0", "mypdf@0", "pdf@1", "a@2", "ab@2", "b@3"]),
            ("HTMLParser", ["html@0", "htmlparser@0", "parser@1"]),
            ("PDFs", ["pdfs@0"]),
            ("README", ["readme@0"]),
            ("McDonald", ["mc@0", "mcdonald@0", "donald@1"]),
            ("iPhone-12.jpg", ["i@0", "=iphone-12.jpg@0", "iphone@0", "phone@1", "12@2", "jpg@3"]),
            ("iPhone12", ["i@0", "=iphone12@0", "iphone@0", "phone@1", "12@2"]),
            ("my-iPhone12", ["my@0", "=my-iphone12@0", "i@1", "=iphone12@1", "iphone@1", "phone@2", "12@3"]),
            ("a1BcDe2", ["a@0", "=a1bcde2@0", "1@1", "bc@2", "bcde@2", "de@3", "2@4"]),
            ("old-iPhone", ["old@0", "=old-iphone@0", "i@1", "iphone@1", "phone@2"]),
            // Apostrophes stand within a word between letters only (UAX #29, WB6 and WB7).
            ("don't", ["don@0", "don't@0", "t@1"]),
            ("rock'n'roll", ["rock@0", "rock'n'roll@0", "n@1", "roll@2"]),
            ("'quoted'", ["quoted@0"]),
            ("5'6", ["5@0", "=5'6@0", "6@1"]),
            ("don\u{2019}t", ["don@0", "don't@0", "t@1"]),
            ("L\u{2019}Oréal", ["l@0", "l'oreal@0", "oreal@1"]),
        ] as [(String, [String])])
    func splitsAtBorders(_ text: String, _ terms: [String]) {
        #expect(analysed(text) == terms)
        #expect(analysed(text, isKey: true) == terms)
    }

    @Test(
        arguments: [
            ("Äpfel über Straße", ["apfel@0", "uber@1", "strasse@2"]),
            ("Éclair crème brûlée", ["eclair@0", "creme@1", "brulee@2"]),
            ("ÑANDÚ", ["nandu@0"]),
            ("Łódź Ørsted Ærø Œuvre Đà þing", ["lodz@0", "orsted@1", "aero@2", "oeuvre@3", "da@4", "thing@5"]),
            ("ПРИВЕТ Ёлка", ["привет@0", "елка@1"]),
            ("Ὀδυσσεύς", ["οδυσσευσ@0"]),
            ("İstanbul DIYARBAKIR ı", ["istanbul@0", "diyarbakir@1", "i@2"]),
            ("\u{17F}oft", ["soft@0"]),
            ("ﬁle", ["file@0"]),
            ("ＡＢＣ１２", ["abc@0", "=abc12@0", "12@1"]),
            ("ａ／ｂ", ["a@0", "b@1"]),
            ("Ⅷ", ["viii@0"]),
            ("m²", ["m@0", "=m2@0", "2@1"]),
            ("①", ["1@0"]),
            // Points of Hebrew and Arabic, the Arabic stretcher; digits of other scripts.
            ("שָׁלוֹם", ["שלום@0"]),
            ("مُحَمَّد ســـلام", ["محمد@0", "سلام@1"]),
            ("٢٠٢٦ २०२६", ["2026@0", "2026@1"]),
            // Vowels of Indic scripts are no diacritics.
            ("हिन्दी", ["हिन्दी@0"]),
            ("தமிழ்", ["தமிழ்@0"]),
            // Combining marks apart from their letters, as file names of macOS have them.
            ("e\u{301}clair", ["eclair@0"]),
            ("A\u{308}pfelE\u{301}clair", ["apfel@0", "apfeleclair@0", "eclair@1"]),
            ("\u{301}a", ["a@0"]),
            // Soft hyphen, joiners, byte order mark: not there. Zero width space: a space.
            ("co\u{AD}operate", ["cooperate@0"]),
            ("\u{FEFF}text", ["text@0"]),
            ("a\u{200B}b\u{3000}c\u{A0}d", ["a@0", "b@1", "c@2", "d@3"]),
            ("größeÄndern", ["große@0", "großeandern@0", "andern@1"].map { $0.replacing("ß", with: "ss") }),
        ] as [(String, [String])])
    func folds(_ text: String, _ terms: [String]) {
        #expect(analysed(text) == terms)
        #expect(analysed(text, isKey: true) == terms)
    }

    @Test(
        arguments: [
            ("東京都", ["東京@0", "京都@1", "都@2"]),
            ("車", ["車@0"]),
            ("東京/大阪", ["東京@0", "京@1", "大阪@2", "阪@3"]),
            ("東京。大阪", ["東京@0", "京@1", "大阪@2", "阪@3"]),
            ("2026年", ["2026@0", "=2026年@0", "年@1"]),
            ("東京tower", ["東京@0", "=東京tower@0", "京@1", "tower@2"]),
            // Halfwidth Kana with their sound mark; Kana do not lose theirs.
            ("ｶﾞｽ", ["ガス@0", "ス@1"]),
            ("がぎ", ["がぎ@0", "ぎ@1"]),
            ("か\u{3099}き", ["がき@0", "き@1"]),
            ("データ", ["デー@0", "ータ@1", "タ@2"]),
            ("한국어", ["한국@0", "국어@1", "어@2"]),
            ("\u{1112}\u{1161}\u{11AB}\u{1100}\u{116E}\u{11A8}", ["한국@0", "국@1"]),
            ("แมว", ["แม@0", "มว@1", "ว@2"]),
            // A supplementary character; a compatibility ideograph.
            ("𠮷野", ["𠮷野@0", "野@1"]),
            ("\u{F900}", ["豈@0"]),
        ] as [(String, [String])])
    func readsScriptsWithoutSpacesInPairs(_ text: String, _ terms: [String]) {
        #expect(analysed(text) == terms)
        #expect(analysed(text, isKey: true) == terms)
    }

    @Test(
        arguments: [
            ("🎉", ["🎉@0"]),
            ("party 🎉🎂", ["party@0", "🎉@1", "=🎉🎂@1", "🎂@2"]),
            ("👨\u{200D}👩\u{200D}👧", ["👨👩👧@0"]),
            ("👍🏽", ["👍🏽@0"]),
            ("❤\u{FE0F}", ["❤@0"]),
            ("🇩🇪🇫🇷", ["🇩🇪@0", "=🇩🇪🇫🇷@0", "🇫🇷@1"]),
            ("1\u{FE0F}\u{20E3}", ["1@0"]),
            ("© 2026 ™", ["2026@0"]),
        ] as [(String, [String])])
    func readsEmoji(_ text: String, _ terms: [String]) {
        // Joiners and variation selectors are not compared.
        #expect(analysed(text) == terms)
    }

    /// Snowball's own vocabulary lists: https://snowballstem.org/algorithms/english/stemmer.html and …/german/….
    @Test(
        arguments: [
            ("consigned", "english", ["consigned@0", "consign@0"]),
            ("knightly knives", "english", ["knightly@0", "knight@0", "knives@1", "knive@1"]),
            ("photo", "english", ["photo@0"]),
            ("Aufeinanderschlügen", "german", ["aufeinanderschlugen@0", "aufeinanderschlug@0"]),
            ("kategorische", "german", ["kategorische@0", "kategor@0"]),
            ("photos", "klingon", ["photos@0"]),
        ] as [(String, String, [String])])
    func stems(_ text: String, _ stemmer: String, _ terms: [String]) {
        #expect(analysed(text, stemmer: stemmer) == terms)
        #expect(analysed(text, stemmer: stemmer, isKey: true) == analysed(text))
    }

    @Test func toleratesWhatIsNoUTF8() {
        #expect(analysed([0xFF, 0x61, 0x62, 0xC3, 0x2F, 0x63]) == ["ab@0", "c@1"])
        #expect(analysed([0xC3]) == [])
        #expect(analysed([0x61, 0xC0, 0xAF, 0x62]) == ["a@0", "=a\u{FFFD}\u{FFFD}b@0", "b@1"])
        #expect(analysed([0xED, 0xA0, 0x80, 0xF8, 0x88]) == [])
        // Longer than need be: `a` in three bytes.
        #expect(analysed([0xE0, 0x81, 0xA1]) == [])
    }

    @Test func cutsLongTermsBetweenCharacters() {
        #expect(analysed(String(repeating: "a", count: 300)) == [String(repeating: "a", count: 255) + "@0"])
        #expect(analysed(String(repeating: "д", count: 200)) == [String(repeating: "д", count: 127) + "@0"])
        #expect(
            analysed("a-" + String(repeating: "б", count: 200)) == [
                "a@0", "=a-" + String(repeating: "б", count: 126) + "@0", String(repeating: "б", count: 127) + "@1",
            ])
    }

    @Test func saysWhereAWordStood() {
        var analyzer = Analyzer()
        var buffer = TokenBuffer()
        let text = Array("Grün/iPhone ﬁn".utf8)
        analyzer.addWords(text, to: &buffer)
        let sources = buffer.tokens.map {
            String(decoding: text[Int($0.sourceStart)..<Int($0.sourceEnd)], as: UTF8.self)
        }
        #expect(sources == ["Grün", "i", "iPhone", "Phone", "ﬁn"])
    }

    @Test func goesOnWhereTheBufferEnds() {
        var analyzer = Analyzer()
        var buffer = TokenBuffer()
        analyzer.addWords("red photo".utf8, to: &buffer)
        buffer.skip(positions: 100)
        analyzer.addWords("Grün blue".utf8, to: &buffer)
        #expect(buffer.tokens.map(\.position) == [0, 1, 102, 103])
        #expect(buffer.nextPosition == 104)
        #expect(String(decoding: buffer.term(buffer.tokens[2]), as: UTF8.self) == "grun")
    }
}
