public import Core
import Synchronization

public enum JournalError: Error, Equatable, Sendable {
    /// The drive failed, now or before: nothing is known of what was in flight. The journal takes no more.
    case failed(DriveError)
    /// Entries of this store are not contiguous, or a record is larger than a group may be.
    case refused(String)
    /// The journal was closed.
    case closed
    /// What was asked for is no longer, or not yet, in the log.
    case missing
    /// What lies on the disk is not what was written.
    case damaged(String)
}

/// A drive's append-only log for all metadata replicas on it, with one synced write a group.
///
/// **Durable:** a record is durable when its completion is called with success, because the group was written through a
/// descriptor opened with O_DSYNC. One group is in flight at a time, so all records before it are durable too.
///
/// Invariants: group number n+1 carries the header checksum of group n; segment numbers are contiguous;
/// firstKept(store) ≤ min(holds(store)).
public final class Journal: Sendable {
    /// Why entries are kept.
    public enum Hold: UInt8, Sendable, CaseIterable {
        /// Rows that were applied but not flushed are replayed from here.
        case rows
        /// The search index's commit point.
        case index
        /// A learner reads from here.
        case learner
    }

    public struct Configuration: Sendable {
        /// Bytes of a segment file; a multiple of 4 KiB.
        public var segmentBytes: UInt64
        /// Upper bound of the payload of one group.
        public var groupBytes: Int

        public init(segmentBytes: UInt64 = 64 << 20, groupBytes: Int = 4 << 20) {
            precondition(segmentBytes.isMultiple(of: 4096) && segmentBytes > UInt64(groupBytes) + 64 << 10)
            self.segmentBytes = segmentBytes
            self.groupBytes = groupBytes
        }
    }

    public typealias Completion = @Sendable (Result<Void, JournalError>) -> Void

    struct Append: Sendable {
        var records: [JournalRecord]
        var completion: Completion
    }

    /// A segment file in use.
    struct Segment: Sendable {
        var number: UInt64
        /// For synced writes of whole blocks.
        var file: any DriveFile
        /// For reads of any length, through the page cache.
        var reader: any DriveFile
    }

    struct State {
        var stores: [StoreID: StoreLog] = [:]
        /// Ascending numbers; the last one is written to.
        var segments: [Segment] = []
        var failure: JournalError?
        /// A spare that is being zeroed, or was and is not used yet.
        var zeroing: OneShot<Bool>?
        /// Of groups, since the start.
        var writtenBytes: UInt64 = 0
    }

    let drive: any Drive
    let identity: DriveIdentity
    let configuration: Configuration
    let entropy: any Entropy
    let state = Mutex(State())
    private let appends = Mailbox<Append>()
    let zeroings = Mailbox<OneShot<Bool>>()
    /// Touched by the writer task only, after recovery has set it.
    let position: Mutex<WritePosition>

    struct WritePosition: Sendable {
        var segment: UInt64
        var nonce: UInt64
        var offset: UInt64
        var nextGroup: UInt64
        var previousChecksum: UInt32
        var previousEnd: UInt64
    }

    init(
        drive: any Drive, identity: DriveIdentity, configuration: Configuration, entropy: any Entropy,
        state: consuming State, position: WritePosition
    ) {
        self.drive = drive
        self.identity = identity
        self.configuration = configuration
        self.entropy = entropy
        self.position = Mutex(position)
        let taken = state
        self.state.withLock { $0 = taken }
    }

    /// Hands records over; `completion` is called once, when all of them are durable or the journal has failed.
    /// Records of one call are never split by another call's.
    public func append(_ records: [JournalRecord], completion: @escaping Completion) {
        guard records.allSatisfy({ $0.encodedCount <= configuration.groupBytes }) else {
            completion(.failure(.refused("a record larger than a group")))
            return
        }
        if !appends.send(Append(records: records, completion: completion)) { completion(.failure(.closed)) }
    }

    /// The same, awaited.
    public func append(_ records: [JournalRecord]) async throws(JournalError) {
        let done = OneShot<Result<Void, JournalError>>()
        append(records) { done.send($0) }
        try await done.value().get()
    }

    /// Takes no more records; `run` returns when those that it has are written.
    public func close() {
        appends.close()
        zeroings.close()
    }

    public var failure: JournalError? { state.withLock { $0.failure } }

    /// Bytes written since the start.
    public var writtenBytes: UInt64 { state.withLock { $0.writtenBytes } }

    /// Bytes of segment files.
    public var sizeBytes: UInt64 { UInt64(state.withLock { $0.segments.count }) * configuration.segmentBytes }

