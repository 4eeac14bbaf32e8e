import Core
import Directory
import Metadata
import Replication
import SearchIndex
import Synchronization

/// The search indexes of the node's replicas, and the order to build them anew.
struct IndexResources {
    private let node: NodeServer

    init(_ node: NodeServer) { self.node = node }

    struct Entry {
        var replica: ShardReplica
        var isLeader: Bool
        var condition: ShardIndex.Condition
        var figures: IndexFigures?
        var indexed: SequenceNumber
        var applied: SequenceNumber
        var rebuilt: UInt64?
        var scanning: Int

        var behind: UInt64 { applied.rawValue > indexed.rawValue ? applied.rawValue - indexed.rawValue : 0 }

        var state: String {
            switch condition {
            case .starting: "starting"
            case .building(let count): "building, \(count) objects so far"
            case .failed(let reason): "failed: \(reason)"
            case .ready:
                rebuilt.map { "ready, being rebuilt, \($0) objects so far" }
                    ?? (scanning > 0 ? "ready, reading \(scanning) bucket\(scanning == 1 ? "" : "s") anew" : "ready")
            }
        }
    }

    /// By shard, the leader's first.
    func entries() -> [Entry] {
        var list: [Entry] = []
        for host in node.hub.onlineHosts {
            for replica in host.replicas where replica.shard != .system {
                let (index, condition, indexed, rebuilt, scanning) = replica.index.published.withLock {
                    ($0.serving, $0.condition, $0.indexed, $0.rebuilt, $0.scanning.count)
                }
                list.append(
                    Entry(
                        replica: replica, isLeader: node.hub.leader(of: replica.shard) === replica,
                        condition: condition, figures: index?.figures, indexed: indexed,
                        applied: replica.published.withLock { $0.applied }, rebuilt: rebuilt, scanning: scanning))
            }
        }
        return list.sorted {
            ($0.replica.shard.rawValue, $0.isLeader ? 0 : 1, $0.replica.host.path)
                < ($1.replica.shard.rawValue, $1.isLeader ? 0 : 1, $1.replica.host.path)
        }
    }

    func list() -> JSONValue {
        let list = entries().map { entry -> JSONValue in
            [
                "shard": .init(entry.replica.shard.rawValue), "drive": .string(entry.replica.host.path),
                "leader": .boolean(entry.isLeader), "state": .string(entry.state),
                "documents": .init(entry.figures?.documents ?? 0),
                "deletedDocuments": .init(entry.figures?.deletedDocuments ?? 0),
                "segments": .init(entry.figures?.segments ?? 0),
                "memoryBytes": .init(entry.figures?.memoryBytes ?? 0),
                "diskBytes": .init(entry.figures?.diskBytes ?? 0),
                "indexed": .init(entry.indexed.rawValue), "behind": .init(entry.behind),
            ]
        }
        return ["indexes": .array(list), "links": AdminResources.links]
    }

    /// Builds the indexes of one shard's replicas, or of all, anew beside those that serve.
    /// - Returns: how many; nil if there is no such shard.
    func rebuild(_ shard: ShardID?) -> Int? {
        let chosen = entries().filter { shard == nil || $0.replica.shard == shard }
        if chosen.isEmpty, shard != nil { return nil }
        for entry in chosen { entry.replica.index.mailbox.send(.rebuild) }
        return chosen.count
    }

    func warnings() -> [String] {
        entries().compactMap { entry in
            guard entry.isLeader else { return nil }
            switch entry.condition {
            case .ready: return nil
            case .starting: return nil
            case .building(let count):
                return "the search index of shard \(entry.replica.shard) is being built: \(count) objects so far"
            case .failed(let reason):
                return "the search index of shard \(entry.replica.shard) cannot be built: \(reason)"
            }
        }
    }

    func metrics(into text: inout MetricsText) {
        let entries = entries()
        func labels(_ entry: Entry) -> KeyValuePairs<String, String> {
            ["shard": "\(entry.replica.shard)", "drive": entry.replica.host.path]
        }
        text.begin("roost_index_ready", "gauge", "1 if the replica's search index can answer.")
        for entry in entries { text.sample(entry.condition == .ready ? 1 : 0, labels(entry)) }
        text.begin("roost_index_documents", "gauge", "Objects in the replica's search index.")
        for entry in entries { text.sample(entry.figures?.documents ?? 0, labels(entry)) }
        text.begin("roost_index_behind", "gauge", "Log entries that the search index has yet to follow.")
        for entry in entries { text.sample(entry.behind, labels(entry)) }
        text.begin("roost_index_segments", "gauge", "Segments of the search index.")
        for entry in entries { text.sample(entry.figures?.segments ?? 0, labels(entry)) }
        text.begin("roost_index_memory_bytes", "gauge", "Memory of the search index.")
        for entry in entries { text.sample(entry.figures?.memoryBytes ?? 0, labels(entry)) }
        text.begin("roost_index_disk_bytes", "gauge", "Files of the search index.")
        for entry in entries { text.sample(entry.figures?.diskBytes ?? 0, labels(entry)) }
    }
}
