import Core
import Metadata
public import S3

/// Begins an upload. Without a checksum of the client's choice parts and object get a CRC64NVME, like any other object.
public struct CreateMultipartUpload: Sendable {
    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    public func run(
        _ request: CreateMultipartUploadRequest, by requester: Requester
    ) async throws(S3Error) -> S3.UploadID {
        let bucket = try await context.activeBucket(request.bucket)
        let checksum = request.checksum ?? MultipartChecksum(.crc64nvme, .fullObject)
        let record = UploadRecord(
            owner: requester.owner.id, checksumAlgorithm: checksum.algorithm.rawValue,
            checksumType: checksum.type.rawValue, isChecksumDeclared: request.checksum != nil,
            standardFields: request.metadata.standardFields, userMetadata: request.metadata.userFields,
            tags: request.tags.rows)
        let result = try await context.execute(
            .upload(
                .create(
                    bucket: bucket.bucket, key: request.key.bytes, number: context.entropy.next(), record: record)),
            at: .key(bucket.bucket, request.key.bytes))
        switch result {
        case .uploadCreated(let upload): return S3.UploadID(upload)
        case .noSuchBucket: throw .noSuchBucket(request.bucket)
        case let other: throw ObjectStoreContext.unexpected(other)
        }
    }
}
