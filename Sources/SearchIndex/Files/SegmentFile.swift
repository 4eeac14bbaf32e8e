import Core

/// An open segment file. Nothing of it is used before its checksum was compared.
final class SegmentFile: Sendable {
    let path: String
    let file: any DriveFile
    let directory: SegmentDirectory
    let bytes: UInt64
    private let cache: BlockCache

    private init(path: String, file: any DriveFile, directory: SegmentDirectory, bytes: UInt64, cache: BlockCache) {
        self.path = path
        self.file = file
        self.directory = directory
        self.bytes = bytes
        self.cache = cache
    }

    /// Opens a file and reads what stays in memory.
    /// - Parameter bytes: the length that the manifest has.
    static func open(
        _ drive: any Drive, path: String, segment: UInt64, bytes: UInt64, cache: BlockCache
    ) async throws(IndexError) -> Segment {
        do {
            let file = try await drive.open(path, OpenOptions())
            let size = try await file.size()
            guard size == bytes, size >= UInt64(SegmentDirectory.headerBytes + SegmentDirectory.trailerBytes) else {
                throw IndexError.damaged("\(path): \(size) bytes, not \(bytes)")
            }
            try SegmentDirectory.checkHeader(
                try await file.read(count: SegmentDirectory.headerBytes, at: 0), segment: segment)
            let trailer = try await file.read(
                count: SegmentDirectory.trailerBytes, at: bytes - UInt64(SegmentDirectory.trailerBytes))
            let range = try SegmentDirectory.directoryRange(trailer: trailer, fileBytes: bytes)
            let directory = try SegmentDirectory(
                try await file.read(count: range.count, at: range.lowerBound), segment: segment, fileBytes: bytes)
            let opened = SegmentFile(path: path, file: file, directory: directory, bytes: bytes, cache: cache)
            var kept: [HeldBytes] = []
            for section in Section.kept {
                let length = Int(directory.sections[section.rawValue].length)
                kept.append(try await opened.load(section, 0..<length))
            }
            let outline = try SegmentOutline(withExtendedLifetime(kept[0]) { Array(kept[0].buffer) })
            guard SparseIndex.isSound(kept[Section.keyIndex.rawValue]),
                SparseIndex.isSound(kept[Section.termIndex.rawValue]),
                kept[Section.filter.rawValue].count.isMultiple(of: 64), kept[Section.filter.rawValue].count > 0,
                kept[Section.lengths.rawValue].count == Int(outline.documentCount) * 3
            else { throw IndexError.damaged("\(path): sections do not fit each other") }
            return Segment(id: segment, outline: outline, kept: kept, store: .file(opened))
        } catch let error as IndexError {
            throw error
        } catch let error as CodecError {
            throw .damaged("\(path): \(error)")
        } catch let error as DriveError {
            throw error == .notFound ? .damaged("\(path): missing") : .drive(error)
        } catch {
            throw .damaged("\(path)")
        }
    }

    private func blocks(_ range: Range<Int>) -> Range<Int> {
        let size = SegmentDirectory.blockBytes
        return range.lowerBound / size..<(range.upperBound + size - 1) / size
    }

    private func key(_ section: Section, _ blocks: Range<Int>) -> BlockCache.Key {
        BlockCache.Key(
            segment: directory.segment, section: UInt32(section.rawValue), first: UInt32(blocks.lowerBound),
            count: UInt32(blocks.count))
    }

    private func isInside(_ section: Section, _ range: Range<Int>) -> Bool {
        range.lowerBound >= 0 && range.upperBound <= Int(directory.sections[section.rawValue].length)
    }

    func cached(_ section: Section, _ range: Range<Int>) -> HeldBytes? {
        guard isInside(section, range), !range.isEmpty else {
            return range.isEmpty ? HeldBytes(Allocation(count: 0)) : nil
        }
        let blocks = blocks(range)
        guard let held = cache.find(key(section, blocks)) else { return nil }
        return held.slice(range.lowerBound - blocks.lowerBound * SegmentDirectory.blockBytes, range.count)
    }

    func read(_ section: Section, _ range: Range<Int>) async throws(IndexError) -> HeldBytes {
        guard isInside(section, range) else { throw .damaged("\(path): a place outside of its section") }
        if range.isEmpty { return HeldBytes(Allocation(count: 0)) }
        let blocks = blocks(range)
        let size = SegmentDirectory.blockBytes
        let held = try await load(section, whole(section, blocks))
        cache.insert(held, key(section, blocks))
        return held.slice(range.lowerBound - blocks.lowerBound * size, range.count)
    }

