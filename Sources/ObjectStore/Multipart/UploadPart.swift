import Core
import Directory
import FragmentStore
import Metadata
public import S3

/// Data first, then the one command that makes the part visible, like an object's. A part always is a blob, however
/// small: only the last one of an upload may be under 5 MiB.
public struct UploadPart: Sendable {
    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    public struct Answer: Sendable {
        public var result: UploadPartResult
        /// Bytes.
        public var size: UInt64
    }

    public func run(_ request: UploadPartRequest, body: (PayloadDescription) -> ObjectBody) async throws(S3Error)
        -> Answer
    {
        let upload = try await context.openUpload(request.bucket, request.key, request.upload)
        var payload = request.payload
        try Self.check(payload.checksum, upload.declared)
        payload.stored = upload.record.checksum.algorithm
        let (digests, reference) = try await context.writePart(body(payload), payload, of: upload)
        _ = try await context.put(digests, reference, as: request.part, of: upload, request.upload)
        // The checksum of a client's own choice was verified; what is kept beside it says nothing to that client.
        let isKnown = payload.checksum == .none || payload.checksum.algorithm == digests.checksum.algorithm
        return Answer(
            result: UploadPartResult(
                tag: EntityTag(md5: digests.md5), checksum: isKnown ? digests.checksum : nil),
            size: digests.length)
    }

    /// A part's checksum is in the algorithm that the upload was begun with.
    private static func check(_ sent: ChecksumRequest, _ declared: MultipartChecksum?) throws(S3Error) {
        guard let declared, sent != .none, sent.algorithm != declared.algorithm else { return }
        throw S3Error(
            .invalidRequest,
            "Checksum Type mismatch occurred, expected checksum Type: \(declared.algorithm.name.lowercased()), "
                + "actual checksum Type: \(sent.algorithm.name.lowercased())")
    }
}

extension ObjectStoreContext {
    /// On return the part's bytes are durable, and nothing refers to them yet.
    func writePart(
        _ body: ObjectBody, _ payload: PayloadDescription, of upload: OpenUpload
    ) async throws(S3Error) -> (PayloadDigests, BlobReference) {
        guard payload.length > 0 else {
            let digests = RunningDigests(payload)
            return (try digests.finish(try await body.finish()), try await emptyBlob())
        }
        let writer = BlobWriter(
            context: self, owner: FragmentOwner(bucket: upload.bucket.bucket, key: upload.name.key))
        return try await writer.write(body, payload)
    }

    /// A blob of no bytes has a name and no fragments.
    private func emptyBlob() async throws(S3Error) -> BlobReference {
        let pool = try await placement.poolForWriting()
        return BlobReference(
            blob: BlobID.new(at: clock.wallTime, entropy), pool: pool.record.pool, dataCount: pool.record.dataCount,
            parityCount: pool.record.parityCount, stripeSizeBytes: pool.record.stripeSizeBytes, sizeBytes: 0)
    }

    /// Makes the blob the part of a number, in the place of an earlier one.
    /// - Returns: its time of change.
    func put(
        _ digests: PayloadDigests, _ reference: BlobReference, as number: PartNumber, of upload: OpenUpload,
        _ id: S3.UploadID
    ) async throws(S3Error) -> WallTime {
        let part = PartRecord(md5: digests.md5, checksum: digests.checksum.value, reference: reference)
        let result = try await execute(
            .upload(.putPart(upload.name, number: UInt16(number.value), part)),
            at: .key(upload.name.bucket, upload.name.key))
        switch result {
        case .stored(let ordinal): return WallTime(milliseconds: ordinal / 1000)
        case .noSuchUpload, .noSuchBucket: throw .noSuchUpload(id)
        case let other: throw Self.unexpected(other)
        }
    }
}
