import Core
import Directory
import FragmentStore
import Metadata
public import S3

/// A copy on the server. It always gets bytes of its own, read and written in bounded memory; only a copy of an object
/// onto itself that changes nothing but what describes it rewrites the row.
public struct CopyObject: Sendable {
    /// Times that the object may change under a rewrite before it gives up.
    private static let attempts = 8

    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    public func run(_ request: CopyObjectRequest, by requester: Requester) async throws(S3Error) -> CopyResult {
        let destination = try await context.activeBucket(request.bucket)
        for _ in 0..<Self.attempts {
            let source = try await context.copySource(request.source)
            guard source.record.summary.sizeBytes <= CopyObjectRequest.maximumSourceBytes else {
                throw S3Error(
                    .invalidRequest,
                    "The specified copy source is larger than the maximum allowable size for a copy source: "
                        + "\(CopyObjectRequest.maximumSourceBytes)")
            }
            let algorithm = request.algorithm(of: source.record)
            guard request.isOntoItself, algorithm.rawValue == source.record.summary.checksumAlgorithm else {
                return try await copy(request, source, algorithm, to: destination, by: requester)
            }
            if let result = try await rewrite(request, source) { return result }
        }
        throw S3Error(.operationAborted, "The object changes while it is copied onto itself. Try again.")
    }

    /// nil: another version came between.
    private func rewrite(
        _ request: CopyObjectRequest, _ source: CurrentObject
    ) async throws(S3Error) -> CopyResult? {
        let record = source.record
        let bucket = source.bucket.bucket
        let result = try await context.execute(
            .rewriteMetadata(
                MetadataRewrite(
                    bucket: bucket, key: request.key.bytes, ordinal: record.summary.ordinal,
                    standardFields: request.standardFields(record), userMetadata: request.userFields(record),
                    tags: request.tags(record), condition: Condition(request.condition))),
            at: .key(bucket, request.key.bytes))
        switch result {
        case .stored(let ordinal):
            return CopyResult(
                tag: record.summary.entityTag, lastModified: WallTime(milliseconds: ordinal / 1000),
                checksum: record.s3Checksum)
        case .objectChanged: return nil
        case .noSuchBucket: throw .noSuchBucket(request.bucket)
        case .noSuchKey: throw .missing(request.key, request.source.version)
        case .conditionFailed: throw .conditionFailed(request.condition)
        case let other: throw ObjectStoreContext.unexpected(other)
        }
    }

    private func copy(
        _ request: CopyObjectRequest, _ source: CurrentObject, _ algorithm: ChecksumAlgorithm,
        to destination: BucketRecord, by requester: Requester
    ) async throws(S3Error) -> CopyResult {
        let size = source.record.summary.sizeBytes
        let payload = PayloadDescription(form: .unsigned, length: size, stored: algorithm)
        let owner = FragmentOwner(bucket: destination.bucket, key: request.key.bytes)
        let content = context.content(source, range: 0..<size)
        var location = ObjectLocation.inline
        var inline: [UInt8]?
        let digests: PayloadDigests
        if size <= UInt64(context.limits.inlineBytes) {
            (digests, inline) = try await context.readWhole(content, payload)
        } else {
            let reference: BlobReference
            (digests, reference) = try await context.copy(content, payload, owner: owner)
            location = .blob(reference)
        }
        try source.record.check(digests)
        let record = ObjectRecord(
            summary: ObjectRecord.Summary(
                ordinal: 0, sizeBytes: size, tag: digests.md5, partCount: 0,
                checksumAlgorithm: digests.checksum.algorithm.rawValue,
                checksumType: digests.checksum.type.rawValue),
            location: location, owner: requester.owner.id, checksum: digests.checksum.value,
            standardFields: request.standardFields(source.record), userMetadata: request.userFields(source.record),
            tags: request.tags(source.record))
        let result = try await context.execute(
            .putObject(
                bucket: destination.bucket, key: request.key.bytes, record: record, body: inline,
                condition: Condition(request.condition)),
            at: .key(destination.bucket, request.key.bytes))
        if result.isRefusal { await context.discard(location, refusedAt: request.key.bytes, of: destination.bucket) }
        switch result {
        case .stored(let ordinal):
            return CopyResult(
                tag: EntityTag(md5: digests.md5), lastModified: WallTime(milliseconds: ordinal / 1000),
                checksum: digests.checksum)
        case .noSuchBucket: throw .noSuchBucket(request.bucket)
        case .noSuchKey: throw .noSuchKey(request.key)
        case .conditionFailed: throw .conditionFailed(request.condition)
        case let other: throw ObjectStoreContext.unexpected(other)
        }
    }
}

extension CopyObjectRequest {
    fileprivate func algorithm(of source: ObjectRecord) -> ChecksumAlgorithm {
        checksumAlgorithm ?? ChecksumAlgorithm(rawValue: source.summary.checksumAlgorithm) ?? .crc64nvme
    }

    fileprivate func standardFields(_ source: ObjectRecord) -> [ObjectRecord.StandardField] {
        switch metadata {
        case .copy: source.standardFields
        case .replace(let metadata): metadata.standardFields
        }
    }

    fileprivate func userFields(_ source: ObjectRecord) -> [ObjectRecord.UserField] {
        switch metadata {
        case .copy: source.userMetadata
        case .replace(let metadata): metadata.userFields
        }
    }

    fileprivate func tags(_ source: ObjectRecord) -> [ObjectRecord.Tag] {
        switch tags {
        case .copy: source.tags
        case .replace(let tags): tags.rows
        }
    }
}

extension ObjectRecord {
    /// What was read is what the source's row says it is, as far as that follows from all its bytes.
    func check(_ copied: PayloadDigests) throws(S3Error) {
        let isSameTag = summary.partCount > 0 || summary.tag == copied.md5
        let isComparable =
            summary.checksumType == ChecksumType.fullObject.rawValue
            && summary.checksumAlgorithm == copied.checksum.algorithm.rawValue
        guard isSameTag, !isComparable || checksum == copied.checksum.value else {
            throw S3Error(.internalError, "The source reads other than it was written.")
        }
    }
}
