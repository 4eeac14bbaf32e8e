public import Core
import Synchronization

/// How the journal was found.
public enum JournalCondition: Equatable, Sendable {
    /// Nothing was written before.
    case fresh
    /// Every group is there.
    case clean
    /// The last group was not complete: it was never acknowledged. What it held of a store is unknown, so replicas
    /// are unsure of their tails. The cut itself happens with the next write.
    case torn
}

extension Journal {
    /// Opens the drive's journal, or makes it.
    ///
    /// Scans every group. What follows the last whole group is a torn tail only if no later group of the same file
    /// exists: since one group is in flight at a time, a later one proves that the earlier was synced, and its loss is
    /// damage.
    /// - Throws: `.damaged` for a journal that lost something that was synced, with nothing changed on the disk;
    ///   `.refused` for a journal of another drive or a newer format.
    public static func open(
        _ drive: any Drive, identity: DriveIdentity, configuration: Configuration = Configuration(),
        entropy: any Entropy
    ) async throws(JournalError) -> (journal: Journal, condition: JournalCondition) {
        let numbers: [UInt64]
        do {
            try await makeFolder(drive)
            numbers = try await drive.list(folder).compactMap(segmentNumber).sorted()
        } catch {
            throw .failed(error)
        }
        if numbers.isEmpty {
            return (
                try await create(drive, identity: identity, configuration: configuration, entropy: entropy), .fresh
            )
        }
        if let gap = zip(numbers, numbers.dropFirst()).first(where: { $0 + 1 != $1 }) {
            throw .damaged("segment \(gap.0 + 1) is missing")
        }
        var scan = RecoveryScan()
        for number in numbers {
            try await scan.read(
                number, isLast: number == numbers.last, drive: drive, identity: identity, configuration: configuration)
        }
        guard let position = scan.position else { throw .damaged("no segment could be read") }
        let journal = Journal(
            drive: drive, identity: identity, configuration: configuration, entropy: entropy, state: scan.state,
            position: position)
        return (journal, scan.isTorn ? .torn : .clean)
    }

    private static func makeFolder(_ drive: any Drive) async throws(DriveError) {
        do {
            try await drive.makeFolder(folder)
        } catch DriveError.exists {
            return
        }
        try await drive.syncFolder("")
    }

    private static func create(
        _ drive: any Drive, identity: DriveIdentity, configuration: Configuration, entropy: any Entropy
    ) async throws(JournalError) -> Journal {
        let superblock = SegmentSuperblock(
            identity: identity, number: 1, nonce: entropy.next(), firstGroup: 1, previousGroupChecksum: 0)
        var state = State()
        do {
            let file = try await prepareSpare(drive, configuration: configuration, isZeroed: false)
            try await take(file, drive, superblock)
            let reader = try await drive.open(path(ofSegment: 1), OpenOptions(lane: .journal))
            state.segments.append(Segment(number: 1, file: file, reader: reader))
        } catch {
            throw .failed(error)
        }
        return Journal(
            drive: drive, identity: identity, configuration: configuration, entropy: entropy, state: state,
            position: WritePosition(
                segment: 1, nonce: superblock.nonce, offset: 4096, nextGroup: 1, previousChecksum: 0, previousEnd: 0))
    }
}

/// Reads segments in order and rebuilds the index.
private struct RecoveryScan {
    var state = Journal.State()
    var position: Journal.WritePosition?
    var isTorn = false

    private static let windowBytes = 4 << 20

    mutating func read(
        _ number: UInt64, isLast: Bool, drive: any Drive, identity: DriveIdentity,
        configuration: Journal.Configuration
    ) async throws(JournalError) {
        let file: any DriveFile
        let reader: any DriveFile
        let size: UInt64
        let head: [UInt8]
        do {
            file = try await drive.open(Journal.path(ofSegment: number), Journal.options(creating: false))
            reader = try await drive.open(Journal.path(ofSegment: number), OpenOptions(lane: .journal))
            size = try await reader.size()
            head = try await reader.read(count: 4096, at: 0)
        } catch {
            throw .failed(error)
        }
        let superblock = try Self.superblock(head, number: number, identity: identity)
        if let position {
            guard superblock.firstGroup == position.nextGroup,
                superblock.previousGroupChecksum == position.previousChecksum
            else { throw .damaged("segment \(number) does not follow the one before: synced groups are missing") }
        }
        state.segments.append(Journal.Segment(number: number, file: file, reader: reader))
        var place = Journal.WritePosition(
            segment: number, nonce: superblock.nonce, offset: 4096, nextGroup: superblock.firstGroup,
            previousChecksum: superblock.previousGroupChecksum, previousEnd: 0)
        try await scanGroups(reader, size: size, &place)
        if place.offset < size {
            let rest = try await Self.examine(
                reader, from: place.offset, to: size, nonce: place.nonce, after: place.nextGroup)
            switch rest {
            case .laterGroup(let group):
                throw .damaged("group \(place.nextGroup) of segment \(number) is damaged, group \(group) is not")
            case .fragment where isLast: isTorn = true
            case .fragment, .nothing: break
            }
        }
        position = place
    }

