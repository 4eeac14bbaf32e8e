import Core
import S3
import SearchIndex

/// Where a page of hits ended, signed, so that nobody makes the store search from a place of his own making. Later pages
/// score by the statistics of the first one: writes in between move no hit that they do not touch.
///
/// Base64url of: version u8 1, first 16 bytes of SHA-256 of what was asked, position, statistics, and of all before the
/// first 16 bytes of HMAC-SHA256.
struct SearchCursor: Equatable {
    private static let version: UInt8 = 1
    private static let maximumBytes = 64 << 10

    var position: SortPosition
    var statistics: CorpusStatistics?

    init(position: SortPosition, statistics: CorpusStatistics?) {
        self.position = position
        self.statistics = statistics
    }

    /// - Parameter question: what must be the same on every page: query, scope, order.
    func encoded(question: [UInt8], key: HMACSHA256Key) -> String {
        var writer = ByteWriter(reserving: 256)
        writer.write(Self.version)
        writer.writeRaw([UInt8](SHA256.of(question)).prefix(16))
        writer.write(list: position.values) { writer, value in
            switch value {
            case .score(let score):
                writer.write(UInt8(1))
                writer.write(score.bitPattern)
            case .number(let number):
                writer.write(UInt8(2))
                writer.write(number)
            case .bytes(let bytes):
                writer.write(UInt8(3))
                writer.write(bytes)
            case .missing: writer.write(UInt8(4))
            }
        }
        position.bucket.encode(to: &writer)
        writer.write(position.key)
        writer.write(optional: statistics) { $1.encode(to: &$0) }
        writer.writeRaw([UInt8](key.authenticate(writer.bytes)).prefix(16))
        return Base64.encode(writer.bytes).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// - Throws: `InvalidSearchCursor` for one that this store did not make for the same question.
    init(_ text: String, question: [UInt8], key: HMACSHA256Key) throws(S3Error) {
        let refusal = S3Error(.invalidSearchCursor, "The cursor is none that a search of this kind returned.")
        guard text.utf8.count <= Self.maximumBytes else { throw refusal }
        var plain = text.replacing("-", with: "+").replacing("_", with: "/")
        while !plain.utf8.count.isMultiple(of: 4) { plain += "=" }
        guard let bytes = Base64.decode(plain), bytes.count > 33 else { throw refusal }
        let end = bytes.count - 16
        let expected = [UInt8](key.authenticate(Array(bytes[..<end]))).prefix(16)
        guard Array(expected) == Array(bytes[end...]) else { throw refusal }
        do throws(CodecError) {
            var reader = ByteReader(bytes, in: 0..<end)
            guard try reader.read(UInt8.self) == Self.version else { throw .field("cursor version") }
            let digest = try reader.readRaw(16)
            guard digest == Array([UInt8](SHA256.of(question)).prefix(16)) else { throw .field("cursor question") }
            let values = try reader.readList { (reader) throws(CodecError) -> SortValue in
                switch try reader.read(UInt8.self) {
                case 1: return .score(Float(bitPattern: try reader.read()))
                case 2: return .number(try reader.read())
                case 3: return .bytes(try reader.readBytes())
                case 4: return .missing
                default: throw .field("sort value")
                }
            }
            position = SortPosition(
                values: values, bucket: try BucketID(from: &reader), key: try reader.readBytes())
            statistics = try reader.readOptional { (reader) throws(CodecError) in try CorpusStatistics(from: &reader) }
            try reader.expectEnd()
        } catch {
            throw refusal
        }
    }
}

extension CorpusStatistics {
    fileprivate func encode(to writer: inout ByteWriter) {
        writer.write(UInt32(fields.count))
        for (field, statistics) in fields.map({ (Self.bytes($0.key), $0.value) }).sorted(by: {
            $0.0.lexicographicallyPrecedes($1.0)
        }) {
            writer.writeRaw(field)
            writer.write(statistics.documents)
            writer.write(statistics.words)
        }
        writer.write(UInt32(terms.count))
        for (term, count) in terms.map({ (Self.bytes($0.key.field) + Self.counted($0.key.term), $0.value) }).sorted(
            by: {
                $0.0.lexicographicallyPrecedes($1.0)
            })
        {
            writer.writeRaw(term)
            writer.write(count)
        }
    }

    fileprivate init(from reader: inout ByteReader) throws(CodecError) {
        self.init()
        for _ in 0..<(try reader.read(UInt32.self)) {
            let field = try Self.field(from: &reader)
            fields[field] = FieldStatistics(documents: try reader.read(), words: try reader.read())
        }
        for _ in 0..<(try reader.read(UInt32.self)) {
            let field = try Self.field(from: &reader)
            terms[Term(field, try reader.readBytes())] = try reader.read()
        }
    }

    private static func counted(_ bytes: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(bytes)
        return writer.bytes
    }

    private static func bytes(_ field: TextField) -> [UInt8] {
        var writer = ByteWriter()
        switch field {
        case .all: writer.write(UInt8(1))
        case .key: writer.write(UInt8(2))
        case .name: writer.write(UInt8(3))
        case .metadata(let name):
            writer.write(UInt8(4))
            writer.write(name.source.rawValue)
            writer.write(name.name)
        }
        return writer.bytes
    }

    private static func field(from reader: inout ByteReader) throws(CodecError) -> TextField {
        switch try reader.read(UInt8.self) {
        case 1: return .all
        case 2: return .key
        case 3: return .name
        case 4:
            guard let source = MetadataName.Source(rawValue: try reader.read()) else {
                throw .field("source of a field")
            }
            return .metadata(MetadataName(source, try reader.readString()))
        default: throw .field("text field")
        }
    }
}
