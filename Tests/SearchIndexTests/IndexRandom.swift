import Core
import TestSupport

@testable import SearchIndex

/// Random documents and queries over few words, so that they meet.
struct IndexRandom {
    var random: SplitMix64
    let buckets = 3

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    static let words = [
        "red", "blue", "photo", "archive", "car", "2026", "report", "data", "a", "ab", "abc", "abd", "rot", "rod",
        "über",
        "straße", "x1", "log", "logs", "image",
    ]
    static let types = ["image/png", "text/plain; charset=utf-8", "image/jpeg", "", "application/json"]
    static let schema = SearchSchema(
        fields: [
            .init(MetadataName(.userMetadata, "price"), .number), .init(MetadataName(.tag, "team"), .keyword),
            .init(MetadataName(.userMetadata, "day"), .date),
        ], stemmer: nil)

    mutating func word() -> String {
        // The first ones are frequent.
        Self.words[min(random.below(Self.words.count), random.below(Self.words.count))]
    }

    mutating func key() -> [UInt8] {
        var key = (0..<1 + random.below(3)).map { _ in word() }.joined(separator: random.chance(0.7) ? "/" : "-")
        if random.chance(0.5) { key += "\(random.below(30))" }
        if random.chance(0.5) { key += random.chance(0.5) ? ".jpg" : ".TXT" }
        return Array(key.utf8)
    }

    mutating func document(key: [UInt8]? = nil) -> IndexDocument {
        var metadata: [IndexDocument.Field] = []
        if random.chance(0.6) {
            metadata.append(.init("color", (0..<1 + random.below(4)).map { _ in word() }.joined(separator: " ")))
        }
        if random.chance(0.5) { metadata.append(.init("price", random.chance(0.9) ? "\(random.below(20))" : "dear")) }
        if random.chance(0.2) { metadata.append(.init("day", "\(1_700_000_000_000 + random.below(400) * 43_200_000)")) }
        if random.chance(0.2) { metadata.append(.init("empty", "")) }
        if random.chance(0.05) {
            metadata.append(.init("long", (0..<200 + random.below(200)).map { _ in word() }.joined(separator: " ")))
        }
        let digits = Array("0123456789abcdef")
        var tag = String((0..<32).map { _ in digits[random.below(random.chance(0.5) ? 3 : 16)] })
        if random.chance(0.3) { tag += "-\(1 + random.below(20))" }
        if random.chance(0.05) { tag = "odd" }
        return IndexDocument(
            bucket: BucketID(UInt64(1 + random.below(buckets))), key: key ?? self.key(),
            sizeBytes: UInt64(random.below(random.chance(0.5) ? 50 : 1_000_000)),
            modifiedMilliseconds: 1_700_000_000_000 + Int64(random.below(1000)) * 86_400_000 / 3,
            contentType: Self.types[random.below(Self.types.count)], entityTag: tag,
            owner: random.chance(0.5) ? "ada" : "bob", storageClass: random.chance(0.9) ? "STANDARD" : "GLACIER",
            version: random.chance(0.8) ? "null" : "v\(random.below(100))", userMetadata: metadata,
            tags: random.chance(0.5) ? [.init("team", word()), .init("Mark", "\(random.below(3))")] : [])
    }

    // MARK: Queries

    mutating func field() -> TextField {
        switch random.below(6) {
        case 0: .key
        case 1: .name
        case 2: .metadata(MetadataName(.userMetadata, "color"))
        case 3:
            random.chance(0.5) ? .metadata(MetadataName(.tag, "team")) : .metadata(MetadataName(.userMetadata, "long"))
        default: .all
        }
    }

    mutating func term() -> [UInt8] {
        var analyzer = Analyzer()
        var buffer = TokenBuffer()
        analyzer.addWords(word().utf8, to: &buffer)
        return buffer.tokens.first.map { Array(buffer.term($0)) } ?? []
    }

    mutating func phrase() -> Phrase {
        var words: [Phrase.Word] = []
        var position = 0
        for _ in 0..<1 + random.below(3) {
            words.append(.init(term(), at: position))
            position += random.chance(0.9) ? 1 : 2
        }
        let endsInPrefix = random.chance(0.3)
        if endsInPrefix { words[words.count - 1].term = Array(words[words.count - 1].term.prefix(1 + random.below(2))) }
        return Phrase(words, slop: random.chance(0.6) ? 0 : random.below(6), endsInPrefix: endsInPrefix)
    }

    mutating func keyword() -> (KeywordField, [UInt8]) {
        let document = document()
        switch random.below(9) {
        case 0: return (.name, document.key.withUnsafeBytes { Array($0[KeyName.lastComponent(of: $0)]) })
        case 1: return (.fileExtension, Array((random.chance(0.5) ? "jpg" : "txt").utf8))
        case 2: return (.contentType, ContentTypeName.normalised(document.contentType))
        case 3: return (.owner, Array(document.owner.utf8))
        case 4: return (.storageClass, Array(document.storageClass.utf8))
        case 5: return (.entityTag, Array(document.entityTag.utf8))
        case 6: return (.version, Array(document.version.utf8))
        case 7: return (.metadata(MetadataName(.tag, "team")), Array(word().utf8))
        default: return (.metadata(MetadataName(.userMetadata, "price")), Array("\(random.below(20))".utf8))
        }
    }

