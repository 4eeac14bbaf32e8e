import Core
import SearchIndex

/// Documents like those of a store of files, each from the seed and its number alone. Words follow Zipf's law: the first
/// is in about half of the documents.
struct DocumentGenerator {
    static let bucket = BucketID(7)
    let seed: UInt64
    private let words: [String]
    /// Of the ranks, up to and including each.
    private let cumulative: [Double]

    static let areas = ["photos", "logs", "backups", "reports", "projects", "media", "archive", "incoming"]
    static let types: [(String, String)] = [
        ("jpg", "image/jpeg"), ("png", "image/png"), ("csv", "text/csv"), ("txt", "text/plain"),
        ("json", "application/json"), ("gz", "application/gzip"), ("pdf", "application/pdf"),
        ("mov", "video/quicktime"),
    ]
    static let teams = ["design", "finance", "research", "support", "platform"]
    static let newest: Int64 = 1_795_737_600_000

    init(seed: UInt64, vocabulary: Int) {
        self.seed = seed
        words = (0..<vocabulary).map(Self.word)
        var sum = 0.0
        cumulative = (0..<vocabulary).map { rank in
            sum += 1 / Double(rank + 1)
            return sum
        }
    }

    /// Three syllables; ranks that follow each other have nothing in common.
    static func word(_ rank: Int) -> String {
        let (consonants, vowels) = (Array("bcdfghjklmnpqrstvwxz"), Array("aeiou"))
        var number = rank * 61_803 % 1_000_000
        var text = ""
        for _ in 0..<3 {
            text.append(consonants[number % 20])
            text.append(vowels[number / 20 % 5])
            number /= 100
        }
        return text
    }

    /// - Parameter revision: a later one has the same key and other metadata.
    func document(_ number: Int, revision: Int = 0) -> IndexDocument {
        var fixed = Random(seed: seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(number))
        let (name, type) = Self.types[fixed.below(Self.types.count)]
        let month = fixed.below(24)
        let key =
            "\(Self.areas[fixed.below(Self.areas.count)])/\(2025 + month / 12)/\(month % 12 + 10)/"
            + "\(word(&fixed))-\(word(&fixed))_\(number).\(name)"
        var random = Random(seed: fixed.next() &+ UInt64(revision))
        let description = (0..<(5 + random.below(11))).map { _ in word(&random) }.joined(separator: " ")
        return IndexDocument(
            bucket: Self.bucket, key: Array(key.utf8), sizeBytes: UInt64(1) << UInt64(random.below(32)),
            modifiedMilliseconds: Self.newest - Int64(random.below(63_072_000)) * 1000, contentType: type,
            entityTag: hexadecimal(random.next()) + hexadecimal(random.next()), owner: "owner\(random.below(50))",
            userMetadata: [IndexDocument.Field("description", description)],
            tags: [
                IndexDocument.Field("team", Self.teams[random.below(Self.teams.count)]),
                IndexDocument.Field("project", word(&random)),
            ])
    }

    private func word(_ random: inout Random) -> String {
        let target = Double(random.next() >> 11) / Double(1 << 53) * (cumulative.last ?? 0)
        var (low, high) = (0, cumulative.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if cumulative[middle] > target { high = middle } else { low = middle + 1 }
        }
        return words[low]
    }

    private func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// Writes documents as JSON lines: all that other engines index, with the words and the extra terms that this one finds.
struct DocumentWriter {
    private var analyzer = Analyzer()
    private var buffer = TokenBuffer()

    mutating func line(_ document: IndexDocument, isOverwrite: Bool) -> [UInt8] {
        var values = [JSONValue]()
        var wholes = [JSONValue]()
        let texts: [[UInt8]] =
            [document.key] + (document.userMetadata + document.tags).map { Array($0.value.utf8) }
            + [ContentTypeName.normalised(document.contentType)]
        for (index, text) in texts.enumerated() {
            buffer.removeAll()
            text.withUnsafeBytes {
                index == 0 ? analyzer.addKey($0, to: &buffer) : analyzer.addWords($0, to: &buffer)
            }
            var words: [String] = []
            for (place, token) in buffer.tokens.enumerated() {
                let term = String(decoding: buffer.term(token), as: UTF8.self)
                if place > 0, token.position == buffer.tokens[place - 1].position {
                    wholes.append(.string(term))
                } else {
                    words.append(term)
                }
            }
            values.append(.string(words.joined(separator: " ")))
        }
        let key = String(decoding: document.key, as: UTF8.self)
        let value = JSONValue.object([
            "key": .string(key), "name": .string(key.split(separator: "/").last.map(String.init) ?? ""),
            "ext": .string(key.split(separator: ".").last.map(String.init) ?? ""),
            "type": .string(document.contentType), "owner": .string(document.owner),
            "class": .string(document.storageClass), "etag": .string(document.entityTag),
            "version": .string(document.version), "size": .integer(Int64(clamping: document.sizeBytes)),
            "modified": .integer(document.modifiedMilliseconds),
            "metadata": .array(
                (document.userMetadata + document.tags).map { .string("\($0.name)=\($0.value)") }),
            "words": .array(values), "wholes": .array(wholes), "overwrite": .boolean(isOverwrite),
        ])
        return value.encoded() + [UInt8(ascii: "\n")]
    }
}
