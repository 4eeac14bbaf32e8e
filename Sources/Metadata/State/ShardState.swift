public import Core
public import KeyValue

/// A gateway's name for one request to one shard: a repeated one gets the answer of the first.
public struct RequestName: Sendable, Hashable {
    public var session: UInt64
    public var slot: UInt16
    public var counter: UInt64

    public init(session: UInt64, slot: UInt16, counter: UInt64) {
        self.session = session
        self.slot = slot
        self.counter = counter
    }
}

/// The state of one metadata replica: rows, and in memory what every command needs. `apply` is deterministic: the same
/// entries in the same order give the same rows everywhere. It reads no clock; time comes in the entry.
///
/// Invariants:
/// - applied sequence in the rows = effect of exactly the entries up to it;
/// - ordinals grow within the shard;
/// - a blob is named by exactly one row of the kinds entry, version, part, table and garbage, from the command that
///   brings it to the one that says that its fragments are gone;
/// - every part row belongs to one open upload or one garbage row, every table row to one version or one garbage row;
/// - what is decided reads the family `rows` alone. After a crash `bodies` may hold later changes than `rows`: entries
///   are applied again, and a decision that had read a body of the future would differ from the others' replicas.
public struct ShardState: Sendable {
    /// Slots of a session: requests that one gateway may have in flight to one shard.
    public static let slotsPerSession = 256

    public let reader: MetadataReader
    public private(set) var applied: SequenceNumber
    /// The epoch in which the last applied entry was made.
    public private(set) var appliedEpoch: Epoch
    public internal(set) var lastOrdinal: UInt64
    /// Over every change of rows since the shard began, without the local store ID: replicas that applied the same
    /// entries have the same.
    public private(set) var digest: UInt64
    /// Per session: who opened it, and the last counter and result of each slot that was used.
    var sessions: [UInt64: Session] = [:]
    /// Those that take writes.
    var buckets: Set<BucketID> = []

    struct Session: Sendable {
        var owner: UniqueID
        var slots: [UInt16: (counter: UInt64, result: CommandResult)] = [:]
    }

    var rows: any KeyValueStore { reader.rows }
    var keys: RowKeys { reader.keys }

    /// Reads what the rows hold.
    public init(rows: any KeyValueStore, store: StoreID) throws(RowError) {
        reader = MetadataReader(rows: rows, store: store)
        applied = .zero
        appliedEpoch = Epoch(0)
        lastOrdinal = 0
        digest = 0
        if let row = try reader.get(.rows, reader.keys.replica()) {
            do throws(CodecError) {
                var decoder = ByteReader(row)
                applied = try SequenceNumber(from: &decoder)
                appliedEpoch = try Epoch(from: &decoder)
                lastOrdinal = try decoder.read()
                digest = try decoder.read()
            } catch {
                throw .undecodable(error)
            }
        }
        try loadSessions()
        try loadBuckets()
    }

    /// Applies one entry and writes its effect, with the applied sequence, as one batch.
    /// - Parameters:
    ///   - sequence: must be `applied` + 1.
    ///   - time: the leader's, from the entry.
    ///   - command: as logged; nil for an entry of the protocol's own.
    public mutating func apply(
        sequence: SequenceNumber, epoch: Epoch, request: RequestName?, time: WallTime, command: [UInt8]?
    ) throws(RowError) -> CommandResult {
        precondition(sequence == applied.next, "entries are applied in order")
        var change = Change(time: time)
        var result = CommandResult.done
        if let command {
            if let repeated = repeatedResult(request) {
                result = repeated
            } else {
                if let command = try? Command(command) {
                    result = try carryOut(command, &change)
                } else {
                    result = .notUnderstood
                }
                remember(result, of: request, &change)
            }
        }
        try recordChanges(sequence, &change)
        appliedEpoch = epoch
        addToDigest(change.batch)
        var writer = ByteWriter(reserving: 32)
        sequence.encode(to: &writer)
        epoch.encode(to: &writer)
        writer.write(lastOrdinal)
        writer.write(digest)
        change.batch.put(.rows, keys.replica(), writer.bytes)
        do throws(KeyValueError) { try rows.write(change.batch) } catch { throw .store(error) }
        applied = sequence
        return result
    }

    /// What one entry changes, collected until it is written as a whole. Reads show the state before it.
    struct Change {
        let time: WallTime
        var batch = WriteBatch()
        /// What followers must hear of beside the objects that the batch changes.
        var notices: [ChangeRecord.Change] = []
    }

    private mutating func carryOut(_ command: Command, _ change: inout Change) throws(RowError) -> CommandResult {
        switch command {
        case .openSession(let owner, let session): return openSession(session, owner: owner, &change)
        case .putObject(let bucket, let key, let record, let body, let condition):
            return try put(bucket, key, record, body, condition, &change)
        case .deleteObject(let bucket, let key, let condition):
            return try delete(bucket, key, condition, &change)
        case .deleteObjects(let bucket, let deletes): return try delete(bucket, deletes, &change)
        case .rewriteMetadata(let rewrite): return try self.rewrite(rewrite, &change)
        case .setTags(let bucket, let key, let tags): return try setTags(bucket, key, tags, &change)
        case .upload(let command): return try carryOut(command, &change)
        case .identity(let command): return try carryOut(command, &change)
        case .openBucket(let bucket): return open(bucket, &change)
        case .closeBucket(let bucket): return try close(bucket, &change)
        case .forgetBucket(let bucket): return forget(bucket, &change)
        case .reserveBucketName(let name, let bucket, let owner, let region):
            return try reserve(name, bucket, owner, region, &change)
        case .setBucketState(let name, let bucket, let state): return try setState(name, bucket, state, &change)
        case .removeBucketName(let name, let bucket): return try remove(name, bucket, &change)
        case .configureBucket(let name, let bucket, let kind, let bytes):
            return try configure(name, bucket, kind, bytes, &change)
        case .setSearchSchema(let bucket, let bytes): return setSearchSchema(bucket, bytes, &change)
        case .clearGarbage(let names): return clear(names, &change)
        case .clearParts(let name, let through): return try clear(name, through: through, &change)
        case .condemn(let bucket, let key, let blob): return try condemn(bucket, key, blob, &change)
        }
    }

    /// Greater than all before, and the leader's time as far as that allows.
    mutating func nextOrdinal(_ change: Change) -> UInt64 {
        // Microseconds: a shard that takes more than a thousand writes a second would run ahead of the clock in ms.
        lastOrdinal = max(change.time.milliseconds * 1000, lastOrdinal + 1)
        return lastOrdinal
    }

    private mutating func addToDigest(_ batch: WriteBatch) {
        guard !batch.isEmpty else { return }
        var sum = CRC64NVME(continuing: digest)
        func add(_ bytes: some RandomAccessCollection<UInt8>) {
            _ = bytes.withContiguousStorageIfAvailable { sum.update(UnsafeRawBufferPointer($0)) }
        }
        for change in batch.changes {
            switch change {
            case .put(_, let key, let value):
                add(key.dropFirst(4))
                add(value)
            case .delete(_, let key): add(key.dropFirst(4))
            case .deleteRange(_, let start, let end):
                add(start.dropFirst(4))
                add(end.dropFirst(4))
            }
        }
        digest = sum.value
    }
}
