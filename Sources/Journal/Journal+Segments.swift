import Core
import Synchronization

extension Journal {
    static let folder = "journal"
    static let sparePath = "journal/spare"

    static func path(ofSegment number: UInt64) -> String {
        var writer = ByteWriter()
        writer.writeBigEndian(number)
        return "\(folder)/\(Hexadecimal.encode(writer.bytes)).log"
    }

    static func segmentNumber(_ name: String) -> UInt64? {
        guard name.hasSuffix(".log"), name.utf8.count == 20 else { return nil }
        return UInt64(name.dropLast(4), radix: 16)
    }

    static func options(creating: Bool) -> OpenOptions {
        OpenOptions(
            writable: true, creation: creating ? .ifMissing : .never, direct: true, durableWrites: true, lane: .journal)
    }

    /// Moves on to a fresh segment: recycled if an old one is free, zeroed ahead otherwise.
    func openNextSegment() async throws(JournalError) {
        var place = position.withLock { $0 }
        let number = place.segment + 1
        let nonce = entropy.next()
        do {
            // A spare that is being zeroed is waited for, so that the two never work on one name.
            let ahead = state.withLock { $0.zeroing.take() }
            let isZeroed = await ahead?.value() ?? false
            let isReady = try await isZeroed ? true : recycleOldest()
            let file = try await Self.prepareSpare(drive, configuration: configuration, isZeroed: isReady)
            let superblock = SegmentSuperblock(
                identity: identity, number: number, nonce: nonce, firstGroup: place.nextGroup,
                previousGroupChecksum: place.previousChecksum)
            try await Self.take(file, drive, superblock)
            let reader = try await drive.open(Self.path(ofSegment: number), OpenOptions(lane: .journal))
            state.withLock { $0.segments.append(Segment(number: number, file: file, reader: reader)) }
        } catch {
            throw .failed(error)
        }
        place.segment = number
        place.nonce = nonce
        place.offset = 4096
        place.previousEnd = 0
        let moved = place
        position.withLock { $0 = moved }
        try await carryNotesForward()
    }

    /// Once a segment is half full, a spare is zeroed beside the writer, unless an old segment can be recycled.
    func requestSpare() {
        let offset = position.withLock { $0.offset }
        guard offset > configuration.segmentBytes / 2 else { return }
        let done = state.withLock { state -> OneShot<Bool>? in
            guard state.zeroing == nil, oldestUnneeded(in: state) == nil else { return nil }
            let done = OneShot<Bool>()
            state.zeroing = done
            return done
        }
        if let done { zeroings.send(done) }
    }

    /// Zeroes spares on request until the journal is closed.
    func zeroSpares() async {
        while let requests = await zeroings.receive() {
            for request in requests {
                do {
                    _ = try await Self.prepareSpare(drive, configuration: configuration, isZeroed: false)
                    request.send(true)
                } catch {
                    // The writer will meet the same error, and report it, when it needs the segment.
                    request.send(false)
                }
            }
        }
    }

    /// The oldest segment, if nothing in it is needed and it is not the one that is written to.
    private func oldestUnneeded(in state: borrowing State) -> Segment? {
        guard state.segments.count > 1, let oldest = state.segments.first else { return nil }
        return Self.isNeeded(throughSegment: oldest.number, in: state) ? nil : oldest
    }

    private static func isNeeded(throughSegment number: UInt64, in state: borrowing State) -> Bool {
        state.stores.values.contains { log in
            if let first = log.oldestSegment, first <= number { return true }
            if let note = log.note, note.segment <= number { return true }
            return false
        }
    }

    /// Opens the spare file, zeroing it unless it was a segment before: writes into zeroed blocks change no extents,
    /// so a synced write costs one write.
    static func prepareSpare(
        _ drive: any Drive, configuration: Configuration, isZeroed: Bool
    ) async throws(DriveError) -> any DriveFile {
        let file = try await drive.open(sparePath, options(creating: true))
        if !isZeroed {
            try await file.extend(to: configuration.segmentBytes)
            try await file.writeZeros(in: 0..<configuration.segmentBytes)
            try await file.sync()
        }
        return file
    }

    /// Gives the spare file its superblock, then its name. A crash in between leaves a spare.
    static func take(
        _ file: any DriveFile, _ drive: any Drive, _ superblock: SegmentSuperblock
    ) async throws(DriveError) {
        let block = IOBuffer(capacity: 4096)
        block.all.withMutableBytes { target in
            for index in target.indices { target[index] = 0 }
            target.copyBytes(from: superblock.encoded())
        }
        try await file.write([block.all], at: 0)
        try await drive.rename(sparePath, to: path(ofSegment: superblock.number))
        try await drive.syncFolder(folder)
    }

    /// Turns the oldest segment into the spare if nothing in it is needed. Its notes are carried forward first by
    /// `carryNotesForward`, which runs whenever a segment begins.
    /// - Returns: true if there is a spare with initialised blocks now.
    private func recycleOldest() async throws(DriveError) -> Bool {
        let oldest = state.withLock { oldestUnneeded(in: $0) }
        guard let oldest else { return false }
        try await drive.rename(Self.path(ofSegment: oldest.number), to: Self.sparePath)
        try await drive.syncFolder(Self.folder)
        state.withLock { $0.segments.removeAll { $0.number == oldest.number } }
        return true
    }

    /// Deletes old segments beyond the one that serves as the next spare, so that a burst gives its space back.
    private func trim() async throws(DriveError) {
        while true {
            let surplus = state.withLock { state -> Segment? in
                guard state.segments.count > 3, let oldest = state.segments.first else { return nil }
                return Self.isNeeded(throughSegment: state.segments[1].number, in: state) ? nil : oldest
            }
            guard let surplus else { return }
            try await drive.remove(Self.path(ofSegment: surplus.number))
            try await drive.syncFolder(Self.folder)
            state.withLock { $0.segments.removeAll { $0.number == surplus.number } }
        }
    }

    /// Writes the latest note of every store into the new segment, so that old segments hold only entries.
    private func carryNotesForward() async throws(JournalError) {
        let current = position.withLock { $0.segment }
        let notes = state.withLock { state in
            state.stores.sorted { $0.key < $1.key }.compactMap { store, log -> JournalRecord? in
                guard let note = log.note, note.segment < current else { return nil }
                return JournalRecord(store: store, kind: .note, sequence: .zero, payload: note.payload)
            }
        }
        for note in notes { try await writeRecords([note]) }
        do {
            try await trim()
        } catch {
            throw .failed(error)
        }
    }
}
