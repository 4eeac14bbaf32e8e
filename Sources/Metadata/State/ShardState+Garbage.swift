import Core
import KeyValue

/// Garbage: what nothing refers to any more waits for the collector under one row, however many blobs it is.
extension ShardState {
    /// Inline bytes go at once; blobs become garbage, so that reads that are under way can finish.
    func discard(_ record: ObjectRecord, _ bucket: BucketID, _ key: [UInt8], _ change: inout Change) {
        switch record.location {
        case .inline: change.batch.delete(.bodies, keys.body(bucket, key, ordinal: record.bodyOrdinal))
        case .blob(let reference): discard(reference, bucket, key, &change)
        case .parts:
            discard(
                GarbageName(bucket: bucket, key: key, subject: .table(ordinal: record.bodyOrdinal)), nil, &change)
        }
    }

    func discard(_ reference: BlobReference, _ bucket: BucketID, _ key: [UInt8], _ change: inout Change) {
        discard(GarbageName(bucket: bucket, key: key, subject: .blob(reference.blob)), reference, &change)
    }

    func discard(_ name: GarbageName, _ reference: BlobReference?, _ change: inout Change) {
        let record = GarbageRecord(name: name, since: change.time, reference: reference)
        change.batch.put(.rows, keys.garbage(name), record.value)
    }

    /// True for a blob that was given up: no command may name it again.
    func isRefused(_ blob: BlobID, _ bucket: BucketID, _ key: [UInt8]) throws(RowError) -> Bool {
        if try reader.get(.rows, keys.condemned(bucket, key, blob)) != nil { return true }
        return try isGarbage(blob, bucket, key)
    }

    private func isGarbage(_ blob: BlobID, _ bucket: BucketID, _ key: [UInt8]) throws(RowError) -> Bool {
        try reader.get(.rows, keys.garbage(GarbageName(bucket: bucket, key: key, subject: .blob(blob)))) != nil
    }

    func clear(_ names: [GarbageName], _ change: inout Change) -> CommandResult {
        for name in names {
            if case .blob = name.subject { change.batch.delete(.rows, keys.garbage(name)) }
        }
        return .done
    }

    /// Does nothing unless the parts are garbage, so that no request of the past can take a live table away.
    func clear(_ name: GarbageName, through: UInt16, _ change: inout Change) throws(RowError) -> CommandResult {
        guard try reader.get(.rows, keys.garbage(name)) != nil else { return .done }
        let prefix: [UInt8]
        switch name.subject {
        case .blob: return .done
        case .parts(let upload):
            prefix = keys.part(UploadName(bucket: name.bucket, key: name.key, upload: upload), nil)
        case .table(let ordinal): prefix = keys.table(name.bucket, name.key, ordinal: ordinal, page: nil)
        }
        var isLeft = false
        try reader.scan(.rows, prefix) { (row, _) throws(CodecError) in
            guard try RowKeys.lastNumber(row) <= through else {
                isLeft = true
                return false
            }
            change.batch.delete(.rows, row)
            return true
        }
        if !isLeft { change.batch.delete(.rows, keys.garbage(name)) }
        return .done
    }

    /// A blob is live if any row names it, a garbage row too: the collector has that one already.
    func condemn(
        _ bucket: BucketID, _ key: [UInt8], _ blob: BlobID, _ change: inout Change
    ) throws(RowError) -> CommandResult {
        if try isNamed(blob, bucket, key) { return .live }
        var writer = ByteWriter()
        writer.write(change.time.milliseconds)
        change.batch.put(.rows, keys.condemned(bucket, key, blob), writer.bytes)
        return .condemned
    }

    /// What a refused write leaves is garbage here and now. Sessions see to it that a command is applied once; should
    /// one come again all the same, a blob that a row names already must not become garbage.
    func refuse(
        _ result: CommandResult, _ reference: BlobReference?, _ bucket: BucketID, _ key: [UInt8],
        _ change: inout Change
    ) throws(RowError) -> CommandResult {
        if let reference, try !isNamed(reference.blob, bucket, key) { discard(reference, bucket, key, &change) }
        return result
    }

    private func isNamed(_ blob: BlobID, _ bucket: BucketID, _ key: [UInt8]) throws(RowError) -> Bool {
        if case .blob(let reference)? = try currentRecord(bucket, key)?.location, reference.blob == blob {
            return true
        }
        if try isGarbage(blob, bucket, key) { return true }
        var isFound = false
        try reader.scan(.rows, keys.parts(bucket, key)) { (_, value) throws(CodecError) in
            isFound = try PartRecord(value).reference.blob == blob
            return !isFound
        }
        if isFound { return true }
        try reader.scan(.rows, keys.tables(bucket, key)) { (_, value) throws(CodecError) in
            isFound = try PartTablePage(value).parts.contains { $0.reference.blob == blob }
            return !isFound
        }
        return isFound
    }
}
