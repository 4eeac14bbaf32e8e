import Core
import Metadata
public import S3

/// Up to 1,000 keys: one command a shard, each key with its own outcome.
public struct DeleteObjects: Sendable {
    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    public func run(_ request: DeleteObjectsRequest) async throws(S3Error) -> DeleteObjectsResult {
        let bucket = try await context.activeBucket(request.bucket)
        var byShard: [ShardID: [Int]] = [:]
        for (index, target) in request.objects.enumerated() {
            byShard[try shard(of: target.key, in: bucket), default: []].append(index)
        }
        let outcomes = await withTaskGroup(of: [(Int, S3Error?)].self) { tasks in
            for (shard, indexes) in byShard {
                tasks.addTask { await delete(indexes, of: request, in: bucket, at: shard) }
            }
            var outcomes = request.objects.map { DeleteObjectsResult.Outcome($0) }
            for await done in tasks {
                for (index, error) in done { outcomes[index].error = error }
            }
            return outcomes
        }
        return DeleteObjectsResult(outcomes: outcomes)
    }

    private func shard(of key: ObjectKey, in bucket: BucketRecord) throws(S3Error) -> ShardID {
        do throws(MetadataError) {
            return try context.metadata.shard(holding: bucket.bucket, key.bytes)
        } catch {
            throw S3Error(error)
        }
    }

    private func delete(
        _ indexes: [Int], of request: DeleteObjectsRequest, in bucket: BucketRecord, at shard: ShardID
    ) async -> [(Int, S3Error?)] {
        let deletes = indexes.map { index in
            let target = request.objects[index]
            return ConditionalDelete(key: target.key.bytes, condition: Condition(target.condition))
        }
        do throws(S3Error) {
            let result = try await context.execute(
                .deleteObjects(bucket: bucket.bucket, deletes), at: .shard(shard))
            switch result {
            case .deletedEach(let outcomes) where outcomes.count == indexes.count:
                return zip(indexes, outcomes).map { index, outcome in
                    (index, Self.error(outcome, request.objects[index]))
                }
            case .noSuchBucket: throw .noSuchBucket(request.bucket)
            case let other: throw ObjectStoreContext.unexpected(other)
            }
        } catch {
            return indexes.map { ($0, error) }
        }
    }

    private static func error(_ outcome: DeleteOutcome, _ target: DeleteObjectsRequest.Target) -> S3Error? {
        switch outcome {
        case .deleted, .missing: nil
        case .noSuchKey: .noSuchKey(target.key)
        case .conditionFailed: .conditionFailed(target.condition)
        }
    }
}
