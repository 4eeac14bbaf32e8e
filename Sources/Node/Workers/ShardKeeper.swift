import Core
import Directory
import Journal
import Metadata
import Placement
import Replication
import Synchronization
import SystemIO

/// Keeps shards at their replication factor: where a member is lost, a learner on another drive takes its place.
final class ShardKeeper: Sendable {
    private static let interval = TimeSpan.milliseconds(200)

    private struct Learning: Sendable {
        var replica: ShardReplica
        var since: Instant
    }

    private let hub: ReplicaHub
    private let learning = Mutex<[ShardID: Learning]>([:])

    init(hub: ReplicaHub) { self.hub = hub }

    /// Shards that have a learner now.
    var learningShards: Set<ShardID> { learning.withLock { Set($0.keys) } }

    func run() async {
        while await hub.clock.sleep(for: Self.interval) {
            for record in hub.directory.view.allShards { await keep(record) }
            await hub.discardQuarantined()
        }
    }

    private func keep(_ record: ShardRecord) async {
        tellOfMissing(record)
        guard let leader = hub.leader(of: record.shard), leader.host.isOnline else { return }
        if let current = learning.withLock({ $0[record.shard] }) {
            if record.isMember(current.replica.me) || !current.replica.host.isOnline {
                learning.withLock { $0[record.shard] = nil }
            } else {
                // The leader may have changed since: asking again is harmless.
                leader.mailbox.send(.event(.addLearner(current.replica.me)))
            }
            return
        }
        let online = hub.onlineHosts.filter(\.isInTime)
        let factor = min(3, hub.directory.view.drives.count)
        guard record.members.count < max(factor, Int(record.minMembers)) else { return }
        let used = Set((record.members + record.heirs).map(\.drive))
        let members = Set(record.members.map(\.drive))
        // A drive that holds an heir may learn beside it if no other is left.
        let free = online.filter { !used.contains($0.id) }
        let candidates = free.isEmpty ? online.filter { !members.contains($0.id) } : free
        guard let target = Self.leastLoaded(candidates) else { return }
        do throws(JournalError) {
            let replica = try await hub.makeLearner(of: record.shard, on: target)
            learning.withLock { $0[record.shard] = Learning(replica: replica, since: hub.clock.now) }
            leader.mailbox.send(.event(.addLearner(replica.me)))
            hub.log.info("learner started", ["shard": "\(record.shard)", "drive": target.path])
        } catch {
            hub.driveFailed(target, ErrorText.of(error))
        }
    }

    /// Within one process the keeper knows which members do not run; no lease could tell.
    private func tellOfMissing(_ record: ShardRecord) {
        for member in record.members where member.node == hub.node {
            let isThere = hub.replica(member, of: record.shard).map { $0.host.isOnline } ?? false
            guard !isThere else { continue }
            for other in record.members where other != member {
                hub.replica(other, of: record.shard)?.mailbox.send(.event(.memberDown(member)))
            }
        }
    }

    private static func leastLoaded(_ hosts: [DriveHost]) -> DriveHost? {
        let load = Dictionary(uniqueKeysWithValues: hosts.map { ($0.id, $0.replicas.count) })
        let chosen = GroupPlacement.replicas(count: 1, drives: hosts.map { PlacementDrive(id: $0.id) }, load: load)
        return hosts.first { $0.id == chosen.first }
    }
}
