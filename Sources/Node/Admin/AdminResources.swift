import Core
import Directory
import FragmentStore
import HTTP
import Journal
import Metadata
import ObjectStore
import Replication
import Synchronization
import SystemIO

/// The admin API's resources as JSON values, with links from each to the others.
struct AdminResources {
    private let node: NodeServer

    init(_ node: NodeServer) { self.node = node }

    static let links: JSONValue = [
        "status": "/admin/v1/status", "drives": "/admin/v1/drives", "shards": "/admin/v1/shards",
        "directory": "/admin/v1/directory", "indexes": "/admin/v1/indexes", "metrics": "/metrics",
        "live": "/health/live", "ready": "/health/ready",
    ]

    func index() -> JSONValue { ["service": "roost", "links": Self.links] }

    func status() -> JSONValue {
        let view = node.directory.view
        let hosts = node.hub.allHosts
        let online = hosts.filter(\.isOnline)
        let shards = view.allShards
        let leaderless = shards.filter { node.hub.leader(of: $0.shard)?.readerForReads() == nil }.count
        let below = shards.filter { $0.members.count < Int($0.minMembers) }.count
        let outDrives = view.outDrives
        let space = online.map { $0.status.withLock { $0.space } }
        let warnings = warnings(view, online: online.count)
        return [
            "cluster": .string("\(view.cluster?.cluster.description ?? "")"),
            "version": .string(RoostVersion.current),
            "state": .string(leaderless > 0 ? "unavailable" : warnings.isEmpty ? "healthy" : "degraded"),
            "ready": .boolean(node.isReady),
            "drives": [
                "total": .init(view.drives.count), "online": .init(online.count),
                "failed": .init(view.drives.count - online.count), "out": .init(outDrives.count),
                "filling": .init(view.fillingDrives.count),
            ],
            "shards": [
                "total": .init(shards.count), "leaderless": .init(leaderless), "belowMinimum": .init(below),
                "learning": .init(node.shardKeeper.learningShards.count),
            ],
            "pools": .array(
                view.pools.sorted { $0.key < $1.key }.map { id, pool in
                    [
                        "pool": .init(id), "scheme": .string("\(pool.record.dataCount)+\(pool.record.parityCount)"),
                        "groups": .init(pool.groups.count),
                        "groupsWithDrivesOut": .init(pool.groups.filter { !$0.out.isEmpty }.count),
                        "groupsBeingFilled": .init(pool.groups.filter { !$0.filling.isEmpty }.count),
                    ]
                }),
            "capacity": [
                "total": .init(space.reduce(0) { $0 + $1.total }),
                "available": .init(space.reduce(0) { $0 + $1.available }),
            ],
            "repairQueue": .init(node.fragmentHub.damagedCount),
            "warnings": .array(warnings.map { .string($0) }),
            "uptimeSeconds": .init(Int(node.clock.now.since(node.started).secondsAsDouble)),
            "links": Self.links,
        ]
    }

    /// The directory's copies, and, while it is read-only, what accepting it as it is would mean.
    func directory() -> JSONValue {
        let file = node.configStore.file
        let online = Set(node.hub.onlineHosts.map(\.id))
        let view = node.directory.view
        let missing = file.voters.filter { !online.contains($0) }
        var consequences: [String] = []
        if node.configStore.readOnlyReason != nil {
            consequences = [
                "changes of members and placement that only the missing drives have seen are forgotten",
                "objects that were written after such a change may be unreadable, or older versions of them come back",
                "the missing drives must not be used again without being replaced",
            ]
        }
        return [
            "generation": .init(Int(clamping: file.generation)),
            "readOnly": .boolean(node.configStore.readOnlyReason != nil),
            "reason": node.configStore.readOnlyReason.map { .string($0) } ?? .null,
            "needed": .init(file.startQuorum),
            "voters": .array(
                file.voters.map { drive in
                    [
                        "id": .string("\(drive)"), "path": .string(view.drives[drive]?.path ?? ""),
                        "present": .boolean(online.contains(drive)),
                    ]
                }),
            "missing": .init(missing.count),
            "consequences": .array(consequences.map { .string($0) }),
        ]
    }

