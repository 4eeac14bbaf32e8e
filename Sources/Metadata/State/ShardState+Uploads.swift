import Core
import KeyValue

/// Multipart uploads: a part's blob is named by its part row until the upload is completed, then by the version's part
/// table; both change in the one command.
extension ShardState {
    mutating func carryOut(_ command: UploadCommand, _ change: inout Change) throws(RowError) -> CommandResult {
        switch command {
        case .create(let bucket, let key, let number, let record): return create(bucket, key, number, record, &change)
        case .putPart(let name, let number, let part): return try put(part, number, of: name, &change)
        case .complete(let completion): return try complete(completion, &change)
        case .abort(let name): return try abort(name, &change)
        case .forgetCompletions(let names):
            for name in names { change.batch.delete(.rows, keys.completion(name)) }
            return .done
        }
    }

    private mutating func create(
        _ bucket: BucketID, _ key: [UInt8], _ number: UInt64, _ record: UploadRecord, _ change: inout Change
    ) -> CommandResult {
        guard buckets.contains(bucket) else { return .noSuchBucket }
        let upload = UniqueID(high: nextOrdinal(change), low: number)
        var record = record
        record.initiated = WallTime(milliseconds: upload.high)
        change.batch.put(.rows, keys.upload(bucket, key, upload), record.encoded)
        return .uploadCreated(upload)
    }

    private mutating func put(
        _ part: PartRecord, _ number: UInt16, of name: UploadName, _ change: inout Change
    ) throws(RowError) -> CommandResult {
        if try isRefused(part.reference.blob, name.bucket, name.key) { return .blobRefused }
        let earlier = try reader.part(name, number)
        // The same request once more: whatever became of the upload, the blob has its row.
        if let earlier, earlier.reference.blob == part.reference.blob { return .stored(ordinal: earlier.ordinal) }
        guard buckets.contains(name.bucket) else {
            return try refuse(.noSuchBucket, part.reference, name.bucket, name.key, &change)
        }
        guard try reader.upload(name) != nil else {
            return try refuse(.noSuchUpload, part.reference, name.bucket, name.key, &change)
        }
        if let earlier { discard(earlier.reference, name.bucket, name.key, &change) }
        var part = part
        part.ordinal = nextOrdinal(change)
        change.batch.put(.rows, keys.part(name, number), part.encoded)
        return .stored(ordinal: part.ordinal)
    }

    private func abort(_ name: UploadName, _ change: inout Change) throws(RowError) -> CommandResult {
        guard try reader.upload(name) != nil else { return .noSuchUpload }
        change.batch.delete(.rows, keys.upload(name.bucket, name.key, name.upload))
        var hasParts = false
        try reader.scan(.rows, keys.part(name, nil)) { (_, _) throws(CodecError) in
            hasParts = true
            return false
        }
        if hasParts { discardParts(of: name, &change) }
        return .done
    }

    private func discardParts(of name: UploadName, _ change: inout Change) {
        discard(GarbageName(bucket: name.bucket, key: name.key, subject: .parts(of: name.upload)), nil, &change)
    }

    private mutating func complete(
        _ completion: UploadCompletion, _ change: inout Change
    ) throws(RowError) -> CommandResult {
        let name = completion.name
        guard buckets.contains(name.bucket) else { return .noSuchBucket }
        guard let upload = try reader.upload(name) else {
            if let earlier = try reader.completion(name), earlier.listDigest == completion.listDigest {
                return .completed(earlier)
            }
            return .noSuchUpload
        }
        let current = try currentRecord(name.bucket, name.key)
        if let refusal = Self.check(completion.condition, current) { return refusal }
        guard let parts = try takeParts(completion) else { return .partsChanged }

        let ordinal = nextOrdinal(change)
        if let current { discard(current, name.bucket, name.key, &change) }
        for row in parts.rows { change.batch.delete(.rows, row) }
        if parts.areOthersLeft { discardParts(of: name, &change) }
        for (page, bytes) in parts.table.pages.enumerated() {
            change.batch.put(.rows, keys.table(name.bucket, name.key, ordinal: ordinal, page: page), bytes)
        }
        let record = ObjectRecord(
            summary: ObjectRecord.Summary(
                ordinal: ordinal, sizeBytes: parts.table.sizeBytes, tag: completion.tag,
                partCount: UInt16(completion.numbers.count), checksumAlgorithm: upload.checksumAlgorithm,
                checksumType: upload.checksumType),
            location: .parts(parts.table.table), bodyOrdinal: ordinal, owner: upload.owner,
            checksum: completion.checksum, standardFields: upload.standardFields, userMetadata: upload.userMetadata,
            tags: upload.tags)
        change.batch.put(.rows, keys.entry(name.bucket, name.key), record.encoded)
        change.batch.delete(.rows, keys.upload(name.bucket, name.key, name.upload))
        let result = CompletionRecord(
            listDigest: completion.listDigest, ordinal: ordinal, sizeBytes: record.summary.sizeBytes,
            tag: completion.tag, partCount: record.summary.partCount, checksumAlgorithm: upload.checksumAlgorithm,
            checksumType: upload.checksumType, checksum: completion.checksum)
        change.batch.put(.rows, keys.completion(name), result.encoded)
        return .completed(result)
    }

    private struct TakenParts {
        var table = PartTableBuilder()
        /// Keys of the part rows whose blobs the table names from now on.
        var rows: [[UInt8]] = []
        var areOthersLeft = false
    }

    /// nil unless the named part rows are those from which the command was computed.
    private func takeParts(_ completion: UploadCompletion) throws(RowError) -> TakenParts? {
        var taken = TakenParts()
        let digest = PartRowsDigest()
        var runs = completion.numbers.runs[...]
        try reader.scan(.rows, keys.part(completion.name, nil)) { (row, value) throws(CodecError) in
            let number = try RowKeys.lastNumber(row)
            while let run = runs.first, run.upperBound < number { runs.removeFirst() }
            guard let run = runs.first, run.contains(number) else {
                taken.areOthersLeft = true
                return true
            }
            digest.add(number, value)
            taken.rows.append(row)
            let part = try PartRecord(value)
            taken.table.append(
                TablePart(number: number, md5: part.md5, checksum: part.checksum, reference: part.reference))
            return true
        }
        guard taken.rows.count == completion.numbers.count, digest.finish() == completion.rowsDigest else {
            return nil
        }
        taken.table.finish()
        return taken
    }
}

/// Cuts parts, as they come, into the pages of a part table.
struct PartTableBuilder {
    private(set) var table = PartTable(count: 0, laterPages: [])
    /// Encoded rows.
    private(set) var pages: [[UInt8]] = []
    private(set) var sizeBytes: UInt64 = 0
    private var page = PartTablePage(startOffset: 0, parts: [])

    mutating func append(_ part: TablePart) {
        if page.parts.count == PartTable.partsPerPage {
            pages.append(page.encoded())
            page = PartTablePage(startOffset: sizeBytes, parts: [])
            table.laterPages.append(PartTable.PageStart(number: part.number, offset: sizeBytes))
        }
        page.parts.append(part)
        table.count += 1
        sizeBytes += part.reference.sizeBytes
    }

    mutating func finish() { pages.append(page.encoded()) }
}
