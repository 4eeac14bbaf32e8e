import Core
import Metadata
public import S3

/// Makes an object of the parts that the client lists. What the list comes to is computed from the part rows as they are
/// read here; the command that makes the object carries a digest over those rows and is refused if they are others by
/// then.
///
/// A request that was carried out already, within a day, gets the same answer.
public struct CompleteMultipartUpload: Sendable {
    /// Part rows read at a time.
    private static let pageSize = 1000
    /// Times that parts may change under the request before it gives up.
    private static let attempts = 8

    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    public func run(_ request: CompleteMultipartUploadRequest) async throws(S3Error) -> CompleteMultipartUploadResult {
        let bucket = try await context.activeBucket(request.bucket)
        let name = try context.uploadName(bucket, request.key, request.upload)
        let listDigest = NamedPart.digest(
            of: request.parts.map { part in
                NamedPart(number: UInt16(part.number.value), md5: part.tag.digest, checksum: part.checksum?.value)
            })
        for _ in 0..<Self.attempts {
            let record: UploadRecord
            switch try await context.uploadState(name) {
            case .open(let open): record = open
            case .completed(let earlier) where earlier.listDigest == listDigest: return earlier.answer
            case .completed, .unknown: throw .noSuchUpload(request.upload)
            }
            let upload = OpenUpload(bucket: bucket, name: name, record: record)
            let completion = try await completion(request, upload, listDigest)
            let result = try await context.execute(
                .upload(.complete(completion)), at: .key(bucket.bucket, request.key.bytes))
            switch result {
            case .completed(let record): return record.answer
            case .partsChanged: continue
            case .noSuchUpload: throw .noSuchUpload(request.upload)
            case .noSuchBucket: throw .noSuchBucket(request.bucket)
            case .noSuchKey: throw .noSuchKey(request.key)
            case .conditionFailed: throw .conditionFailed(request.condition)
            case let other: throw ObjectStoreContext.unexpected(other)
            }
        }
        throw S3Error(.operationAborted, "The parts of the upload change while it is completed. Try again.")
    }

    private func completion(
        _ request: CompleteMultipartUploadRequest, _ upload: OpenUpload, _ listDigest: [UInt8]
    ) async throws(S3Error) -> UploadCompletion {
        let wanted = request.parts.map(\.number.value)
        var stored: [StoredPart] = []
        var selection = PartSelection()
        var index = 0
        var after = UInt16((wanted.first ?? 1) - 1)
        reading: while index < wanted.count {
            let page = try await context.parts(of: upload.name, after: after, limit: Self.pageSize)
            for part in page.parts {
                while index < wanted.count, wanted[index] < part.number { index += 1 }
                guard index < wanted.count else { break reading }
                guard wanted[index] == part.number, let found = StoredPart(part, upload.record) else { continue }
                stored.append(found)
                selection.add(part)
            }
            guard page.hasMore, let last = page.parts.last else { break }
            after = last.number
        }
        // A part that is missing among these is found out here.
        let object = try request.assemble(
            stored, upload: upload.declared, minimumPartBytes: context.limits.minimumPartBytes)
        let selected = selection.finish()
        return UploadCompletion(
            name: upload.name, numbers: selected.numbers, rowsDigest: selected.rowsDigest, listDigest: listDigest,
            tag: object.tag.digest, checksum: object.checksum.value, condition: Condition(request.condition))
    }
}

extension StoredPart {
    fileprivate init?(_ part: NumberedPart, _ upload: UploadRecord) {
        guard let number = part.partNumber, let checksum = part.checksum(upload.checksum.algorithm) else { return nil }
        self.init(number: number, size: part.part.sizeBytes, md5: part.part.md5, checksum: checksum)
    }
}

extension CompletionRecord {
    fileprivate var answer: CompleteMultipartUploadResult {
        var object: ObjectChecksum?
        if let algorithm = ChecksumAlgorithm(rawValue: checksumAlgorithm),
            let type = ChecksumType(rawValue: checksumType), checksum.count == algorithm.length
        {
            object = ObjectChecksum(
                algorithm: algorithm, type: type, value: checksum, parts: type == .composite ? Int(partCount) : nil)
        }
        return CompleteMultipartUploadResult(tag: EntityTag(md5: tag, parts: Int(partCount)), checksum: object)
    }
}

extension S3Error {
    /// 412 with the name of the field.
    static func conditionFailed(_ condition: WriteCondition) -> S3Error {
        S3Error(
            .preconditionFailed,
            details: [S3Error.Detail("Condition", condition == .ifAbsent ? "If-None-Match" : "If-Match")])
    }
}
