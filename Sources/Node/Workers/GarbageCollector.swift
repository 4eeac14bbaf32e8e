import Core
import Directory
import ErasureCode
import FragmentStore
import Metadata
import ObjectStore
import Replication

/// Removes the fragments of blobs that nothing refers to any more, then the rows that remember them.
///
/// A blob waits so that reads which are under way can finish. Its row goes only after every drive that may hold a
/// fragment has a durable tombstone for it; while such a drive is away the row stays.
final class GarbageCollector: Sendable {
    private static let interval = TimeSpan.milliseconds(500)
    private static let batch = 200

    private let hub: ReplicaHub
    private let context: ObjectStoreContext
    private let delay: TimeSpan

    init(hub: ReplicaHub, context: ObjectStoreContext, delay: TimeSpan) {
        self.hub = hub
        self.context = context
        self.delay = delay
    }

    func run() async {
        while await hub.clock.sleep(for: Self.interval) {
            for record in hub.directory.view.allShards where record.shard != .system { await collect(record) }
        }
    }

    private func collect(_ record: ShardRecord) async {
        var position: [UInt8]?
        while let reader = hub.leader(of: record.shard)?.readerForReads() {
            let after = position
            let found = await hub.compute.run { () -> [(row: [UInt8], item: GarbageRecord)] in
                (try? reader.garbage(after: after, limit: Self.batch)) ?? []
            }
            guard let last = found.last else { return }
            position = last.row
            let now = hub.clock.wallTime
            var cleared: [GarbageName] = []
            for (_, item) in found
            where item.since.milliseconds + delay.millisecondsRounded <= now.milliseconds {
                if await remove(item.reference) { cleared.append(item.name) }
            }
            if !cleared.isEmpty {
                _ = try? await context.metadata.execute(.clearGarbage(cleared), at: .shard(record.shard))
            }
            if found.count < Self.batch { return }
        }
    }

    /// True once no drive can hold a fragment of the blob any more.
    private func remove(_ reference: BlobReference) async -> Bool {
        guard let pool = hub.directory.view.pools[reference.pool] else { return false }
        var byDrive: [DriveID: [FragmentID]] = [:]
        for stripe in 0..<reference.layout.stripeCount {
            let group = pool.groups[
                pool.record.group(ofHash: FragmentID.placementHash(reference.blob, stripe: stripe))]
            for drives in [group.drives, group.previous] {
                for (index, drive) in drives.enumerated() {
                    byDrive[drive, default: []].append(
                        FragmentID(blob: reference.blob, stripe: stripe, index: UInt8(index)))
                }
            }
        }
        var isComplete = true
        for (drive, fragments) in byDrive.sorted(by: { $0.key < $1.key }) {
            guard let service = context.fragments.service(for: drive) else {
                isComplete = false
                continue
            }
            do throws(FragmentError) { try await service.remove(fragments) } catch { isComplete = false }
        }
        return isComplete
    }
}
