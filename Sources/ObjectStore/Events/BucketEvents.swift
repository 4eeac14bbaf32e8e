public import Core
import Metadata
public import S3

/// Every committed change of a bucket's objects, in order for each key, from a position on: what followers read.
///
/// At least once: a follower that goes on from the position of an event sees everything after it, and may see again what
/// the same command changed. Changes are kept for 262,144 sequences of a shard.
public struct BucketEvents: Sendable {
    private static let pause = TimeSpan.milliseconds(50)

    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    /// A follower of one bucket.
    public struct Follower: Sendable {
        let bucket: BucketRecord
        let prefix: [UInt8]
        var position: EventPosition

        public var positionText: String { position.text }
    }

    public func begin(_ request: EventsRequest) async throws(S3Error) -> Follower {
        let bucket = try await context.activeBucket(request.bucket)
        let shards = context.metadata.shards(covering: bucket.bucket)
        var position = EventPosition([:])
        if let text = request.position {
            guard let given = EventPosition(text) else {
                throw S3Error(
                    .invalidArgument, "The position is none that an answer had.",
                    details: [S3Error.Detail("ArgumentName", "after"), S3Error.Detail("ArgumentValue", text)])
            }
            position = given
        }
        for shard in shards where position.sequences[shard] == nil {
            position.sequences[shard] = try await applied(shard)
        }
        position.sequences = position.sequences.filter { shards.contains($0.key) }
        return Follower(bucket: bucket, prefix: request.prefix, position: position)
    }

    /// The next events, `limit` or a few more (a command's changes stay together); none if there are none now.
    /// - Throws: `EventsExpired` if changes after the position are kept no more: read the bucket again, then follow.
    public func next(_ follower: inout Follower, limit: Int) async throws(S3Error) -> [BucketEvent] {
        var events: [BucketEvent] = []
        for shard in follower.position.sequences.keys.sorted() where events.count < limit {
            guard let sequence = follower.position.sequences[shard] else { continue }
            let page: ChangePage
            do throws(MetadataError) {
                page = try await context.metadata.changes(in: shard, after: sequence, limit: limit - events.count)
            } catch {
                throw S3Error(error)
            }
            guard page.isComplete else {
                throw S3Error(
                    .eventsExpired,
                    "Changes after this position are kept no more. List the bucket again and follow from now on.")
            }
            for record in page.records { show(record, shard, &follower, &events) }
            follower.position.sequences[shard] = page.through
        }
        return events
    }

    private func show(
        _ record: ChangeRecord, _ shard: ShardID, _ follower: inout Follower, _ events: inout [BucketEvent]
    ) {
        let begin = follower.position.text
        let first = events.count
        for change in record.changes
        where change.bucket == follower.bucket.bucket && change.key.starts(with: follower.prefix) {
            guard let key = try? ObjectKey(change.key) else { continue }
            switch change.kind {
            case .put(let summary):
                events.append(
                    BucketEvent(
                        position: begin, kind: .put, key: key, time: summary.lastModified, size: summary.sizeBytes,
                        tag: summary.entityTag))
            case .delete: events.append(BucketEvent(position: begin, kind: .delete, key: key, time: record.time))
            case .schema: continue
            }
        }
        follower.position.sequences[shard] = record.sequence
        if events.count > first { events[events.count - 1].position = follower.position.text }
    }

    /// Waits until a shard of the bucket has applied something that the follower has not seen.
    /// - Returns: false if nothing came until `deadline`, or the task was cancelled.
    public func wait(_ follower: Follower, until deadline: Instant) async throws(S3Error) -> Bool {
        while true {
            for (shard, sequence) in follower.position.sequences where try await applied(shard) > sequence {
                return true
            }
            guard context.clock.now < deadline, await context.clock.sleep(for: Self.pause) else { return false }
        }
    }

    private func applied(_ shard: ShardID) async throws(S3Error) -> SequenceNumber {
        do throws(MetadataError) { return try await context.metadata.applied(of: shard) } catch { throw S3Error(error) }
    }
}
