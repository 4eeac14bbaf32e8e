public import Core
import Synchronization

/// The directory in one process: a file on every drive.
///
/// **Committed:** a generation is committed when at least n−m voters of the one before it have synced it; drives that
/// failed to are no voters of the next. A start that sees m+1 voters of the newest generation found therefore sees the
/// last committed one: n−m and m+1 of n always have a drive in common.
///
/// Transactions are carried out one at a time by `run`.
public final class EmbeddedConfigStore: ConfigStore {
    private struct State {
        var file: DirectoryFile
        var readOnlyReason: String?
        /// Drives that take copies.
        var drives: [DriveID: any Drive]
    }

    private struct Request: Sendable {
        enum Work: Sendable {
            case transaction(ConfigTransaction)
            /// Of the generation that an operator has looked at.
            case acceptance(generation: UInt64, startID: UInt64)
        }

        var work: Work
        var reply: OneShot<Result<ConfigOutcome, ConfigError>>
    }

    /// An accepted directory skips this many generations: whatever drives that were away have committed among
    /// themselves is older when they return.
    private static let acceptanceLeap: UInt64 = 1 << 20

    private let state: Mutex<State>
    private let requests = Mailbox<Request>()
    private let log: Log

    /// - Parameters:
    ///   - file: what the start found newest, or a founder made.
    ///   - readOnlyReason: set if too few of its voters are present.
    public init(file: DirectoryFile, drives: [DriveID: any Drive], readOnlyReason: String?, log: Log) {
        state = Mutex(State(file: file, readOnlyReason: readOnlyReason, drives: drives))
        self.log = log
    }

    public var file: DirectoryFile { state.withLock { $0.file } }
    public var readOnlyReason: String? { state.withLock { $0.readOnlyReason } }

    public func get(_ key: String) async throws(ConfigError) -> ConfigRecord? {
        state.withLock { $0.file.records.first { $0.key == key } }
    }

    public func list(_ prefix: String) async throws(ConfigError) -> [ConfigRecord] {
        state.withLock { $0.file.records.filter { $0.key.hasPrefix(prefix) } }
    }

    public func commit(_ transaction: ConfigTransaction) async throws(ConfigError) -> ConfigOutcome {
        try await hand(.transaction(transaction))
    }

    /// An operator's word that the missing voters are gone for good: the copies that are here become the directory, and
    /// what only the missing ones held of it is lost. On return the new generation is on every drive that is present.
    /// - Parameter generation: that of the directory that the operator has looked at.
    /// - Returns: `.conflict` if it is another one, or if the directory is not read-only.
    public func accept(generation: UInt64, startID: UInt64) async throws(ConfigError) -> ConfigOutcome {
        try await hand(.acceptance(generation: generation, startID: startID))
    }

    private func hand(_ work: Request.Work) async throws(ConfigError) -> ConfigOutcome {
        let reply = OneShot<Result<ConfigOutcome, ConfigError>>()
        guard requests.send(Request(work: work, reply: reply)) else {
            throw .unavailable("the directory is closed")
        }
        return try await reply.value().get()
    }

    public func close() { requests.close() }

    /// A drive that failed takes no copies any more; the next generation does without it.
    public func remove(_ drive: DriveID) { state.withLock { $0.drives[drive] = nil } }

    /// A drive that came, or came back, or is in time again: the next generation counts it as a voter.
    public func add(_ drive: DriveID, _ folder: any Drive) { state.withLock { $0.drives[drive] = folder } }

    public func run() async {
        while let batch = await requests.receive() {
            for request in batch {
                switch request.work {
                case .transaction(let transaction): request.reply.send(await carryOut(transaction))
                case .acceptance(let generation, let startID):
                    request.reply.send(await carryOutAcceptance(generation, startID))
                }
            }
        }
    }

    /// Writes the next generation under a new start ID: the first thing that a start does.
    public func begin(startID: UInt64) async throws(ConfigError) {
        let (base, reason) = state.withLock { ($0.file, $0.readOnlyReason) }
        if let reason { throw .readOnly(reason) }
        var file = base
        file.startID = startID
        try await write(file, after: base)
    }

