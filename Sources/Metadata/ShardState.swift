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
/// Invariants: applied sequence in the rows = effect of exactly the entries up to it; ordinals grow within the shard; a
/// blob is named by at most one row of the kinds entry, version, part and garbage.
public struct ShardState: Sendable {
    /// Slots of a session: requests that one gateway may have in flight to one shard.
    public static let slotsPerSession = 256

    public let reader: MetadataReader
    public private(set) var applied: SequenceNumber
    /// The epoch in which the last applied entry was made.
    public private(set) var appliedEpoch: Epoch
    public private(set) var lastOrdinal: UInt64
    /// Over every change of rows since the shard began, without the local store ID: replicas that applied the same
    /// entries have the same.
    public private(set) var digest: UInt64
    /// Per session: who opened it, and the last counter and result of each slot that was used.
    private var sessions: [UInt64: Session] = [:]
    private var buckets: Set<BucketID> = []

    private struct Session: Sendable {
        var owner: UniqueID
        var slots: [UInt16: (counter: UInt64, result: CommandResult)] = [:]
    }

    private var rows: any KeyValueStore { reader.rows }
    private var keys: RowKeys { reader.keys }

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
        var batch = WriteBatch()
        var result = CommandResult.done
        if let command {
            if let repeated = repeatedResult(request) {
                result = repeated
            } else {
                result = try carryOut(command, time: time, &batch)
                remember(result, of: request, &batch)
            }
        }
        appliedEpoch = epoch
        addToDigest(batch)
        var writer = ByteWriter(reserving: 32)
        sequence.encode(to: &writer)
        epoch.encode(to: &writer)
        writer.write(lastOrdinal)
        writer.write(digest)
        batch.put(.rows, keys.replica(), writer.bytes)
        do throws(KeyValueError) { try rows.write(batch) } catch { throw .store(error) }
        applied = sequence
        return result
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

    private func repeatedResult(_ request: RequestName?) -> CommandResult? {
        guard let request, request.session != 0 else { return nil }
        guard let session = sessions[request.session], request.slot < Self.slotsPerSession else { return .staleRequest }
        guard let slot = session.slots[request.slot] else { return nil }
        if slot.counter == request.counter { return slot.result }
        return request.counter < slot.counter ? .staleRequest : nil
    }

    private mutating func remember(_ result: CommandResult, of request: RequestName?, _ batch: inout WriteBatch) {
        guard let request, request.session != 0, sessions[request.session] != nil else { return }
        sessions[request.session]?.slots[request.slot] = (request.counter, result)
        var writer = ByteWriter(reserving: 32)
        writer.write(request.counter)
        result.encode(to: &writer)
        batch.put(.rows, keys.session(request.session, slot: request.slot), writer.bytes)
    }

    private mutating func carryOut(
        _ bytes: [UInt8], time: WallTime, _ batch: inout WriteBatch
    ) throws(RowError) -> CommandResult {
        guard let command = try? Command(bytes) else { return .notUnderstood }
        switch command {
        case .openSession(let owner, let session):
            openSession(session, owner: owner, &batch)
            return .done
        case .putObject(let bucket, let key, let record, let body, let condition):
            return try put(bucket, key, record, body, condition, time: time, &batch)
        case .deleteObject(let bucket, let key, let condition):
            return try delete(bucket, key, condition, time: time, &batch)
        case .openBucket(let bucket):
            buckets.insert(bucket)
            batch.put(.rows, keys.bucket(bucket), [1])
            return .done
        case .closeBucket(let bucket):
            guard try isEmpty(bucket) else { return .bucketNotEmpty }
            buckets.remove(bucket)
            batch.put(.rows, keys.bucket(bucket), [0])
            return .done
        case .forgetBucket(let bucket):
            buckets.remove(bucket)
            batch.delete(.rows, keys.bucket(bucket))
            return .done
        case .reserveBucketName(let name, let bucket, let owner, let region):
            if let existing = try reader.bucket(named: name) {
                return .bucketExists(bucket: existing.bucket, owner: existing.owner)
            }
            let record = BucketRecord(
                name: name, bucket: bucket, owner: owner, region: region, created: time, state: .creating)
            batch.put(.rows, keys.bucketName(name), record.encoded())
            return .done
        case .setBucketState(let name, let bucket, let state):
            guard var record = try reader.bucket(named: name), record.bucket == bucket else { return .noSuchBucket }
            record.state = state
            batch.put(.rows, keys.bucketName(name), record.encoded())
            return .done
        case .removeBucketName(let name, let bucket):
            guard let record = try reader.bucket(named: name), record.bucket == bucket else { return .noSuchBucket }
            batch.delete(.rows, keys.bucketName(name))
            return .done
        case .clearGarbage(let names):
            for name in names { batch.delete(.rows, keys.garbage(name.bucket, name.key, name.blob)) }
            return .done
        case .condemn(let bucket, let key, let blob):
            return try condemn(bucket, key, blob, time: time, &batch)
        }
    }

