import Core

/// Writes a segment's file as its sections grow.
struct SegmentFileWriter {
    private let file: any DriveFile
    let path: String
    private var directory: SegmentDirectory
    private var place: UInt64 = 0

    /// What is held back until there is this much of a section.
    static let pieceBytes = 1 << 20

    init(_ drive: any Drive, path: String, segment: UInt64) async throws(IndexError) {
        self.path = path
        directory = SegmentDirectory(segment: segment)
        do {
            file = try await drive.open(path, OpenOptions(writable: true, creation: .always))
            try await write(HeldBytes(copying: SegmentDirectory.header(segment: segment)))
        } catch let error as DriveError {
            throw .drive(error)
        } catch {
            throw .closed
        }
    }

    private mutating func write(_ bytes: HeldBytes) async throws(IndexError) {
        var next = 0
        while next < bytes.count {
            let count = min(bytes.count - next, 4 << 20)
            let buffer = IOBuffer(capacity: count)
            buffer.withMutableBytes { target in
                target.copyMemory(from: UnsafeRawBufferPointer(start: bytes.base + next, count: count))
            }
            do { try await file.write([buffer.slice(0..<count)], at: place) } catch { throw .drive(error) }
            place += UInt64(count)
            next += count
        }
    }

    /// Appends to a section. All but the last piece of it are whole blocks.
    private mutating func append(_ section: Section, _ bytes: HeldBytes) async throws(IndexError) {
        guard bytes.count > 0 else { return }
        var entry = directory.sections[section.rawValue]
        precondition(entry.length.isMultiple(of: UInt64(SegmentDirectory.blockBytes)), "a piece behind the last")
        entry.runs.append(SegmentDirectory.Run(start: entry.length, place: place, length: UInt64(bytes.count)))
        entry.length += UInt64(bytes.count)
        for start in stride(from: 0, to: bytes.count, by: SegmentDirectory.blockBytes) {
            entry.checksums.append(
                CRC32C.of(
                    UnsafeRawBufferPointer(
                        start: bytes.base + start, count: min(SegmentDirectory.blockBytes, bytes.count - start))))
        }
        directory.sections[section.rawValue] = entry
        try await write(bytes)
    }

    /// Writes what has gathered.
    mutating func drain(_ writer: SegmentWriter) async throws(IndexError) {
        for section in [Section.keys, .columns, .terms, .postings, .positions] {
            if let piece = writer.piece(of: section, atLeast: Self.pieceBytes) {
                try await append(section, HeldBytes(piece))
            }
        }
    }

    /// Writes the rest and makes the file durable; its name is not yet.
    /// - Returns: its length.
    mutating func finish(_ writer: SegmentWriter) async throws(IndexError) -> UInt64 {
        for section in [Section.keys, .columns, .terms, .postings, .positions] {
            if let piece = writer.piece(of: section, atLeast: 1) { try await append(section, HeldBytes(piece)) }
            if let rest = writer.rest(of: section) { try await append(section, HeldBytes(rest)) }
        }
        try await append(.outline, HeldBytes(copying: writer.outline.encoded()))
        try await append(.keyIndex, writer.keys.index())
        try await append(.filter, writer.keys.filter())
        try await append(.termIndex, writer.terms.index())
        try await append(.lengths, HeldBytes(writer.lengths))
        let encoded = directory.encoded()
        let trailer = SegmentDirectory.trailer(directoryPlace: place, directoryBytes: UInt64(encoded.count))
        try await write(HeldBytes(copying: encoded + trailer))
        do { try await file.sync() } catch { throw .drive(error) }
        return place
    }
}

extension SegmentWriter {
    /// Whole blocks from the start of what a section holds, if it holds enough.
    func piece(of section: Section, atLeast bytes: Int) -> Allocation? {
        let block = SegmentDirectory.blockBytes
        func take(_ sink: inout ByteSink) -> Allocation? {
            let count = sink.count / block * block
            return sink.count >= bytes && count > 0 ? sink.drain(count) : nil
        }
        return with(section, take)
    }

    func rest(of section: Section) -> Allocation? {
        with(section) { sink in sink.count > 0 ? sink.drain(sink.count) : nil }
    }

    private func with(_ section: Section, _ body: (inout ByteSink) -> Allocation?) -> Allocation? {
        switch section {
        case .keys: body(&keys.keys)
        case .columns: body(&columns)
        case .terms: body(&terms.terms)
        case .postings: body(&terms.postings)
        case .positions: body(&terms.positions)
        default: nil
        }
    }
}