    private func carryOut(_ transaction: ConfigTransaction) async -> Result<ConfigOutcome, ConfigError> {
        let (base, reason) = state.withLock { ($0.file, $0.readOnlyReason) }
        if let reason { return .failure(.readOnly(reason)) }
        var records: [String: ConfigRecord] = [:]
        for record in base.records { records[record.key] = record }
        for condition in transaction.conditions where (records[condition.key]?.revision ?? 0) != condition.revision {
            return .success(.conflict)
        }
        let revision = base.generation + 1
        for change in transaction.changes {
            switch change {
            case .put(let key, let value):
                records[key] = ConfigRecord(key: key, value: value, revision: revision)
            case .delete(let key): records[key] = nil
            }
        }
        var file = base
        file.records = records.values.sorted { $0.key < $1.key }
        do throws(ConfigError) {
            try await write(file, after: base)
            return .success(.committed(revision: revision))
        } catch {
            return .failure(error)
        }
    }

    private func carryOutAcceptance(_ generation: UInt64, _ startID: UInt64) async -> Result<ConfigOutcome, ConfigError>
    {
        let (base, reason, drives) = state.withLock { ($0.file, $0.readOnlyReason, $0.drives) }
        guard reason != nil, base.generation == generation else { return .success(.conflict) }
        var file = base
        file.generation += Self.acceptanceLeap
        file.startID = startID
        file.voters = drives.keys.sorted()
        let written = await Self.copy(file.encoded(), to: drives).written
        guard written.count == drives.count else {
            return .failure(.unavailable("only \(written.count) of \(drives.count) drives took a copy"))
        }
        let accepted = file
        state.withLock { state in
            state.file = accepted
            state.readOnlyReason = nil
        }
        log.warning("an operator has accepted the directory", ["generation": "\(generation)"])
        return .success(.committed(revision: accepted.generation))
    }

    /// Puts a copy on every drive that there is. Drives that fail are left out of the next generation, which is written
    /// at once: until then they still count.
    private func write(_ wanted: DirectoryFile, after base: DirectoryFile) async throws(ConfigError) {
        var file = wanted
        var base = base
        while true {
            file.generation = base.generation + 1
            let drives = state.withLock { $0.drives }
            file.voters = drives.keys.sorted()
            let (written, counted) = await copy(file, to: drives, countingVotersOf: base)
            guard counted >= base.commitQuorum else {
                let reason = "only \(counted) of \(base.voters.count) copies of the directory could be written"
                state.withLock { $0.readOnlyReason = reason }
                log.error("directory is read-only", ["reason": reason])
                throw .unknownOutcome
            }
            let committed = file
            let lost = state.withLock { state in
                state.file = committed
                let lost = drives.keys.filter { !written.contains($0) }
                for drive in lost { state.drives[drive] = nil }
                return lost
            }
            if lost.isEmpty { return }
            for drive in lost { log.error("directory copy failed, drive is no voter any more", ["drive": "\(drive)"]) }
            base = file
        }
    }

    /// - Returns: drives that have the copy synced, and how many of them are voters of `base`.
    private func copy(
        _ file: DirectoryFile, to drives: [DriveID: any Drive], countingVotersOf base: DirectoryFile
    ) async -> (written: Set<DriveID>, counted: Int) {
        let bytes = file.encoded()
        var (written, late) = await Self.copy(bytes, to: drives.mapValues(\.impatient))
        // Nobody waits for a drive that hangs, unless the generation cannot be committed without it.
        if !late.isEmpty, written.intersection(base.voters).count < base.commitQuorum {
            written.formUnion(await Self.copy(bytes, to: drives.filter { late.contains($0.key) }).written)
        }
        return (written, written.intersection(base.voters).count)
    }

    private enum CopyOutcome {
        case written, late, failed
    }

    private static func copy(
        _ bytes: [UInt8], to drives: [DriveID: any Drive]
    ) async -> (written: Set<DriveID>, late: Set<DriveID>) {
        await withTaskGroup(of: (DriveID, CopyOutcome).self) { group in
            for (id, drive) in drives.sorted(by: { $0.key < $1.key }) {
                group.addTask {
                    do throws(DriveError) {
                        try await drive.replaceFile(DirectoryFile.path, with: bytes)
                        return (id, .written)
                    } catch {
                        return (id, error == .late ? .late : .failed)
                    }
                }
            }
            return await group.reduce(into: (written: [], late: [])) { result, outcome in
                switch outcome {
                case (let id, .written): result.written.insert(id)
                case (let id, .late): result.late.insert(id)
                case (_, .failed): break
                }
            }
        }
    }
}
