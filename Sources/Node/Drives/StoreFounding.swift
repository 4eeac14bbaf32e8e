import Core
import Directory
import ErasureCode
import Journal
import Placement
import Replication
import Synchronization
import SystemIO

/// Makes a new store on empty folders.
///
/// Order: labels under a temporary name; replicas' founding notes; the directory on every drive; then the labels get
/// their names. A crash before the first rename leaves nothing but drives in preparation, which the next start prepares
/// anew; a crash after it leaves a directory on every drive, and the next start finishes the renames.
struct StoreFounding: Sendable {
    /// Shards of a new store besides the system shard.
    static let shardCount = 4

    let entropy: any Entropy
    let clock: any Clock
    let opener: DriveOpener
    /// Starts the tasks that a drive's engines live on.
    let run: @Sendable (DriveHost) -> Void

    /// Removes what an interrupted founding left. Called only if no drive has its final label and not every one has a
    /// directory: then no client was ever answered.
    func clear(_ found: FoundDrive) async throws(StartError) {
        do {
            for name in try await found.drive.list("") where name != "lock" && name != "lost+found" {
                for child in try await Self.children(of: name, on: found.drive) {
                    try await found.drive.remove("\(name)/\(child)")
                }
                try await found.drive.remove(name)
            }
            try await found.drive.syncFolder("")
        } catch {
            throw StartError("\(found.path) cannot be prepared again: \(ErrorText.of(error))")
        }
    }

    private static func children(of name: String, on drive: any Drive) async throws(DriveError) -> [String] {
        do {
            return try await drive.list(name)
        } catch .notFound {
            return []  // ENOTDIR: a file
        }
    }

    /// Prepares all drives and opens them.
    func found(_ drives: [FoundDrive]) async throws(StartError) -> ([DriveHost], DirectoryFile) {
        let cluster = ClusterID.random(entropy)
        let node = NodeID.random(entropy)
        var hosts: [DriveHost] = []
        var labels: [DriveLabel] = []
        for found in drives {
            let label = DriveLabel(cluster: cluster, drive: DriveID.random(entropy), node: node)
            do {
                try await found.drive.replaceFile(DriveLabel.preparingPath, with: label.encoded())
            } catch {
                throw StartError("\(found.path) cannot be written: \(ErrorText.of(error))")
            }
            let host = try await opener.open(found, label)
            run(host)
            hosts.append(host)
            labels.append(label)
        }
        let shards = makeShards(labels)
        for (host, _) in zip(hosts, labels) { try await writeNotes(shards, on: host) }
        let file = directory(cluster, labels, shards, paths: drives.map(\.path))
        for host in hosts { try await write(file, on: host) }
        for found in drives { try await Self.finish(found) }
        return (hosts, file)
    }

    /// Gives a prepared drive its final label.
    static func finish(_ found: FoundDrive) async throws(StartError) {
        do {
            try await found.drive.rename(DriveLabel.preparingPath, to: DriveLabel.path)
            try await found.drive.syncFolder("")
        } catch {
            throw StartError("\(found.path) cannot be labelled: \(ErrorText.of(error))")
        }
    }

    private func makeShards(_ labels: [DriveLabel]) -> [ShardRecord] {
        let scheme = Scheme.forUnits(labels.count)
        let factor = min(labels.count, max(3, scheme.parityCount + 1))
        var load: [DriveID: Int] = [:]
        var shards: [ShardRecord] = []
        for number in 0...Self.shardCount {
            let drives = GroupPlacement.replicas(
                count: factor, drives: labels.map { PlacementDrive(id: $0.drive) }, load: load)
            // The leader carries most of the work, so it counts for more than the others.
            for (index, drive) in drives.enumerated() { load[drive, default: 0] += index == 0 ? 2 : 1 }
            let members = drives.map { drive in
                Member(node: labels[0].node, drive: drive, incarnation: entropy.next())
            }
            let (lower, upper) = Self.bounds(number)
            shards.append(
                ShardRecord(
                    shard: ShardID(UInt32(number)), lowerBound: lower, upperBound: upper, epoch: Epoch(1),
                    leader: members[0], members: members.sorted(), heirs: [], minMembers: factor >= 3 ? 2 : 1))
        }
        return shards
    }

    /// Shard 0 is the system's; the others cut the bucket IDs into equal parts.
    private static func bounds(_ number: Int) -> ([UInt8], [UInt8]?) {
        guard number > 0 else { return ([], []) }
        func cut(_ index: Int) -> [UInt8] {
            var writer = ByteWriter()
            writer.writeBigEndian(UInt64(index) * (UInt64.max / UInt64(shardCount) + 1))
            return writer.bytes
        }
        return (number == 1 ? [] : cut(number - 1), number == shardCount ? nil : cut(number))
    }

    /// Every member of a shard remembers the record before the directory shows it.
    private func writeNotes(_ shards: [ShardRecord], on host: DriveHost) async throws(StartError) {
        var records: [JournalRecord] = []
        for shard in shards {
            for member in shard.members where member.drive == host.id {
                let note = ReplicaNote(
                    shard: shard.shard, incarnation: member.incarnation, note: .founding(shard))
                records.append(
                    JournalRecord(
                        store: StoreID(UInt32(truncatingIfNeeded: entropy.next()) | 1), kind: .note, sequence: .zero,
                        payload: note.encoded()))
            }
        }
        do throws(JournalError) {
            try await host.journal.append(records)
        } catch {
            throw StartError("\(host.path): \(ErrorText.of(error))")
        }
    }

    private func directory(
        _ cluster: ClusterID, _ labels: [DriveLabel], _ shards: [ShardRecord], paths: [String]
    ) -> DirectoryFile {
        let now = clock.wallTime
        var records: [String: [UInt8]] = [:]
        records[DirectoryKey.cluster] = ClusterRecord(cluster: cluster, created: now, featureLevel: 1).encoded()
        for (label, path) in zip(labels, paths) {
            records[DirectoryKey.drive(label.drive)] =
                DriveRecord(drive: label.drive, node: label.node, path: path, zone: "", added: now).encoded()
        }
        for shard in shards {
            var writer = ByteWriter()
            shard.encode(to: &writer)
            records[DirectoryKey.shard(shard.shard)] = writer.bytes
        }
        let scheme = Scheme.forUnits(labels.count)
        for change in PlacementKeeper.pool(0, scheme: scheme, drives: labels.map(\.drive)) ?? [] {
            if case .put(let key, let value) = change { records[key] = value }
        }
        return DirectoryFile(
            cluster: cluster, generation: 1, startID: entropy.next(), voters: labels.map(\.drive).sorted(),
            tolerance: UInt8(scheme.parityCount),
            records: records.sorted { $0.key < $1.key }.map { ConfigRecord(key: $0.key, value: $0.value, revision: 1) })
    }

    private func write(_ file: DirectoryFile, on host: DriveHost) async throws(StartError) {
        do {
            try await host.drive.replaceFile(DirectoryFile.path, with: file.encoded())
        } catch {
            throw StartError("the directory on \(host.path) cannot be written: \(ErrorText.of(error))")
        }
    }
}
