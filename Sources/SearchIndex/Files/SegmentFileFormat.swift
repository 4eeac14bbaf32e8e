import Core

/// Where a segment's sections are in its file, and what their blocks' checksums are. Sources/SearchIndex/SearchIndex.md
/// has the tables.
struct SegmentDirectory: Sendable, Equatable {
    static let magic: [UInt8] = Array("RSTSIDX1".utf8)
    static let trailerMagic: [UInt8] = Array("RSTSIDXE".utf8)
    static let version: UInt16 = 1
    static let headerBytes = 32
    static let trailerBytes = 32
    /// Checksums are of pieces of this many bytes of a section; the last piece may be shorter.
    static let blockBytes = 4096

    /// Bytes of a section that stand together in the file.
    struct Run: Sendable, Equatable {
        var start: UInt64
        var place: UInt64
        var length: UInt64
    }

    struct SectionPlace: Sendable, Equatable {
        var length: UInt64 = 0
        /// Ascending and without gaps.
        var runs: [Run] = []
        var checksums: [UInt32] = []
    }

    var segment: UInt64
    var sections = [SectionPlace](repeating: SectionPlace(), count: Section.allCases.count)

    init(segment: UInt64) { self.segment = segment }

    static func header(segment: UInt64) -> [UInt8] {
        var writer = ByteWriter()
        writer.writeRaw(magic)
        writer.write(version)
        writer.write(Analyzer.version)
        writer.write(UInt64(segment))
        writer.write(UInt64(0))
        writer.write(CRC32C.of(writer.bytes))
        return writer.bytes
    }

    /// Checks that a file is of this form, and by this program and analyzer.
    static func checkHeader(_ bytes: [UInt8], segment: UInt64) throws(IndexError) {
        guard bytes.count == headerBytes, Array(bytes.prefix(8)) == magic,
            CRC32C.of(bytes[..<28]) == Self.number(bytes, at: 28)
        else { throw .damaged("segment \(segment): header") }
        let (format, analyzer) = (Self.number(bytes, at: 8) & 0xFFFF, Self.number(bytes, at: 10) & 0xFFFF)
        guard format == version else { throw .otherVersion(UInt16(format)) }
        guard analyzer == Analyzer.version else { throw .otherVersion(UInt16(analyzer)) }
        guard bytes == header(segment: segment) else { throw .damaged("segment \(segment): of another name") }
    }

    private static func number(_ bytes: [UInt8], at place: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
    }

    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(segment)
        writer.write(list: sections) { writer, section in
            writer.write(section.length)
            writer.write(list: section.runs) { writer, run in
                writer.write(run.start)
                writer.write(run.place)
                writer.write(run.length)
            }
            writer.write(list: section.checksums) { writer, checksum in writer.write(checksum) }
        }
        writer.write(CRC32C.of(writer.bytes))
        return writer.bytes
    }

    init(_ bytes: [UInt8], segment: UInt64, fileBytes: UInt64) throws(CodecError) {
        guard bytes.count > 4 else { throw .truncated }
        let body = bytes.count - 4
        var reader = ByteReader(bytes, in: body..<bytes.count)
        guard try reader.read(UInt32.self) == CRC32C.of(bytes[..<body]) else { throw .field("directory checksum") }
        reader = ByteReader(bytes, in: 0..<body)
        self.segment = try reader.read()
        sections = try reader.readList { reader throws(CodecError) in
            var place = SectionPlace(length: try reader.read())
            place.runs = try reader.readList { reader throws(CodecError) in
                Run(start: try reader.read(), place: try reader.read(), length: try reader.read())
            }
            place.checksums = try reader.readList { reader throws(CodecError) in try reader.read() }
            var end: UInt64 = 0
            for run in place.runs {
                guard run.start == end, run.length > 0, run.length <= fileBytes, run.place <= fileBytes - run.length
                else { throw .field("run") }
                end += run.length
            }
            let blocks = (place.length + UInt64(Self.blockBytes) - 1) / UInt64(Self.blockBytes)
            guard end == place.length, blocks == UInt64(place.checksums.count) else { throw .field("section length") }
            return place
        }
        try reader.expectEnd()
        guard self.segment == segment, sections.count == Section.allCases.count else { throw .field("sections") }
    }

    static func trailer(directoryPlace: UInt64, directoryBytes: UInt64) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(directoryPlace)
        writer.write(directoryBytes)
        writer.writeRaw(trailerMagic)
        writer.write(UInt32(0))
        writer.write(CRC32C.of(writer.bytes))
        return writer.bytes
    }

    static func directoryRange(trailer bytes: [UInt8], fileBytes: UInt64) throws(CodecError) -> Range<UInt64> {
        var reader = ByteReader(bytes)
        let (place, length): (UInt64, UInt64) = (try reader.read(), try reader.read())
        guard length <= fileBytes, place <= fileBytes - length, place + length + UInt64(trailerBytes) == fileBytes,
            bytes == trailer(directoryPlace: place, directoryBytes: length)
        else { throw .field("trailer") }
        return place..<place + length
    }
}
