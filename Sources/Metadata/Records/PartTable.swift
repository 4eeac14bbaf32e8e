import Core

/// How the part table of a version is cut into pages, each a row of at most `partsPerPage` parts. The version's record
/// says where each page begins, so that one read finds the part of a byte or of a number.
///
/// The pages lie in the family `rows`, not beside inline bytes: what is decided when a command is applied must not read
/// `bodies`, which after a crash may hold later changes than `rows` (State/ShardState.swift).
public struct PartTable: Sendable, Equatable {
    public static let partsPerPage = 500

    /// Where a page begins.
    public struct PageStart: Sendable, Equatable {
        /// Number of its first part.
        public var number: UInt16
        /// Of its first byte in the object.
        public var offset: UInt64

        public init(number: UInt16, offset: UInt64) {
            self.number = number
            self.offset = offset
        }
    }

    /// Parts in all: 1 to 10,000.
    public var count: UInt16
    /// Of every page but the first.
    public var laterPages: [PageStart]

    public init(count: UInt16, laterPages: [PageStart]) {
        self.count = count
        self.laterPages = laterPages
    }

    public var pageCount: Int { laterPages.count + 1 }

    /// The page that holds a byte of the object.
    public func page(holding offset: UInt64) -> Int { Self.count(of: laterPages) { $0.offset <= offset } }

    /// The page that holds a part if there is such a part.
    public func page(ofPart number: UInt16) -> Int { Self.count(of: laterPages) { $0.number <= number } }

    /// Number of leading pages for which `isBefore` holds; binary search.
    private static func count(of pages: [PageStart], _ isBefore: (PageStart) -> Bool) -> Int {
        var (low, high) = (0, pages.count)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(pages[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func encode(to writer: inout ByteWriter) {
        writer.write(count)
        writer.write(UInt8(laterPages.count))
        for page in laterPages {
            writer.write(page.number)
            writer.write(page.offset)
        }
    }

    init(from reader: inout ByteReader) throws(CodecError) {
        count = try reader.read()
        laterPages = []
        for _ in 0..<(try reader.read(UInt8.self)) {
            laterPages.append(PageStart(number: try reader.read(), offset: try reader.read()))
        }
    }
}

/// A part of a version.
public struct TablePart: Sendable, Equatable {
    public var number: UInt16
    public var md5: [UInt8]
    /// With the algorithm of the version's record.
    public var checksum: [UInt8]
    public var reference: BlobReference

    public init(number: UInt16, md5: [UInt8], checksum: [UInt8], reference: BlobReference) {
        self.number = number
        self.md5 = md5
        self.checksum = checksum
        self.reference = reference
    }
}

/// A row of a part table. Format version 1: Sources/README.md, "Part tables".
public struct PartTablePage: Sendable, Equatable {
    static let formatVersion: UInt8 = 1

    /// Of the first part's first byte in the object.
    public var startOffset: UInt64
    public var parts: [TablePart]

    public init(startOffset: UInt64, parts: [TablePart]) {
        self.startOffset = startOffset
        self.parts = parts
    }

    /// Each part with the range of the object that it holds.
    public var ranges: [(part: TablePart, range: Range<UInt64>)] {
        var offset = startOffset
        return parts.map { part in
            let start = offset
            offset += part.reference.sizeBytes
            return (part, start..<offset)
        }
    }

    func encoded() -> [UInt8] {
        var writer = ByteWriter(reserving: 11 + parts.count * 72)
        writer.write(Self.formatVersion)
        writer.write(startOffset)
        writer.write(UInt16(parts.count))
        for part in parts {
            writer.write(part.number)
            writer.writeRaw(part.md5)
            part.reference.encode(to: &writer)
            writer.write(UInt8(part.checksum.count))
            writer.writeRaw(part.checksum)
        }
        return writer.bytes
    }

    init(_ bytes: [UInt8]) throws(CodecError) {
        var reader = ByteReader(bytes)
        let version: UInt8 = try reader.read()
        guard version == Self.formatVersion else { throw .newerVersion(UInt16(version)) }
        startOffset = try reader.read()
        let count = try reader.read(UInt16.self)
        parts = []
        parts.reserveCapacity(Int(count))
        for _ in 0..<count {
            let number: UInt16 = try reader.read()
            let md5 = try reader.readRaw(16)
            let reference = try BlobReference(from: &reader)
            parts.append(
                TablePart(
                    number: number, md5: md5, checksum: try reader.readRaw(Int(try reader.read(UInt8.self))),
                    reference: reference))
        }
        try reader.expectEnd()
    }
}
