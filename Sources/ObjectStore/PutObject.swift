import Core
import Directory
import ErasureCode
import FragmentStore
import Metadata
public import S3

/// Data first, metadata last: fragments are durable on their drives before the one command that makes the object visible,
/// and that command is durable on every metadata replica before the client hears of it.
public struct PutObject: Sendable {
    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    public func run(
        _ request: PutObjectRequest, body: ObjectBody, by requester: Requester
    ) async throws(S3Error) -> PutObjectResult {
        let bucket = try await context.activeBucket(request.bucket)
        let digests: PayloadDigests
        var location = ObjectLocation.inline
        var inline: [UInt8]?
        let writer = BlobWriter(
            context: context, owner: FragmentOwner(bucket: bucket.bucket, key: request.key.bytes))
        if request.payload.allowedLengths != nil {
            (digests, location, inline) = try await writer.writeUpToEnd(body, request.payload)
        } else if request.payload.length <= UInt64(context.limits.inlineBytes) {
            (digests, inline) = try await readInline(body, request.payload)
        } else {
            let reference: BlobReference
            (digests, reference) = try await writer.write(body, request.payload)
            location = .blob(reference)
        }
        let record = Self.record(request, digests, location, owner: requester.owner.id)
        let result = try await context.execute(
            .putObject(
                bucket: bucket.bucket, key: request.key.bytes, record: record, body: inline,
                condition: Condition(request.condition)),
            at: .key(bucket.bucket, request.key.bytes))
        if result.isRefusal { await context.discard(location, refusedAt: request.key.bytes, of: bucket.bucket) }
        switch result {
        case .stored:
            return PutObjectResult(tag: EntityTag(md5: digests.md5), checksum: digests.checksum, size: digests.length)
        case .noSuchBucket: throw .noSuchBucket(request.bucket)
        case .noSuchKey: throw .noSuchKey(request.key)
        case .conditionFailed:
            throw S3Error(
                .preconditionFailed,
                details: [S3Error.Detail("Condition", request.condition == .ifAbsent ? "If-None-Match" : "If-Match")])
        case let other: throw ObjectStoreContext.unexpected(other)
        }
    }

    private func readInline(
        _ body: ObjectBody, _ payload: PayloadDescription
    ) async throws(S3Error) -> (PayloadDigests, [UInt8]) {
        let buffer = IOBuffer(capacity: max(1, Int(payload.length)))
        let slice = buffer.slice(0..<Int(payload.length))
        let filled = try await body.fill(slice)
        let digests = RunningDigests(payload)
        digests.update(slice.prefix(filled))
        return (try digests.finish(try await body.finish()), slice.prefix(filled).bytes)
    }

    private static func record(
        _ request: PutObjectRequest, _ digests: PayloadDigests, _ location: ObjectLocation, owner: String
    ) -> ObjectRecord {
        ObjectRecord(
            summary: ObjectRecord.Summary(
                ordinal: 0, sizeBytes: digests.length, tag: digests.md5, partCount: 0,
                checksumAlgorithm: digests.checksum.algorithm.rawValue,
                checksumType: digests.checksum.type.rawValue),
            location: location, owner: owner, checksum: digests.checksum.value,
            standardFields: request.metadata.standardFields, userMetadata: request.metadata.userFields,
            tags: request.tags.rows)
    }
}
