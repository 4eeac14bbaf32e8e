import Core
import Metadata
public import S3

/// Who asks, as far as operations need to know.
public struct Requester: Sendable, Equatable {
    public var owner: Owner
    /// May do everything, and sees all buckets.
    public var isRoot: Bool

    public init(owner: Owner, isRoot: Bool) {
        self.owner = owner
        self.isRoot = isRoot
    }
}

extension ObjectStoreContext {
    /// The bucket under a name, as long as it can be used.
    func activeBucket(_ name: BucketName) async throws(S3Error) -> BucketRecord {
        let record: BucketRecord?
        do throws(MetadataError) { record = try await metadata.bucket(named: name.text) } catch { throw S3Error(error) }
        guard let record, record.state != .creating else { throw .noSuchBucket(name) }
        return record
    }

    func execute(_ command: Command, at address: ShardAddress) async throws(S3Error) -> CommandResult {
        do throws(MetadataError) {
            return try await metadata.execute(command, at: address)
        } catch {
            throw S3Error(error)
        }
    }

    static func unexpected(_ result: CommandResult) -> S3Error {
        S3Error(.internalError, "A metadata shard answered \(result).")
    }
}

/// Name first, then the copy in every shard that covers the bucket, then the name is made active: a bucket that a crash
/// left half made is not seen, and the next attempt under that name finishes it.
public struct CreateBucket: Sendable {
    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    public func run(_ request: CreateBucketRequest, by requester: Requester) async throws(S3Error) {
        if let constraint = request.locationConstraint, constraint != context.region {
            throw S3Error(
                .illegalLocationConstraint,
                "The \(constraint) location constraint is incompatible with this store, whose region is \(context.region)."
            )
        }
        var bucket = BucketID(context.entropy.next())
        let name = request.bucket.text
        let reserved = try await context.execute(
            .reserveBucketName(name: name, bucket: bucket, owner: requester.owner.id, region: context.region),
            at: .system)
        switch reserved {
        case .done: break
        case .bucketExists(let existing, let owner):
            guard owner == requester.owner.id else { throw S3Error(.bucketAlreadyExists) }
            let record: BucketRecord?
            do throws(MetadataError) { record = try await context.metadata.bucket(named: name) } catch {
                throw S3Error(error)
            }
            guard record?.state == .creating else { throw S3Error(.bucketAlreadyOwnedByYou) }
            bucket = existing
        case let other: throw ObjectStoreContext.unexpected(other)
        }
        for shard in context.metadata.shards(covering: bucket) {
            _ = try await context.execute(.openBucket(bucket: bucket), at: .shard(shard))
        }
        _ = try await context.execute(
            .setBucketState(name: name, bucket: bucket, state: .active), at: .system)
    }
}

/// Marks the name, closes the bucket in every shard, removes the name. A shard that still holds something refuses, and
/// then everything is opened again.
public struct DeleteBucket: Sendable {
    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    public func run(_ request: DeleteBucketRequest, by requester: Requester) async throws(S3Error) {
        let record = try await context.activeBucket(request.bucket)
        let bucket = record.bucket
        _ = try await context.execute(
            .setBucketState(name: record.name, bucket: bucket, state: .deleting), at: .system)
        let shards = context.metadata.shards(covering: bucket)
        for shard in shards {
            let result = try await context.execute(.closeBucket(bucket: bucket), at: .shard(shard))
            if result == .bucketNotEmpty {
                for opened in shards {
                    _ = try await context.execute(.openBucket(bucket: bucket), at: .shard(opened))
                }
                _ = try await context.execute(
                    .setBucketState(name: record.name, bucket: bucket, state: .active), at: .system)
                throw S3Error(.bucketNotEmpty, details: [S3Error.Detail("BucketName", record.name)])
            }
        }
        _ = try await context.execute(.removeBucketName(name: record.name, bucket: bucket), at: .system)
        for shard in shards {
            _ = try await context.execute(.forgetBucket(bucket: bucket), at: .shard(shard))
        }
    }
}

public struct HeadBucket: Sendable {
    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    public func run(_ bucket: BucketName) async throws(S3Error) { _ = try await context.activeBucket(bucket) }
}

public struct ListBuckets: Sendable {
    /// S3's largest page.
    private static let maximum = 10_000

    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    public func run(_ request: ListBucketsRequest, by requester: Requester) async throws(S3Error) -> ListBucketsResult {
        let limit = request.maximumBuckets ?? Self.maximum
        var buckets: [ListedBucket] = []
        var last = request.startAfter
        while true {
            let records: [BucketRecord]
            do throws(MetadataError) {
                records = try await context.metadata.buckets(
                    after: last, prefix: request.prefix ?? "", limit: limit + 1)
            } catch {
                throw S3Error(error)
            }
            // A user sees its own.
            for record in records
            where record.state != .creating && (requester.isRoot || record.owner == requester.owner.id) {
                guard buckets.count < limit else {
                    return ListBucketsResult(buckets: buckets, owner: requester.owner, isTruncated: true)
                }
                buckets.append(ListedBucket(name: try BucketName(record.name), created: record.created))
            }
            guard records.count > limit, let end = records.last?.name else {
                return ListBucketsResult(buckets: buckets, owner: requester.owner, isTruncated: false)
            }
            last = end
        }
    }
}
