import Metadata
import ObjectStore
import S3

/// What a user may do while there are no policies: everything is private, so buckets are its owner's. Root may do all.
struct Authorization {
    let context: ObjectStoreContext
    let requester: Requester

    /// - Throws: `AccessDenied` for a bucket of somebody else's; one that does not exist is left to the operation.
    func check(_ operation: S3Operation) async throws(S3Error) {
        guard !requester.isRoot else { return }
        // Making a bucket says itself whose the name is.
        if case .createBucket = operation { return }
        if let bucket = operation.bucket { try await check(bucket) }
        switch operation {
        case .copyObject(let request): try await check(request.source.bucket)
        case .uploadPartCopy(let request): try await check(request.source.bucket)
        default: break
        }
    }

    func check(_ bucket: BucketName) async throws(S3Error) {
        guard !requester.isRoot else { return }
        let record: BucketRecord?
        do throws(MetadataError) { record = try await context.metadata.bucket(named: bucket.text) } catch {
            throw S3Error(error)
        }
        if let record, record.owner != requester.owner.id { throw S3Error(.accessDenied) }
    }
}
