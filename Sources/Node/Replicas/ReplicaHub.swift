import Core
import Directory
import FragmentStore
import Journal
import Metadata
import ObjectStore
import Replication
import Synchronization
import SystemIO

/// The node's drives and the replicas on them: carries messages between replicas, starts and retires them.
final class ReplicaHub: ReplicaEnvironment {
    let clock: any Clock
    let entropy: any Entropy
    let compute: any Compute
    let searchCompute: any Compute
    let log: Log
    let node: NodeID
    let directory: Directory
    let configStore: EmbeddedConfigStore
    let tasks: TaskHost
    private let hosts = Mutex<[DriveID: DriveHost]>([:])
    /// Told of every drive that fails, once.
    private let onFailure = Mutex<(@Sendable (DriveHost) -> Void)?>(nil)

    init(
        node: NodeID, clock: any Clock, entropy: any Entropy, compute: any Compute,
        searchCompute: any Compute, log: Log, directory: Directory,
        configStore: EmbeddedConfigStore, tasks: TaskHost
    ) {
        self.node = node
        self.clock = clock
        self.entropy = entropy
        self.compute = compute
        self.searchCompute = searchCompute
        self.log = log
        self.directory = directory
        self.configStore = configStore
        self.tasks = tasks
    }

    // MARK: Drives

    func add(_ host: DriveHost) { hosts.withLock { $0[host.id] = host } }

    func host(_ drive: DriveID) -> DriveHost? { hosts.withLock { $0[drive] } }

    /// In the order of their IDs.
    var allHosts: [DriveHost] { hosts.withLock { hosts in hosts.sorted { $0.key < $1.key }.map(\.value) } }

    var onlineHosts: [DriveHost] { allHosts.filter(\.isOnline) }

    func onDriveFailure(_ body: @escaping @Sendable (DriveHost) -> Void) { onFailure.withLock { $0 = body } }

    func driveFailed(_ host: DriveHost, _ reason: String) {
        host.status.withLock { $0.errors += 1 }
        guard host.fail(reason) else { return }
        log.error("drive failed", ["drive": host.path, "id": "\(host.id)", "reason": reason])
        configStore.remove(host.id)
        for replica in host.replicas { replica.mailbox.send(.event(.driveFailed)) }
        onFailure.withLock { $0 }?(host)
    }

    // MARK: Replicas

    /// Starts a replica's task on its shard's loop: replicas of one shard hand messages over without a change of thread.
    func start(_ replica: ShardReplica) {
        replica.host.status.withLock { $0.replicas[replica.store] = replica }
        tasks.start(onLoop: Int(replica.shard.rawValue)) { await replica.run() }
    }

    func replica(_ member: Member, of shard: ShardID) -> ShardReplica? {
        guard member.node == node else { return nil }
        return host(member.drive)?.replica(shard, incarnation: member.incarnation)
    }

    func leader(of shard: ShardID) -> ShardReplica? {
        guard let record = directory.view.shard(shard) else { return nil }
        return replica(record.leader, of: shard)
    }

    /// A fresh, empty store on a drive, for a learner. Its note is durable before it is started.
    func makeLearner(of shard: ShardID, on host: DriveHost) async throws(JournalError) -> ShardReplica {
        let store = StoreID(UInt32(truncatingIfNeeded: entropy.next()) | 1)
        let me = Member(node: node, drive: host.id, incarnation: entropy.next())
        let note = ReplicaNote(shard: shard, incarnation: me.incarnation, note: .learner)
        try await host.journal.append([
            JournalRecord(store: store, kind: .note, sequence: .zero, payload: note.encoded())
        ])
        let replica = ShardReplica(shard: shard, me: me, store: store, host: host, environment: self)
        start(replica)
        return replica
    }

    func retired(_ replica: ShardReplica) {
        replica.host.status.withLock { $0.replicas[replica.store] = nil }
        log.info("replica retired", ["shard": "\(replica.shard)", "drive": replica.host.path])
    }

    // MARK: ReplicaEnvironment

    /// One node holds every lease with itself.
    func leases() -> LeaseView { LeaseView(node: node) }

    func send(_ message: [UInt8], to member: Member) {
        var reader = ByteReader(message)
        guard let decoded = try? ReplicaMessage(from: &reader) else {
            log.error("a message between replicas cannot be decoded")
            return
        }
        guard let host = host(member.drive), host.isOnline else { return }
        if let replica = replica(member, of: decoded.shard) {
            replica.mailbox.send(.event(.received(decoded)))
        } else if let answer = ReplicaMessage.answerForMissing(decoded),
            let sender = replica(answer.to, of: answer.shard)
        {
            sender.mailbox.send(.event(.received(answer)))
        }
    }

    func swap(_ record: ShardRecord) async -> SwapResult {
        let result = await directory.swap(record)
        if case .succeeded(let record) = result {
            log.info(
                "shard record changed",
                [
                    "shard": "\(record.shard)", "epoch": "\(record.epoch)",
                    "leader": host(record.leader.drive)?.path ?? "\(record.leader.drive)",
                    "members": "\(record.members.count)",
                ])
        }
        return result
    }

    func readDirectory(_ shard: ShardID) async -> ShardRecord? { try? await directory.read(shard) }
}