    private mutating func put(
        _ bucket: BucketID, _ key: [UInt8], _ record: ObjectRecord, _ body: [UInt8]?, _ condition: Condition,
        time: WallTime, _ batch: inout WriteBatch
    ) throws(RowError) -> CommandResult {
        let blob: BlobReference? = if case .blob(let reference) = record.location { reference } else { nil }
        // A refused write leaves its blob to the collector: it is named garbage here and now.
        func refuse(_ result: CommandResult) -> CommandResult {
            if let blob { discard(blob, bucket, key, time, &batch) }
            return result
        }
        if let blob, try isRefused(blob.blob, bucket, key) { return .blobRefused }
        guard buckets.contains(bucket) else { return refuse(.noSuchBucket) }
        let current = try currentRecord(bucket, key)
        if let refusal = Self.check(condition, current) { return refuse(refusal) }
        if let current { discard(current, bucket, key, time, &batch) }
        var record = record
        lastOrdinal = max(time.milliseconds, lastOrdinal + 1)
        record.summary.ordinal = lastOrdinal
        batch.put(.rows, keys.entry(bucket, key), record.encoded)
        if let body, !body.isEmpty { batch.put(.bodies, keys.body(bucket, key, ordinal: lastOrdinal), body) }
        return .stored(ordinal: lastOrdinal)
    }

    private func delete(
        _ bucket: BucketID, _ key: [UInt8], _ condition: Condition, time: WallTime, _ batch: inout WriteBatch
    ) throws(RowError) -> CommandResult {
        guard buckets.contains(bucket) else { return .noSuchBucket }
        let current = try currentRecord(bucket, key)
        if let refusal = Self.check(condition, current) { return refusal }
        guard let current else { return .deleted(false) }
        discard(current, bucket, key, time, &batch)
        batch.delete(.rows, keys.entry(bucket, key))
        return .deleted(true)
    }

    private static func check(_ condition: Condition, _ current: ObjectRecord?) -> CommandResult? {
        switch condition {
        case .none: return nil
        case .absent: return current == nil ? nil : .conditionFailed
        case .present: return current == nil ? .noSuchKey : nil
        case .tag(let digest, let parts):
            guard let current else { return .noSuchKey }
            return current.summary.tag == digest && current.summary.partCount == parts ? nil : .conditionFailed
        }
    }

    /// Inline bytes go at once; a blob becomes garbage, so that reads that are under way can finish.
    private func discard(
        _ record: ObjectRecord, _ bucket: BucketID, _ key: [UInt8], _ time: WallTime, _ batch: inout WriteBatch
    ) {
        switch record.location {
        case .inline: batch.delete(.bodies, keys.body(bucket, key, ordinal: record.summary.ordinal))
        case .blob(let reference): discard(reference, bucket, key, time, &batch)
        }
    }