    mutating func pattern(of text: [UInt8]) -> [UInt8] {
        var pattern: [UInt8] = []
        for byte in text {
            switch random.below(8) {
            case 0 where byte < 128: pattern.append(UInt8(ascii: "?"))
            case 1: pattern.append(UInt8(ascii: "*"))
            default: pattern.append(byte)
            }
        }
        if random.chance(0.5) { pattern.append(UInt8(ascii: "*")) }
        return pattern
    }

    mutating func column() -> ColumnField {
        switch random.below(4) {
        case 0: .size
        case 1: .modified
        case 2: .declared(MetadataName(.userMetadata, "price"))
        default: .declared(MetadataName(.userMetadata, "day"))
        }
    }

    mutating func query(depth: Int = 3) -> IndexQuery {
        if depth > 0, random.chance(0.6) {
            switch random.below(6) {
            case 0, 1: return .and((0..<2 + random.below(3)).map { _ in query(depth: depth - 1) })
            case 2, 3: return .or((0..<2 + random.below(3)).map { _ in query(depth: depth - 1) })
            case 4: return .not(query(depth: depth - 1))
            default: return .boost(query(depth: depth - 1), random.chance(0.5) ? 2.5 : 0.5)
            }
        }
        switch random.below(18) {
        case 0: return random.chance(0.8) ? .all : .none
        case 1: return .phrase(field(), phrase())
        case 2: return .prefix(field(), Array(term().prefix(1 + random.below(2))))
        case 3: return .wildcard(field(), pattern(of: term()))
        case 4: return .fuzzy(field(), term(), distance: 1 + random.below(2))
        case 5:
            let (field, value) = keyword()
            return .exact(field, value)
        case 6:
            let (field, value) = keyword()
            return .oneOf(field, [value, keyword().1, value])
        case 7:
            let (field, value) = keyword()
            return .keywordPrefix(field, Array(value.prefix(random.below(5))))
        case 8:
            let (field, value) = keyword()
            return .keywordWildcard(field, pattern(of: Array(value.prefix(8))))
        case 9: return .keyExact(key())
        case 10: return .keyPrefix(Array(key().prefix(random.below(6))))
        case 11: return .buckets((1...4).filter { _ in random.chance(0.5) }.map { BucketID($0) })
        case 12:
            let column = column()
            let value: Int64 =
                switch column {
                case .size: Int64(random.below(60))
                case .declared(let name) where name.name == "price": ColumnValue.of(Double(random.below(20)))
                default: 1_700_000_000_000 + Int64(random.below(1000)) * 28_800_000
                }
            return .range(
                column, lower: random.chance(0.7) ? value : nil,
                upper: random.chance(0.7) ? value + Int64(random.below(1 << 40)) : nil)
        case 13: return .exists(MetadataName(.userMetadata, random.chance(0.5) ? "empty" : "color"))
        case 14: return .existsKeyword(keyword().0)
        default: return .term(field(), term())
        }
    }

    mutating func scope() -> IndexScope {
        random.chance(0.6)
            ? .everything : .buckets((1...4).filter { _ in random.chance(0.5) }.map { BucketID($0) })
    }

    mutating func sort() -> [SortKey] {
        guard random.chance(0.6) else { return [] }
        return (0..<1 + random.below(3)).map { _ in
            let field: SortKey.Field =
                switch random.below(5) {
                case 0: .relevance
                case 1: .key
                case 2: .keyword(MetadataName(.tag, "team"))
                default: .column(column())
                }
            return SortKey(field, isDescending: random.chance(0.5))
        }
    }

    mutating func facets() -> [FacetRequest] {
        guard random.chance(0.4) else { return [] }
        return (0..<1 + random.below(3)).map { _ in
            switch random.below(4) {
            case 0: return .terms(.bucket, size: 10)
            case 1:
                let (field, _) = keyword()
                return .terms(.keyword(field), size: 10)
            case 2:
                return .ranges(column(), [.init(lower: nil, upper: 10), .init(lower: 10, upper: 1_715_000_000_000)])
            default:
                return .dateHistogram(.modified, FacetRequest.Interval(rawValue: UInt8(2 + random.below(5))) ?? .day)
            }
        }
    }

    mutating func search() -> IndexSearch {
        IndexSearch(
            query: query(), scope: scope(), sort: sort(), limit: random.chance(0.3) ? 1000 : random.below(12),
            facets: facets(), count: random.chance(0.5) ? .exact : random.chance(0.5) ? .none : .lowerBound)
    }
}
