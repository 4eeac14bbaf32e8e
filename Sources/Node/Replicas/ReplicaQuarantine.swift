import Core
import Directory
import Journal
import KeyValue
import Metadata
import Replication
import Synchronization
import SystemIO

/// A replica that cannot be trusted any more, or not be read: it does not run, and its rows and log stay as they are
/// until no record names it and its shard is well without it.
struct QuarantinedReplica: Sendable, Equatable {
    /// nil if its note cannot be read.
    var shard: ShardID?
    var incarnation: UInt64?
    var reason: String
}

/// What makes a quarantine outlive the process: a file for each store, "quarantine/" and eight hexadecimal digits.
/// Format: Sources/README.md, "Quarantine marks".
enum QuarantineMark {
    static let folder = "quarantine"
    private static let firstLine = "roost quarantine 1"

    static func path(_ store: StoreID) -> String {
        var writer = ByteWriter()
        writer.writeBigEndian(store.rawValue)
        return "\(folder)/\(Hexadecimal.encode(writer.bytes))"
    }

    static func store(ofFile name: String) -> StoreID? {
        name.utf8.count == 8 ? UInt32(name, radix: 16).map { StoreID($0) } : nil
    }

    static func encoded(_ replica: QuarantinedReplica) -> [UInt8] {
        let lines = [
            firstLine, replica.shard.map { "\($0.rawValue)" } ?? "-", replica.incarnation.map { "\($0)" } ?? "-",
            replica.reason.replacing("\n", with: " "),
        ]
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    /// A mark that cannot be read is a mark all the same.
    static func decode(_ bytes: [UInt8]) -> QuarantinedReplica {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 4, lines[0] == firstLine else {
            return QuarantinedReplica(shard: nil, incarnation: nil, reason: "its mark cannot be read")
        }
        return QuarantinedReplica(
            shard: UInt32(lines[1]).map { ShardID($0) }, incarnation: UInt64(lines[2]), reason: String(lines[3]))
    }
}

extension ReplicaHub {
    /// Starts the replicas that a drive holds; one that cannot be read is quarantined, and the others run.
    func startReplicas(on host: DriveHost) async {
        do {
            if host.journalCondition == .torn { try await ReplicaNote.markAllUnsure(in: host.journal) }
            try await readMarks(on: host)
        } catch {
            return driveFailed(host, ErrorText.of(error))
        }
        for store in host.journal.stores where host.quarantined[store] == nil {
            do throws(CodecError) {
                let note = try ReplicaNote(host.journal.note(of: store) ?? [])
                let me = Member(node: host.label.node, drive: host.id, incarnation: note.incarnation)
                start(ShardReplica(shard: note.shard, me: me, store: store, host: host, environment: self))
            } catch {
                await quarantine(
                    store, on: host,
                    QuarantinedReplica(
                        shard: nil, incarnation: nil, reason: "its note cannot be read: \(ErrorText.of(error))"))
            }
        }
    }

    private func readMarks(on host: DriveHost) async throws(DriveError) {
        let names: [String]
        do throws(DriveError) { names = try await host.drive.list(QuarantineMark.folder) } catch .notFound { return }
        let known = Set(host.journal.stores)
        for store in names.compactMap(QuarantineMark.store) {
            let path = QuarantineMark.path(store)
            guard known.contains(store) else {
                // The store was discarded, all but its mark.
                try await host.drive.remove(path)
                continue
            }
            let replica = QuarantineMark.decode(try await host.drive.readFile(path))
            host.status.withLock { $0.quarantined[store] = replica }
            report(replica, on: host)
        }
    }

    private func report(_ replica: QuarantinedReplica, on host: DriveHost) {
        log.error(
            "replica is quarantined",
            [
                "shard": replica.shard.map { "\($0)" } ?? "unknown", "drive": host.path, "reason": replica.reason,
            ])
    }

