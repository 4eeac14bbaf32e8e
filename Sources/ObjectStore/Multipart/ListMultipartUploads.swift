import Core
import Metadata
public import S3

/// A page of a bucket's uploads: shard after shard in key order until the page is full.
public struct ListMultipartUploads: Sendable {
    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    public func run(
        _ request: ListMultipartUploadsRequest, by requester: Requester
    ) async throws(S3Error) -> ListMultipartUploadsResult {
        let bucket = try await context.activeBucket(request.bucket)
        var result = ListMultipartUploadsResult()
        guard request.maximumUploads > 0 else { return result }
        var start = try Self.start(request)
        var last: ListMultipartUploadsResult.Position?
        for shard in context.metadata.shards(covering: bucket.bucket) {
            let room = request.maximumUploads - result.uploads.count - result.commonPrefixes.count
            let query = UploadsQuery(
                bucket: bucket.bucket, prefix: request.prefix, delimiter: request.delimiter, limit: room, start: start)
            let page: UploadsPage
            do throws(MetadataError) {
                page = try await context.metadata.uploads(query, in: shard)
            } catch {
                throw S3Error(error)
            }
            for item in page.items {
                switch item {
                case .upload(let name, let record):
                    let listed = Self.listed(name, record, requester)
                    result.uploads.append(listed)
                    last = .upload(key: name.key, listed.upload)
                case .commonPrefix(let prefix):
                    result.commonPrefixes.append(prefix)
                    last = .commonPrefix(prefix)
                    // The next shard may begin below the same prefix.
                    start = .afterPrefix(prefix)
                }
            }
            if page.hasMore {
                result.next = last
                return result
            }
        }
        return result
    }

    private static func start(_ request: ListMultipartUploadsRequest) throws(S3Error) -> UploadsQuery.Start {
        guard let marker = request.uploadMarker else {
            return request.keyMarker.isEmpty ? .beginning : .afterKey(request.keyMarker)
        }
        guard let upload = UniqueID(marker.text) else {
            throw S3Error(
                .invalidArgument, "Invalid uploadId marker",
                details: [
                    S3Error.Detail("ArgumentName", "upload-id-marker"), S3Error.Detail("ArgumentValue", marker.text),
                ])
        }
        return .afterUpload(key: request.keyMarker, upload)
    }

    private static func listed(_ name: UploadName, _ record: UploadRecord, _ requester: Requester) -> ListedUpload {
        let owner = requester.owner(record.owner)
        return ListedUpload(
            key: name.key, upload: S3.UploadID(name.upload), initiated: record.initiated, owner: owner,
            initiator: owner, checksum: record.isChecksumDeclared ? record.checksum : nil)
    }
}