    private func warnings(_ view: DirectoryView, online: Int) -> [String] {
        var warnings: [String] = []
        if let reason = node.configStore.readOnlyReason {
            warnings.append(
                "the directory is read-only: \(reason); bring the missing drives back, or see roostctl directory accept"
            )
        }
        for (path, reason) in node.refusedFolders { warnings.append("\(path) is not used: \(reason)") }
        for host in node.hub.allHosts {
            switch host.status.withLock({ $0.condition }) {
            case .online: break
            case .suspect: warnings.append("\(host.path) is slow")
            case .failed(let reason): warnings.append("\(host.path) has failed: \(reason)")
            }
            for (_, replica) in host.quarantined.sorted(by: { $0.key < $1.key }) {
                let shard = replica.shard.map { "of shard \($0)" } ?? "of an unknown shard"
                warnings.append("a replica \(shard) on \(host.path) is quarantined: \(replica.reason)")
            }
        }
        let known = Set(node.hub.allHosts.map(\.id))
        for drive in view.drives.values.sorted(by: { $0.path < $1.path }) where !known.contains(drive.drive) {
            warnings.append("\(drive.path) (drive \(drive.drive)) is missing")
        }
        let outDrives = view.outDrives
        for drive in view.drives.values.sorted(by: { $0.path < $1.path }) where outDrives.contains(drive.drive) {
            warnings.append("\(drive.path) is out: new stripes do without it")
        }
        for drive in view.drives.values.sorted(by: { $0.path < $1.path })
        where view.fillingDrives.contains(drive.drive) {
            warnings.append("\(drive.path) is being filled: it may still lack fragments of the time when it was out")
        }
        for shard in view.allShards {
            if shard.members.count < Int(shard.minMembers) {
                warnings.append(
                    "shard \(shard.shard) has \(shard.members.count) of at least \(shard.minMembers) members")
            } else if shard.members.count < min(3, view.drives.count) {
                warnings.append("shard \(shard.shard) has \(shard.members.count) members")
            }
        }
        warnings += IndexResources(node).warnings()
        if let pool = view.pools[0], pool.record.parityCount == 0 {
            warnings.append("one drive holds everything: its loss is the loss of all data")
        }
        return warnings
    }

    func drives() -> JSONValue {
        let view = node.directory.view
        let out = view.outDrives
        let list = view.drives.values.sorted { $0.path < $1.path }.map { record -> JSONValue in
            guard let host = node.hub.host(record.drive) else {
                return [
                    "id": .string("\(record.drive)"), "path": .string(record.path), "state": "missing",
                    "out": .boolean(out.contains(record.drive)),
                    "filling": .boolean(view.fillingDrives.contains(record.drive)),
                ]
            }
            let status = host.status.withLock { $0 }
            let counters = host.fragments.counters
            return [
                "id": .string("\(record.drive)"), "path": .string(record.path),
                "state": .string(Self.text(status.condition)), "out": .boolean(out.contains(record.drive)),
                "filling": .boolean(view.fillingDrives.contains(record.drive)),
                "total": .init(status.space.total), "available": .init(status.space.available),
                "volumes": .init(counters.volumes), "fragmentsStored": .init(counters.fragments),
                "journalBytes": .init(host.journal.sizeBytes), "replicas": .init(status.replicas.count),
                "quarantined": .init(status.quarantined.count),
                "errors": .init(status.errors),
            ]
        }
        return ["drives": .array(list), "links": Self.links]
    }

    private static func text(_ condition: DriveHost.Condition) -> String {
        switch condition {
        case .online: "online"
        case .suspect: "suspect"
        case .failed: "failed"
        }
    }

    func shards() -> JSONValue {
        let view = node.directory.view
        let learning = node.shardKeeper.learningShards
        let list = view.allShards.map { record -> JSONValue in
            let leader = node.hub.leader(of: record.shard)
            let published = leader?.published.withLock { $0 }
            let serves = leader?.readerForReads() != nil
            return [
                "id": .init(record.shard.rawValue),
                "range": [
                    "from": .string(Hexadecimal.encode(record.lowerBound)),
                    "to": record.upperBound.map { .string(Hexadecimal.encode($0)) } ?? .null,
                ],
                "epoch": .init(record.epoch.rawValue), "leader": .string(path(record.leader)),
                "members": .array(record.members.map { .string(path($0)) }),
                "heirs": .array(record.heirs.map { .string(path($0)) }),
                "minMembers": .init(record.minMembers),
                "state": .string(published?.halted != nil ? "halted" : serves ? "serving" : "leaderless"),
                "committed": .init(published?.committed.rawValue ?? 0),
                "applied": .init(published?.applied.rawValue ?? 0),
                "learning": .boolean(learning.contains(record.shard)),
            ]
        }
        return ["shards": .array(list), "links": Self.links]
    }

    private func path(_ member: Member) -> String {
        node.directory.view.drives[member.drive]?.path ?? "\(member.drive)"
    }
}
