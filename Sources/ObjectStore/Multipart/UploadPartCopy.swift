import Core
import FragmentStore
import Metadata
public import S3

/// A part of which the bytes are those of an object, or of a range of one, copied on the server.
public struct UploadPartCopy: Sendable {
    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    public func run(_ request: UploadPartCopyRequest) async throws(S3Error) -> CopyResult {
        let upload = try await context.openUpload(request.bucket, request.key, request.upload)
        let source = try await context.copySource(request.source)
        let range = try request.sourceRange(size: source.record.summary.sizeBytes)
        let payload = PayloadDescription(
            form: .unsigned, length: UInt64(range.count), stored: upload.record.checksum.algorithm)
        let content = context.content(source, range: range)
        let digests: PayloadDigests
        let reference: BlobReference
        if range.isEmpty {
            let body = ObjectBody(RelaySource(.ended()), payload, signing: nil)
            (digests, reference) = try await context.writePart(body, payload, of: upload)
        } else {
            let owner = FragmentOwner(bucket: upload.bucket.bucket, key: upload.name.key)
            (digests, reference) = try await context.copy(content, payload, owner: owner)
        }
        if UInt64(range.count) == source.record.summary.sizeBytes { try source.record.check(digests) }
        let modified = try await context.put(digests, reference, as: request.part, of: upload, request.upload)
        return CopyResult(
            tag: EntityTag(md5: digests.md5), lastModified: modified,
            checksum: upload.declared == nil ? nil : digests.checksum)
    }
}

extension SliceRelay {
    /// One that hands nothing over.
    fileprivate static func ended() -> SliceRelay {
        let relay = SliceRelay()
        relay.finish(.success(()))
        return relay
    }
}
