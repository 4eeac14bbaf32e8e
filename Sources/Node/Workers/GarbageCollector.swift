import Core
import Directory
import ErasureCode
import FragmentStore
import Metadata
import ObjectStore
import Replication

/// Removes the fragments of blobs that nothing refers to any more, then the rows that remember them; forgets the results
/// of completed uploads after a day.
///
/// A blob waits so that reads which are under way can finish. Its row goes only after every drive that may hold a
/// fragment has a durable tombstone for it; while such a drive is away the row stays.
final class GarbageCollector: Sendable {
    /// At least; looking through the rows takes a twentieth of the time at most.
    private static let interval = TimeSpan.milliseconds(500)
    private static let shareOfTime: UInt64 = 20
    /// While something cannot be removed, because a drive is away.
    private static let retryInterval = TimeSpan.seconds(5)
    private static let batch = 200
    /// Part rows read at a time; part tables are read by their pages.
    private static let partsBatch = PartTable.partsPerPage
    private static let completionInterval = TimeSpan.seconds(600)
    /// Results of completed uploads are kept for a day.
    private static let completionLifeMilliseconds: UInt64 = 24 * 3600 * 1000

    private let hub: ReplicaHub
    private let context: ObjectStoreContext
    private let delay: TimeSpan

    init(hub: ReplicaHub, context: ObjectStoreContext, delay: TimeSpan) {
        self.hub = hub
        self.context = context
        self.delay = delay
    }

    /// What one look through the rows came to.
    private struct Pass {
        var reading = TimeSpan(nanoseconds: 0)
        /// A drive that may hold something was away, or failed.
        var isIncomplete = false
    }

    func run() async {
        var pass = Pass()
        var nextCompletions = hub.clock.now + Self.completionInterval
        while await hub.clock.sleep(for: pause(after: pass)) {
            pass = Pass()
            let shards = hub.directory.view.allShards.map(\.shard).filter { $0 != .system }
            for shard in shards { await collect(shard, &pass) }
            if hub.clock.now >= nextCompletions {
                for shard in shards { await forgetCompletions(of: shard) }
                nextCompletions = hub.clock.now + Self.completionInterval
            }
        }
    }

    private func pause(after pass: Pass) -> TimeSpan {
        let share = TimeSpan(nanoseconds: pass.reading.nanoseconds * Self.shareOfTime)
        return max(pass.isIncomplete ? Self.retryInterval : Self.interval, share)
    }

    /// Looks through the garbage rows of a shard once.
    private func collect(_ shard: ShardID, _ pass: inout Pass) async {
        var position: [UInt8]?
        while true {
            let after = position
            let begin = hub.clock.now
            let found = await read(shard) { (reader) throws(RowError) in
                try reader.garbage(after: after, limit: Self.batch)
            }
            pass.reading.nanoseconds += hub.clock.now.since(begin).nanoseconds
            guard let found, let last = found.last else { return }
            position = last.row
            let now = hub.clock.wallTime.milliseconds
            let due = found.map(\.item).filter { $0.since.milliseconds + delay.millisecondsRounded <= now }
            var isComplete = await collect(blobs: due, of: shard)
            for item in due {
                switch item.name.subject {
                case .blob: break
                case .parts(let upload):
                    isComplete = await collect(parts: upload, item.name, of: shard) && isComplete
                case .table(let ordinal):
                    isComplete = await collect(table: ordinal, item.name, of: shard) && isComplete
                }
            }
            if !isComplete { pass.isIncomplete = true }
            if found.count < Self.batch { return }
        }
    }

    /// False if something could not be removed now.
    private func collect(blobs due: [GarbageRecord], of shard: ShardID) async -> Bool {
        let items = due.filter { $0.reference != nil }
        let removed = await RemoveBlobs(context).run(items.compactMap(\.reference))
        let cleared = zip(items, removed).filter(\.1).map(\.0.name)
        if !cleared.isEmpty {
            _ = try? await context.metadata.execute(.clearGarbage(cleared), at: .shard(shard))
        }
        return cleared.count == items.count
    }

    /// Page by page: what is cleared is not found again. A blob that cannot be removed now ends the work on its upload.
    private func collect(parts upload: UniqueID, _ garbage: GarbageName, of shard: ShardID) async -> Bool {
        let name = UploadName(bucket: garbage.bucket, key: garbage.key, upload: upload)
        while true {
            let found = await read(shard) { (reader) throws(RowError) in
                try reader.parts(of: name, after: 0, limit: Self.partsBatch)
            }
            guard let found else { return true }
            let removed = await RemoveBlobs(context).run(found.parts.map(\.part.reference))
            guard removed.allSatisfy(\.self) else { return false }
            guard await clear(garbage, through: found.parts.last?.number, of: shard), found.hasMore else { return true }
        }
    }

    private func collect(table ordinal: UInt64, _ garbage: GarbageName, of shard: ShardID) async -> Bool {
        while true {
            let found = await read(shard) { (reader) throws(RowError) in
                try reader.tablePages(garbage.bucket, garbage.key, ordinal: ordinal, limit: 1).first
            }
            guard let found else { return true }
            let removed = await RemoveBlobs(context).run(found?.content.parts.map(\.reference) ?? [])
            guard removed.allSatisfy(\.self) else { return false }
            guard await clear(garbage, through: found?.page, of: shard), found != nil else { return true }
        }
    }

    /// The garbage row itself goes with its last part.
    private func clear(_ garbage: GarbageName, through last: UInt16?, of shard: ShardID) async -> Bool {
        let result = try? await context.metadata.execute(
            .clearParts(garbage, through: last ?? .max), at: .shard(shard))
        return result == .done
    }

    private func forgetCompletions(of shard: ShardID) async {
        var position: [UInt8]?
        while true {
            let after = position
            let found = await read(shard) { (reader) throws(RowError) in
                try reader.completions(after: after, limit: Self.batch)
            }
            guard let found, let last = found.last else { return }
            position = last.row
            let now = hub.clock.wallTime.milliseconds
            let old = found.filter { $0.completed.milliseconds + Self.completionLifeMilliseconds <= now }
            if !old.isEmpty {
                _ = try? await context.metadata.execute(
                    .upload(.forgetCompletions(old.map(\.name))), at: .shard(shard))
            }
            if found.count < Self.batch { return }
        }
    }

    /// nil if this node does not lead the shard, or its rows cannot be read.
    private func read<Value: Sendable>(
        _ shard: ShardID, _ body: @escaping @Sendable (MetadataReader) throws(RowError) -> Value
    ) async -> Value? {
        guard let reader = hub.leader(of: shard)?.readerForReads() else { return nil }
        return await hub.compute.run { () -> Value? in try? body(reader) }
    }
}
