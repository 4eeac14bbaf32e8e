import Core
import SearchIndex
import TestSupport
import Testing

@Suite("Highlights")
struct HighlightTests {
    private let camera = MetadataName(.userMetadata, "camera")

    private func highlighter(_ query: String, stemmer: String? = nil) throws -> Highlighter {
        let schema = SearchSchema(fields: [], stemmer: stemmer)
        return Highlighter(
            try Query(parsing: query).normalised(QueryContext(now: 0, schema: schema)), schema: schema)
    }

    private func key(_ key: String, _ query: String) throws -> String? {
        var highlighter = try highlighter(query)
        return highlighter.key(Array(key.utf8))?.html(of: Array(key.utf8))
    }

    private func value(_ value: String, _ query: String, stemmer: String? = nil) throws -> [String] {
        var highlighter = try highlighter(query, stemmer: stemmer)
        return highlighter.value(Array(value.utf8), of: camera).map { $0.html(of: Array(value.utf8)) }
    }

    @Test(
        arguments: [
            ("photos/red.jpg", "red", "photos/<em>red</em>.jpg"),
            ("photos/Red-RED.jpg", "red", "photos/<em>Red</em>-<em>RED</em>.jpg"),
            ("photos/red.jpg", "blue", nil),
            ("photos/red.jpg", "-red", nil),
            ("photos/red.jpg", "photos OR NOT red", "<em>photos</em>/red.jpg"),
            ("photos/red.jpg", "(red^2 photos)^3", "<em>photos</em>/<em>red</em>.jpg"),
            ("fotos/Größe.jpg", "grosse", "fotos/<em>Größe</em>.jpg"),
            ("a/iPhone.jpg", "iphone", "a/<em>iPhone</em>.jpg"),
            ("a/iPhone.jpg", "phone", "a/i<em>Phone</em>.jpg"),
            ("a/IMG_2026.jpg", "img_2026", "a/<em>IMG</em>_<em>2026</em>.jpg"),
            // Fields.
            ("red/red.jpg", "key:red", "<em>red</em>/<em>red</em>.jpg"),
            ("red/red.jpg", "name:red", "red/<em>red</em>.jpg"),
            ("red/red.jpg", "meta.camera:red", nil),
            ("red/red.JPG", "ext:jpg", "red/red.<em>JPG</em>"),
            ("red/red.jpg", "*.jpg", "red/red.<em>jpg</em>"),
            // Forms.
            ("photos/red.jpg", "pho*", "<em>photos</em>/red.jpg"),
            ("photos/red.jpg", "red*", "photos/<em>red</em>.jpg"),
            ("photos/img2.jpg", "i*2*", "photos/<em>img2.jpg</em>"),
            ("photos/red.jpg", "p?otos", "<em>photos</em>/red.jpg"),
            ("photos/red.jpg", "fotos~ photas~1", "<em>photos</em>/red.jpg"),
            // Phrases, where they stand as asked.
            ("red/photo-red/blue", "\"photo red\"", "red/<em>photo</em>-<em>red</em>/blue"),
            ("red/photo-red/blue", "\"photo blue\"", nil),
            ("red/photo-red/blue", "\"photo blue\"~1", "red/<em>photo</em>-red/<em>blue</em>"),
            ("red/photo", "\"photo red\"~1", nil),
            ("red/photo", "\"photo red\"~2", "<em>red</em>/<em>photo</em>"),
            ("red/photo-red", "\"red pho*\"", "<em>red</em>/<em>photo</em>-red"),
            // Scripts without spaces.
            ("東京都/渋谷", "京都", "東<em>京都</em>/渋谷"),
            ("東京都/渋谷", "東京都", "<em>東京都</em>/渋谷"),
            ("東京都/渋谷", "都", "東京<em>都</em>/渋谷"),
        ] as [(String, String, String?)])
    func ofKeys(_ key: String, _ query: String, _ html: String?) throws {
        #expect(try self.key(key, query) == html)
    }

    @Test func ofValues() throws {
        #expect(try value("Canon EOS", "canon") == ["<em>Canon</em> EOS"])
        #expect(try value("Canon EOS", "meta.camera:eos") == ["Canon <em>EOS</em>"])
        #expect(try value("Canon EOS", "tag.camera:eos") == [])
        #expect(try value("Canon EOS", "meta.lens:eos") == [])
        #expect(try value("Canon EOS", "key:eos") == [])
        #expect(try value("Canon EOS", "meta.camera=\"Canon EOS\"") == ["<em>Canon EOS</em>"])
        #expect(try value("Canon EOS", "meta.camera:IN(Nikon, \"Canon EOS\")") == ["<em>Canon EOS</em>"])
        #expect(try value("Canon EOS", "meta.camera=Canon") == [])
        #expect(try value("", "canon") == [])
        #expect(try value("two cameras", "camera", stemmer: "english") == ["two <em>cameras</em>"])
        #expect(try value("two cameras", "camera") == [])
    }

    @Test func markupIsEscaped() throws {
        #expect(
            try value("<script>alert('red') & \"x\"</script>", "red")
                == ["&lt;script&gt;alert(&#39;<em>red</em>&#39;) &amp; &quot;x&quot;&lt;/script&gt;"])
    }

    @Test func longValuesShowInPieces() throws {
        let filler = String(repeating: "lorem ipsum ", count: 40)
        let text = filler + "red photo " + filler + "red red car " + filler + "blue"
        let pieces = try value(text, "red OR blue")
        #expect(pieces.count == 3)
        #expect(pieces[0].contains("<em>red</em> photo"))
        #expect(pieces[1].contains("<em>red</em> <em>red</em> car"))
        #expect(pieces[2].hasSuffix("<em>blue</em>"))
        for piece in pieces { #expect(piece.utf8.count < 160 + 4 * 9) }
        var highlighter = try highlighter("red OR blue")
        let best = highlighter.value(Array(text.utf8), of: camera, pieceBytes: 80, pieces: 1)
        #expect(best.count == 1)
        #expect(best[0].html(of: Array(text.utf8)).contains("<em>red</em> <em>red</em>"))
    }

    /// Parts follow each other without gaps, matches do not touch, pieces do not overlap and cut no character.
    @Test(arguments: UInt64(1)...100) func partsFitTogether(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let words = ["red", "Grün", "東京都", "🎉", "iPhone12", "a-b", "<&>", "blue", "/", "photo", "x"]
        for _ in 0..<20 {
            let text = (0..<generator.below(60)).map { _ in words[generator.below(words.count)] }
                .joined(separator: generator.chance(0.5) ? " " : "-")
            let bytes = Array(text.utf8)
            var highlighter = try highlighter("red OR grün OR 京都 OR iph* OR \"a b\"~2 OR blu~")
            let limit = 1 + generator.below(50)
            let pieces = highlighter.value(bytes, of: camera, pieceBytes: limit, pieces: 1 + generator.below(5))
            var end = 0
            for piece in pieces + (highlighter.key(bytes).map { [$0] } ?? []) {
                if piece.range.count == bytes.count { end = 0 }
                #expect(piece.range.lowerBound >= end, "seed \(seed)")
                end = piece.range.lowerBound
                var wasMatch = false
                for part in piece.parts {
                    #expect(part.range.lowerBound == end && !part.range.isEmpty, "seed \(seed)")
                    #expect(!(wasMatch && part.isMatch), "seed \(seed)")
                    #expect(String(validating: bytes[part.range], as: UTF8.self) != nil, "seed \(seed)")
                    wasMatch = part.isMatch
                    end = part.range.upperBound
                }
                #expect(piece.parts.filter(\.isMatch).count > 0)
            }
        }
    }
}