    private func discard(
        _ reference: BlobReference, _ bucket: BucketID, _ key: [UInt8], _ time: WallTime, _ batch: inout WriteBatch
    ) {
        let record = GarbageRecord(
            name: GarbageName(bucket: bucket, key: key, blob: reference.blob), reference: reference, since: time)
        batch.put(.rows, keys.garbage(bucket, key, reference.blob), record.value)
    }

    private func isRefused(_ blob: BlobID, _ bucket: BucketID, _ key: [UInt8]) throws(RowError) -> Bool {
        if try reader.get(.rows, keys.condemned(bucket, key, blob)) != nil { return true }
        return try reader.get(.rows, keys.garbage(bucket, key, blob)) != nil
    }

    private func condemn(
        _ bucket: BucketID, _ key: [UInt8], _ blob: BlobID, time: WallTime, _ batch: inout WriteBatch
    ) throws(RowError) -> CommandResult {
        if let current = try currentRecord(bucket, key), case .blob(let reference) = current.location,
            reference.blob == blob
        {
            return .live
        }
        var writer = ByteWriter()
        writer.write(time.milliseconds)
        batch.put(.rows, keys.condemned(bucket, key, blob), writer.bytes)
        return .condemned
    }

    private func currentRecord(_ bucket: BucketID, _ key: [UInt8]) throws(RowError) -> ObjectRecord? {
        guard let row = try reader.get(.rows, keys.entry(bucket, key)) else { return nil }
        return try reader.decode(row)
    }

    private func isEmpty(_ bucket: BucketID) throws(RowError) -> Bool {
        do throws(KeyValueError) {
            for kind in [RowKind.entry, .version, .upload] {
                let prefix = keys.prefix(kind, bucket)
                if try rows.cursor(.rows, end: keyAfter(prefix: prefix)).seek(prefix) { return false }
            }
            return true
        } catch {
            throw .store(error)
        }
    }

    private mutating func openSession(_ session: UInt64, owner: UniqueID, _ batch: inout WriteBatch) {
        for (old, state) in sessions.sorted(by: { $0.key < $1.key }) where state.owner == owner && old != session {
            let prefix = keys.session(old, slot: nil)
            if let end = keyAfter(prefix: prefix) { batch.deleteRange(.rows, from: prefix, to: end) }
            sessions[old] = nil
        }
        if sessions[session] == nil { sessions[session] = Session(owner: owner) }
        var writer = ByteWriter()
        owner.encode(to: &writer)
        batch.put(.rows, keys.session(session, slot: nil), writer.bytes)
    }

    private mutating func loadSessions() throws(RowError) {
        let prefix = keys.kindPrefix(.session)
        do {
            let cursor = try rows.cursor(.rows, end: keyAfter(prefix: prefix))
            var isThere = try cursor.seek(prefix)
            while isThere {
                var name = ByteReader(cursor.key)
                try name.skip(RowKeys.kindBytes)
                let session: UInt64 = try name.readBigEndian()
                var value = ByteReader(cursor.value)
                if name.isAtEnd {
                    sessions[session] = Session(owner: try UniqueID(from: &value))
                } else {
                    let slot: UInt16 = try name.readBigEndian()
                    sessions[session]?.slots[slot] = (try value.read(), try CommandResult(from: &value))
                }
                isThere = try cursor.next()
            }
        } catch let error as KeyValueError {
            throw .store(error)
        } catch {
            throw .undecodable(.field("session row"))
        }
    }

    private mutating func loadBuckets() throws(RowError) {
        let prefix = keys.kindPrefix(.bucket)
        do {
            let cursor = try rows.cursor(.rows, end: keyAfter(prefix: prefix))
            var isThere = try cursor.seek(prefix)
            while isThere {
                var name = ByteReader(cursor.key)
                try name.skip(RowKeys.kindBytes)
                let bucket = BucketID(try name.readBigEndian(UInt64.self))
                if cursor.value == [1] { buckets.insert(bucket) }
                isThere = try cursor.next()
            }
        } catch let error as KeyValueError {
            throw .store(error)
        } catch {
            throw .undecodable(.field("bucket row"))
        }
    }
}