    private static func superblock(
        _ head: [UInt8], number: UInt64, identity: DriveIdentity
    ) throws(JournalError) -> SegmentSuperblock {
        let superblock: SegmentSuperblock
        do {
            superblock = try SegmentSuperblock(head)
        } catch .newerVersion(let version) {
            throw .refused("journal format \(version) is newer than this program")
        } catch {
            throw .damaged("superblock of segment \(number): \(error)")
        }
        guard superblock.identity == identity else { throw .refused("the journal belongs to another drive") }
        guard superblock.number == number else { throw .damaged("segment \(number) calls itself \(superblock.number)") }
        return superblock
    }

    /// Takes whole groups, one after the other, until one is not.
    private mutating func scanGroups(
        _ file: any DriveFile, size: UInt64, _ place: inout Journal.WritePosition
    ) async throws(JournalError) {
        var window: [UInt8] = []
        var windowStart: UInt64 = 0
        func available(_ count: UInt64) -> Bool {
            place.offset >= windowStart && place.offset + count <= windowStart + UInt64(window.count)
        }
        while place.offset + UInt64(GroupHeader.byteCount) <= size {
            if !available(UInt64(GroupHeader.byteCount)) {
                window = try await Self.load(file, at: place.offset, size: size)
                windowStart = place.offset
                if !available(UInt64(GroupHeader.byteCount)) { return }
            }
            let from = Int(place.offset - windowStart)
            guard let header = try? GroupHeader(Array(window[from..<from + GroupHeader.byteCount])),
                header.nonce == place.nonce, header.number == place.nextGroup, header.offset == place.offset,
                header.previousChecksum == place.previousChecksum, header.previousEnd == place.previousEnd,
                place.offset + header.sizeOnDisk <= size
            else { return }
            if !available(header.sizeOnDisk) {
                window = try await Self.load(file, at: place.offset, size: size, atLeast: Int(header.sizeOnDisk))
                windowStart = place.offset
                if !available(header.sizeOnDisk) { return }
            }
            let start = Int(place.offset - windowStart) + GroupHeader.byteCount
            let payload = start..<start + Int(header.payloadBytes)
            guard CRC32C.of(window[payload]) == header.payloadChecksum else { return }
            try register(window, payload, header, segment: place.segment)
            place.previousEnd = place.offset + header.sizeOnDisk
            place.offset = place.previousEnd
            place.nextGroup += 1
            place.previousChecksum = header.checksum
        }
    }

    private mutating func register(
        _ window: [UInt8], _ payload: Range<Int>, _ header: GroupHeader, segment: UInt64
    ) throws(JournalError) {
        var reader = ByteReader(window, in: payload)
        for _ in 0..<header.recordCount {
            let offset = header.offset + UInt64(GroupHeader.byteCount) + UInt64(reader.offset - payload.lowerBound)
            guard let record = try? JournalRecord(from: &reader) else {
                throw .damaged("group \(header.number) holds no whole records")
            }
            guard Journal.register(record, at: offset, segment: segment, in: &state) else {
                throw .damaged("entries of store \(record.store) leap to \(record.sequence) in group \(header.number)")
            }
        }
    }

    private static func load(
        _ file: any DriveFile, at offset: UInt64, size: UInt64, atLeast: Int = 0
    ) async throws(JournalError) -> [UInt8] {
        do {
            return try await file.read(
                count: Int(min(size - offset, UInt64(max(windowBytes, atLeast)))), at: offset)
        } catch {
            throw .failed(error)
        }
    }

    /// A header whose nonce was hit but whose magic was not, in a block that no earlier life's whole header fills.
    private static func isFresh(_ magic: UInt64?, _ head: [UInt8]) -> Bool {
        magic == GroupHeader.magic && (try? GroupHeader(head)) == nil
    }

    private enum Rest {
        case nothing
        /// Something of this file's life: a group that was not finished.
        case fragment
        /// A whole header of a later group.
        case laterGroup(UInt64)
    }

    /// Looks for headers of this file's life beyond the last whole group.
    private static func examine(
        _ file: any DriveFile, from start: UInt64, to end: UInt64, nonce: UInt64, after group: UInt64
    ) async throws(JournalError) -> Rest {
        var result = Rest.nothing
        var offset = start
        while offset < end {
            let window = try await load(file, at: offset, size: end)
            if window.isEmpty { break }
            for block in stride(from: 0, to: window.count - GroupHeader.byteCount + 1, by: 4096) {
                let head = Array(window[block..<block + GroupHeader.byteCount])
                guard let header = try? GroupHeader(head), header.nonce == nonce,
                    header.offset == offset + UInt64(block)
                else {
                    // A header that was damaged still shows its file's nonce or, in a file that was all zeros, its
                    // magic: something was there.
                    var reader = ByteReader(head)
                    let magic = try? reader.read(UInt64.self)
                    if offset + UInt64(block) == start, (try? reader.read(UInt64.self)) == nonce || isFresh(magic, head)
                    {
                        result = .fragment
                    }
                    continue
                }
                if header.number > group { return .laterGroup(header.number) }
                if header.number == group { result = .fragment }
            }
            offset += UInt64(window.count)
        }
        return result
    }
}

extension JournalRecord {
    init(from reader: inout ByteReader) throws(CodecError) {
        store = try StoreID(from: &reader)
        guard let kind = Kind(rawValue: try reader.read(UInt8.self)) else { throw .field("journal record kind") }
        self.kind = kind
        try reader.skip(3)
        sequence = try SequenceNumber(from: &reader)
        payload = try reader.readBytes()
    }
}
