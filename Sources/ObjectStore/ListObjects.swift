import Core
import Metadata
public import S3

/// A page of a bucket: shard after shard in key order until the page is full.
public struct ListObjects: Sendable {
    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    public func run(_ request: ListObjectsRequest, by requester: Requester) async throws(S3Error) -> ListObjectsResult {
        let bucket = try await context.activeBucket(request.bucket)
        var result = ListObjectsResult(owner: requester.owner)
        // S3 answers a page of no keys with "not truncated".
        guard request.maximumKeys > 0 else { return result }
        var start = Self.start(request.start)
        var last: ListPosition?
        for shard in context.metadata.shards(covering: bucket.bucket) {
            let room = request.maximumKeys - result.objects.count - result.commonPrefixes.count
            let page: ListingPage
            do throws(MetadataError) {
                page = try await context.metadata.list(
                    ListingQuery(
                        bucket: bucket.bucket, prefix: request.prefix, delimiter: request.delimiter,
                        limit: room, start: start),
                    in: shard)
            } catch {
                throw S3Error(error)
            }
            for item in page.items {
                switch item {
                case .object(let key, let summary):
                    result.objects.append(Self.listed(key, summary))
                    last = .key(key)
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

    private static func start(_ start: ListObjectsRequest.Start) -> ListingQuery.Start {
        switch start {
        case .beginning: .beginning
        case .after(let key): .after(key)
        case .resume(.key(let key)): .after(key)
        case .resume(.commonPrefix(let prefix)): .afterPrefix(prefix)
        }
    }

    private static func listed(_ key: [UInt8], _ summary: ObjectRecord.Summary) -> ListedObject {
        var checksum: ListedObject.Checksum?
        if let algorithm = ChecksumAlgorithm(rawValue: summary.checksumAlgorithm),
            let type = ChecksumType(rawValue: summary.checksumType)
        {
            checksum = ListedObject.Checksum(algorithm, type)
        }
        return ListedObject(
            key: key, size: summary.sizeBytes, lastModified: summary.lastModified, tag: summary.entityTag,
            checksum: checksum)
    }
}