    /// Writes groups until the journal is closed. One task for the journal's life.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.zeroSpares() }
            await writeGroups()
        }
    }

    private func writeGroups() async {
        while let batch = await appends.receive() {
            var group: [Append] = []
            var bytes = 0
            for append in batch {
                let size = append.records.reduce(0) { $0 + $1.encodedCount }
                if !group.isEmpty, bytes + size > configuration.groupBytes {
                    await commit(group)
                    group = []
                    bytes = 0
                }
                group.append(append)
                bytes += size
            }
            await commit(group)
        }
    }

    private func commit(_ group: [Append]) async {
        var result: Result<Void, JournalError> = .success(())
        if let failure {
            result = .failure(failure)
        } else {
            do {
                try await writeRecords(group.flatMap(\.records))
            } catch {
                // A failed sync is never retried: what is on the disk is unknown from here on.
                state.withLock { $0.failure = $0.failure ?? error }
                result = .failure(error)
            }
        }
        for append in group { append.completion(result) }
    }

    func writeRecords(_ records: [JournalRecord]) async throws(JournalError) {
        guard !records.isEmpty else { return }
        let payloadBytes = records.reduce(0) { $0 + $1.encodedCount }
        let total = (UInt64(GroupHeader.byteCount + payloadBytes) + 4095) & ~4095
        if position.withLock({ $0.offset + total > configuration.segmentBytes }) { try await openNextSegment() }
        var place = position.withLock { $0 }

        let buffer = IOBuffer(capacity: Int(total))
        let payload = buffer.slice(GroupHeader.byteCount..<GroupHeader.byteCount + payloadBytes)
        let offsets = fill(payload, with: records)
        buffer.slice(GroupHeader.byteCount + payloadBytes..<Int(total)).withMutableBytes { rest in
            for index in rest.indices { rest[index] = 0 }
        }
        let header = GroupHeader(
            nonce: place.nonce, number: place.nextGroup, offset: place.offset, payloadBytes: UInt32(payloadBytes),
            recordCount: UInt32(records.count), payloadChecksum: CRC32C.of(payload),
            previousChecksum: place.previousChecksum, previousEnd: place.previousEnd)
        buffer.slice(0..<GroupHeader.byteCount).withMutableBytes { $0.copyBytes(from: header.encoded()) }

        guard let file = state.withLock({ $0.segments.last?.file }) else { throw .closed }
        do {
            try await file.write([buffer.slice(0..<Int(total))], at: place.offset)
        } catch {
            throw .failed(error)
        }
        let start = place.offset + UInt64(GroupHeader.byteCount)
        state.withLock { state in
            state.writtenBytes += total
            for (record, offset) in zip(records, offsets) {
                Self.register(record, at: start + UInt64(offset), segment: place.segment, in: &state)
            }
        }
        place.previousEnd = place.offset + total
        place.offset += total
        place.nextGroup += 1
        place.previousChecksum = header.checksum
        let moved = place
        position.withLock { $0 = moved }
        requestSpare()
    }

    /// Returns the offset of each record within the payload.
    private func fill(_ payload: IOSlice, with records: [JournalRecord]) -> [Int] {
        payload.withMutableBytes { target in
            var offset = 0
            var offsets: [Int] = []
            for record in records {
                offsets.append(offset)
                target.storeBytes(of: record.store.rawValue.littleEndian, toByteOffset: offset, as: UInt32.self)
                target.storeBytes(
                    of: UInt32(record.kind.rawValue).littleEndian, toByteOffset: offset + 4, as: UInt32.self)
                target.storeBytes(of: record.sequence.rawValue.littleEndian, toByteOffset: offset + 8, as: UInt64.self)
                target.storeBytes(
                    of: UInt32(record.payload.count).littleEndian, toByteOffset: offset + 16, as: UInt32.self)
                offset += JournalRecord.headerBytes
                UnsafeMutableRawBufferPointer(rebasing: target[offset..<offset + record.payload.count])
                    .copyBytes(from: record.payload)
                offset += record.payload.count
            }
            return offsets
        }
    }

    /// Notes a durable record in the in-memory index; also used by recovery.
    /// - Returns: false if an entry does not follow the entries before it.
    @discardableResult
    static func register(
        _ record: JournalRecord, at offset: UInt64, segment: UInt64, in state: inout State
    ) -> Bool {
        switch record.kind {
        case .entry:
            let location = EntryLocation(
                segment: segment, offset: offset + UInt64(JournalRecord.headerBytes),
                length: UInt32(record.payload.count))
            return state.stores[record.store, default: StoreLog()].append(record.sequence, location)
        case .truncate:
            state.stores[record.store]?.truncate(above: record.sequence)
        case .note:
            state.stores[record.store, default: StoreLog()].note = (record.payload, segment)
        case .forget:
            state.stores[record.store] = nil
        case .reset:
            state.stores[record.store, default: StoreLog()].removeAll()
        }
        return true
    }
}