    /// As `read`, if that needs no wait for the disk. Damage is left for `read` to report.
    func ready(_ section: Section, _ range: Range<Int>) -> HeldBytes? {
        guard isInside(section, range), !range.isEmpty else { return nil }
        let blocks = blocks(range)
        let wanted = whole(section, blocks)
        let allocation = Allocation(count: wanted.count)
        for piece in pieces(section, wanted) {
            let slice = IOBuffer(capacity: piece.count).slice(0..<piece.count)
            guard file.readCached(into: slice, at: piece.place) == piece.count else { return nil }
            take(slice, allocation, piece.target)
        }
        guard (try? check(allocation, section, wanted)) != nil else { return nil }
        let held = HeldBytes(allocation)
        cache.insert(held, key(section, blocks))
        return held.slice(range.lowerBound - blocks.lowerBound * SegmentDirectory.blockBytes, range.count)
    }

    private func whole(_ section: Section, _ blocks: Range<Int>) -> Range<Int> {
        let size = SegmentDirectory.blockBytes
        return blocks.lowerBound
            * size..<min(blocks.upperBound * size, Int(directory.sections[section.rawValue].length))
    }

    /// Reads and verifies; `range` begins and ends with a block.
    func load(_ section: Section, _ range: Range<Int>) async throws(IndexError) -> HeldBytes {
        let allocation = Allocation(count: range.count)
        for piece in pieces(section, range) {
            let slice = IOBuffer(capacity: piece.count).slice(0..<piece.count)
            var got = file.readCached(into: slice, at: piece.place) ?? 0
            if got < piece.count {
                do { got = try await file.read(into: slice, at: piece.place) } catch { throw .drive(error) }
            }
            guard got == piece.count else { throw .damaged("\(path): ends too early") }
            take(slice, allocation, piece.target)
        }
        try check(allocation, section, range)
        return HeldBytes(allocation)
    }

    private struct Piece {
        var place: UInt64
        var count: Int
        var target: Int
    }

    /// Where a range stands in the file; 4 MiB at most at a time, so that a large one does not need twice its size.
    private func pieces(_ section: Section, _ range: Range<Int>) -> [Piece] {
        var pieces: [Piece] = []
        for run in directory.sections[section.rawValue].runs {
            var next = max(Int(run.start), range.lowerBound)
            let end = min(Int(run.start + run.length), range.upperBound)
            while next < end {
                let count = min(end - next, 4 << 20)
                pieces.append(
                    Piece(place: run.place + UInt64(next) - run.start, count: count, target: next - range.lowerBound))
                next += count
            }
        }
        return pieces
    }

    private func take(_ slice: IOSlice, _ allocation: Allocation, _ target: Int) {
        slice.withBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            (allocation.base + target).copyMemory(from: base, byteCount: bytes.count)
        }
    }

    private func check(_ allocation: Allocation, _ section: Section, _ range: Range<Int>) throws(IndexError) {
        let size = SegmentDirectory.blockBytes
        let checksums = directory.sections[section.rawValue].checksums
        for block in 0..<(range.count + size - 1) / size {
            let bytes = UnsafeRawBufferPointer(
                start: allocation.base + block * size, count: min(size, range.count - block * size))
            guard CRC32C.of(bytes) == checksums[range.lowerBound / size + block] else {
                throw .damaged("\(path): checksum of block \(range.lowerBound / size + block) of \(section)")
            }
        }
    }

    /// Reads everything and compares checksums.
    func verify() async throws(IndexError) {
        let (header, tail): ([UInt8], [UInt8])
        do {
            header = try await file.read(count: SegmentDirectory.headerBytes, at: 0)
            tail = try await file.read(
                count: directory.encoded().count + SegmentDirectory.trailerBytes,
                at: bytes - UInt64(directory.encoded().count + SegmentDirectory.trailerBytes))
        } catch { throw .drive(error) }
        try SegmentDirectory.checkHeader(header, segment: directory.segment)
        let encoded = directory.encoded()
        let place = bytes - UInt64(tail.count)
        let trailer = SegmentDirectory.trailer(directoryPlace: place, directoryBytes: UInt64(encoded.count))
        guard tail == encoded + trailer else { throw .damaged("\(path): directory") }
        for section in Section.allCases {
            let length = Int(directory.sections[section.rawValue].length)
            for start in stride(from: 0, to: length, by: 1 << 20) {
                _ = try await load(section, start..<min(start + 1 << 20, length))
            }
        }
    }
}

extension SegmentFile {
    /// As `read`, without a trace in the cache.
    func readPastCache(_ section: Section, _ range: Range<Int>) async throws(IndexError) -> HeldBytes {
        let length = Int(directory.sections[section.rawValue].length)
        guard range.lowerBound >= 0, range.upperBound <= length else {
            throw .damaged("\(path): a place outside of its section")
        }
        if range.isEmpty { return HeldBytes(Allocation(count: 0)) }
        let size = SegmentDirectory.blockBytes
        let start = range.lowerBound / size * size
        let end = min((range.upperBound + size - 1) / size * size, length)
        return try await load(section, start..<end).slice(range.lowerBound - start, range.count)
    }
}