    /// This replica's rows or log can no longer be trusted, while its drive works. The mark is durable before anybody
    /// hears of it, so that the replica does not come back as a member after a crash.
    func replicaFailed(_ replica: ShardReplica, _ reason: String) {
        if !replica.published.withLock({ $0.isRunning }) {
            replica.host.status.withLock { $0.replicas[replica.store] = nil }
        }
        tasks.start(onLoop: Int(replica.shard.rawValue)) { [self] in
            await quarantine(
                replica.store, on: replica.host,
                QuarantinedReplica(shard: replica.shard, incarnation: replica.me.incarnation, reason: reason))
            replica.mailbox.send(.event(.stateDiverged))
        }
    }

    private func quarantine(_ store: StoreID, on host: DriveHost, _ replica: QuarantinedReplica) async {
        report(replica, on: host)
        host.status.withLock { status in
            status.quarantined[store] = replica
            status.errors += 1
        }
        do throws(DriveError) {
            do throws(DriveError) {
                try await host.drive.makeFolder(QuarantineMark.folder)
                try await host.drive.syncFolder("")
            } catch .exists {
                // Made by an earlier one.
            }
            try await host.drive.replaceFile(QuarantineMark.path(store), with: QuarantineMark.encoded(replica))
        } catch {
            driveFailed(host, "a quarantine mark could not be written: \(ErrorText.of(error))")
        }
    }

    // MARK: The end of a quarantine

    /// Discards quarantined replicas that no record names any more, once their shards have members enough without them.
    func discardQuarantined() async {
        for host in onlineHosts {
            for (store, replica) in host.quarantined.sorted(by: { $0.key < $1.key }) where mayGo(replica, on: host) {
                await discard(store, on: host)
            }
        }
    }

    private func mayGo(_ replica: QuarantinedReplica, on host: DriveHost) -> Bool {
        let records = directory.view.allShards
        guard let shard = replica.shard, let incarnation = replica.incarnation else {
            // Whoever the records name on this drive runs: so this one is named by none.
            return records.allSatisfy { record in
                (record.members + record.heirs).allSatisfy { member in
                    member.drive != host.id || self.replica(member, of: record.shard) != nil
                }
            }
        }
        guard let record = records.first(where: { $0.shard == shard }) else { return false }
        let isNamed = (record.members + record.heirs).contains { $0.drive == host.id && $0.incarnation == incarnation }
        return !isNamed && record.members.count >= Int(record.minMembers)
            && leader(of: shard)?.readerForReads() != nil
    }

    /// The mark goes last: a crash in between begins anew.
    private func discard(_ store: StoreID, on host: DriveHost) async {
        if let running = host.status.withLock({ $0.replicas.removeValue(forKey: store) }) {
            running.mailbox.send(.stop)
        }
        do {
            try host.rows.write(OutgoingCheckpoint.clearing(store))
            try await host.journal.append([
                JournalRecord(store: store, kind: .forget, sequence: .zero, payload: [])
            ])
            try await host.drive.remove(QuarantineMark.path(store))
        } catch {
            return driveFailed(host, ErrorText.of(error))
        }
        host.status.withLock { $0.quarantined[store] = nil }
        log.info("quarantined replica discarded: its shard does without it", ["drive": host.path])
    }
}

extension ReplicaNote {
    /// After a torn tail every replica of the drive is unsure of its log, and says so durably before anything else is
    /// written: the next group takes the place of the torn one, and with it goes the only trace. One group, so that no
    /// crash leaves some of them sure.
    static func markAllUnsure(in journal: Journal) async throws(JournalError) {
        var records: [JournalRecord] = []
        for store in journal.stores {
            guard let bytes = journal.note(of: store), var note = try? ReplicaNote(bytes), note.note.wasMember else {
                continue
            }
            note.note.isUnsure = true
            records.append(JournalRecord(store: store, kind: .note, sequence: .zero, payload: note.encoded()))
        }
        if !records.isEmpty { try await journal.append(records) }
    }
}
