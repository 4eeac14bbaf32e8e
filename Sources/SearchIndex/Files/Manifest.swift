import Core

/// Which files make up the index, and up to where they hold the shard's log. Sources/SearchIndex/SearchIndex.md has the
/// table.
struct Manifest: Sendable, Equatable {
    static let magic: [UInt8] = Array("RSTSIDXM".utf8)
    static let version: UInt16 = 1

    struct Entry: Sendable, Equatable {
        var segment: UInt64
        var fileBytes: UInt64
        /// Of the file with the live bits; 0: all live, no file.
        var liveGeneration: UInt64
        /// Documents whose bits are not set.
        var deleted: UInt32
    }

    var generation: UInt64
    var committed: SequenceNumber
    /// Higher than every segment's number so far.
    var nextSegment: UInt64
    var entries: [Entry] = []

    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.writeRaw(Self.magic)
        writer.write(Self.version)
        writer.write(Analyzer.version)
        writer.write(generation)
        committed.encode(to: &writer)
        writer.write(nextSegment)
        writer.write(list: entries) { writer, entry in
            writer.write(entry.segment)
            writer.write(entry.fileBytes)
            writer.write(entry.liveGeneration)
            writer.write(entry.deleted)
        }
        writer.write(CRC32C.of(writer.bytes))
        return writer.bytes
    }

    init(generation: UInt64, committed: SequenceNumber, nextSegment: UInt64) {
        self.generation = generation
        self.committed = committed
        self.nextSegment = nextSegment
    }

    init(_ bytes: [UInt8]) throws(CodecError) {
        guard bytes.count > 16 else { throw .truncated }
        let body = bytes.count - 4
        var reader = ByteReader(bytes, in: body..<bytes.count)
        guard try reader.read(UInt32.self) == CRC32C.of(bytes[..<body]) else { throw .field("checksum") }
        reader = ByteReader(bytes, in: 0..<body)
        guard try reader.readRaw(8) == Self.magic else { throw .field("magic") }
        let version: UInt16 = try reader.read()
        guard version == Self.version else { throw .newerVersion(version) }
        let analyzer: UInt16 = try reader.read()
        guard analyzer == Analyzer.version else { throw .newerVersion(analyzer) }
        generation = try reader.read()
        committed = try SequenceNumber(from: &reader)
        nextSegment = try reader.read()
        entries = try reader.readList { reader throws(CodecError) in
            Entry(
                segment: try reader.read(), fileBytes: try reader.read(), liveGeneration: try reader.read(),
                deleted: try reader.read())
        }
        try reader.expectEnd()
        guard Set(entries.map(\.segment)).count == entries.count, entries.allSatisfy({ $0.segment < nextSegment })
        else { throw .field("segments") }
    }

    /// The files that it needs.
    var files: Set<String> {
        var names: Set<String> = [FileName.manifest(generation)]
        for entry in entries {
            names.insert(FileName.segment(entry.segment))
            if entry.liveGeneration > 0 { names.insert(FileName.live(entry.segment, entry.liveGeneration)) }
        }
        return names
    }
}

/// Names of an index's files.
enum FileName {
    static func segment(_ number: UInt64) -> String { "segment-" + hexadecimal(number) }
    static func live(_ segment: UInt64, _ generation: UInt64) -> String {
        "live-\(hexadecimal(segment))-\(hexadecimal(generation))"
    }
    static func manifest(_ generation: UInt64) -> String { "manifest-" + hexadecimal(generation) }

    /// The generation in a manifest's name; nil if it is the name of something else.
    static func generation(ofManifest name: String) -> UInt64? {
        guard name.hasPrefix("manifest-"), name.utf8.count == 25 else { return nil }
        return UInt64(name.dropFirst(9), radix: 16)
    }

    static func number(ofSegment name: String) -> UInt64? {
        guard name.hasPrefix("segment-"), name.utf8.count == 24 else { return nil }
        return UInt64(name.dropFirst(8), radix: 16)
    }

    private static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

/// The file of a segment's live bits, of one generation.
enum LiveFile {
    static let magic: [UInt8] = Array("RSTSIDXL".utf8)
    static let version: UInt16 = 1

    static func encoded(_ live: LiveDocuments, segment: UInt64, generation: UInt64) -> [UInt8] {
        var writer = ByteWriter(reserving: live.count / 8 + 64)
        writer.writeRaw(magic)
        writer.write(version)
        writer.write(Analyzer.version)
        writer.write(segment)
        writer.write(generation)
        writer.write(UInt32(live.count))
        writer.writeRaw(live.encoded())
        writer.write(CRC32C.of(writer.bytes))
        return writer.bytes
    }

    static func decoded(_ bytes: [UInt8], of segment: Segment, generation: UInt64) throws(CodecError) -> LiveDocuments {
        guard bytes.count > 36 else { throw .truncated }
        let body = bytes.count - 4
        var reader = ByteReader(bytes, in: body..<bytes.count)
        guard try reader.read(UInt32.self) == CRC32C.of(bytes[..<body]) else { throw .field("checksum") }
        reader = ByteReader(bytes, in: 0..<body)
        guard try reader.readRaw(8) == magic else { throw .field("magic") }
        guard try reader.read(UInt16.self) == version, try reader.read(UInt16.self) == Analyzer.version else {
            throw .field("version")
        }
        guard try reader.read(UInt64.self) == segment.id, try reader.read(UInt64.self) == generation,
            Int(try reader.read(UInt32.self)) == segment.documentCount
        else { throw .field("identity") }
        let bits = try reader.readRaw((segment.documentCount + 7) / 8)
        try reader.expectEnd()
        return bits.withUnsafeBytes { LiveDocuments(count: segment.documentCount, bits: $0, segment: segment) }
    }
}
