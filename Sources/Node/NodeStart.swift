import Core
import Directory
import ErasureCode
import FragmentStore
import Journal
import KeyValue
import Metadata
import Replication
import Synchronization
import SystemIO

/// What a start found and opened.
struct StartedDrives: Sendable {
    var cluster: ClusterID
    var node: NodeID
    var hosts: [DriveHost]
    var directory: DirectoryFile
    /// Set if too few copies of the directory are present to be sure of the newest.
    var readOnlyReason: String?
    /// Folders that are listed but not used, with the reason.
    var refused: [(path: String, reason: String)]
    /// Opened, but not yet in the directory.
    var added: [DriveHost]
}

/// Looks at every folder before it changes any of them.
struct NodeStart: Sendable {
    let opener: DriveOpener
    let entropy: any Entropy
    let clock: any Clock
    let log: Log
    let run: @Sendable (DriveHost) -> Void

    func open(_ folders: [String]) async throws(StartError) -> StartedDrives {
        guard !folders.isEmpty else { throw StartError("no data folder is given") }
        guard Set(folders).count == folders.count else { throw StartError("a data folder is given twice") }
        var found: [FoundDrive] = []
        var missing: [(path: String, reason: String)] = []
        for folder in folders {
            switch try await FoundDrive.inspect(folder, clock: clock) {
            case .found(let drive): found.append(drive)
            case .missing(let path, let reason): missing.append((path, reason))
            }
        }
        try Self.checkLabels(found)
        let founding = StoreFounding(entropy: entropy, clock: clock, opener: opener, run: run)
        let isFounded = found.contains { if case .ready = $0.contents { true } else { false } }
        let prepared = found.filter { if case .preparing = $0.contents { true } else { false } }
        if !isFounded, prepared.isEmpty || prepared.contains(where: { $0.directory == nil }) {
            // Whether a missing folder holds a store cannot be known: a new one is founded with all folders or not at all.
            if let first = missing.first { throw StartError("\(first.path) \(first.reason); nothing was touched") }
            for drive in prepared { try await founding.clear(drive) }
            let (hosts, file) = try await founding.found(found)
            return StartedDrives(
                cluster: file.cluster, node: hosts[0].label.node, hosts: hosts, directory: file, readOnlyReason: nil,
                refused: [], added: [])
        }
        return try await reopen(found, missing)
    }

    /// All drives must be of one cluster, and each only once.
    private static func checkLabels(_ found: [FoundDrive]) throws(StartError) {
        let labelled = found.compactMap { drive in drive.label.map { (drive.path, $0) } }
        let clusters = Set(labelled.map(\.1.cluster))
        if clusters.count > 1 {
            let list = labelled.map { "\($0.0): \($0.1.cluster)" }.joined(separator: ", ")
            throw StartError("the drives belong to different clusters (\(list)); nothing was touched")
        }
        var seen: [DriveID: String] = [:]
        for (path, label) in labelled {
            if let other = seen[label.drive] {
                throw StartError("\(other) and \(path) are copies of one drive; nothing was touched")
            }
            seen[label.drive] = path
        }
    }

    private func reopen(
        _ found: [FoundDrive], _ missing: [(path: String, reason: String)]
    ) async throws(StartError) -> StartedDrives {
        let (newest, reason) = try Self.newestDirectory(found)
        let view: DirectoryView
        do throws(CodecError) { view = try DirectoryView(newest.records) } catch {
            throw StartError("the directory cannot be read: \(ErrorText.of(error)); nothing was touched")
        }
        var started = StartedDrives(
            cluster: newest.cluster, node: found.compactMap(\.label).first?.node ?? NodeID(high: 0, low: 0), hosts: [],
            directory: newest, readOnlyReason: reason, refused: missing, added: [])
        var opening: [(FoundDrive, DriveLabel, isNew: Bool)] = []
        for drive in found {
            switch drive.contents {
            case .ready(let label):
                guard view.drives[label.drive] != nil else {
                    started.refused.append((drive.path, "the directory does not know this drive"))
                    continue
                }
                opening.append((drive, label, false))
            case .preparing(let label):
                // In the directory: its founding was interrupted by the last rename only.
                if view.drives[label.drive] != nil {
                    try await StoreFounding.finish(drive)
                    opening.append((drive, label, false))
                } else {
                    opening.append((drive, label, true))
                }
            case .empty:
                if let known = view.drives.values.first(where: { $0.path == drive.path }) {
                    started.refused.append(
                        (drive.path, "empty, although drive \(known.drive) was here: a mount may have failed"))
                    continue
                }
                let label = DriveLabel(
                    cluster: newest.cluster, drive: DriveID.random(entropy), node: started.node)
                do {
                    try await drive.drive.replaceFile(DriveLabel.preparingPath, with: label.encoded())
                } catch {
                    started.refused.append((drive.path, "cannot be written: \(ErrorText.of(error))"))
                    continue
                }
                opening.append((drive, label, true))
            }
        }
        for (path, reason) in started.refused { log.error("drive is not used", ["drive": path, "reason": reason]) }
        try await open(opening, into: &started)
        return started
    }

    /// Opens drives side by side; one that cannot be used is reported and left as it is.
    private func open(
        _ list: [(FoundDrive, DriveLabel, isNew: Bool)], into started: inout StartedDrives
    ) async throws(StartError) {
        let opener = opener
        let opened = OpenedDrives()
        await withTaskGroup(of: Void.self) { group in
            for (found, label, isNew) in list {
                group.addTask { await opened.add(found, label, isNew: isNew, opener) }
            }
        }
        for entry in opened.entries {
            if let host = entry.host {
                run(host)
                if entry.isNew { started.added.append(host) } else { started.hosts.append(host) }
            } else {
                log.error("drive is not used", ["drive": entry.path, "reason": entry.reason])
                started.refused.append((entry.path, entry.reason))
            }
        }
        if started.hosts.isEmpty { throw StartError("no drive can be used") }
    }

    /// The newest copy, and why it may not be the newest there is.
    private static func newestDirectory(_ found: [FoundDrive]) throws(StartError) -> (DirectoryFile, String?) {
        let copies = found.compactMap { drive -> (DriveID, DirectoryFile)? in
            guard let label = drive.label, let file = drive.directory, file.cluster == label.cluster else { return nil }
            return (label.drive, file)
        }
        guard let newest = copies.map(\.1).max(by: { $0.generation < $1.generation }) else {
            throw StartError("no drive has a readable copy of the directory; nothing was touched")
        }
        let twins = copies.map(\.1).filter { $0.generation == newest.generation }
        guard twins.allSatisfy({ $0.startID == newest.startID }) else {
            throw StartError(
                "the drives hold two directories of generation \(newest.generation) from different starts; nothing was touched"
            )
        }
        let voters = copies.filter { newest.voters.contains($0.0) }.count
        guard voters < newest.startQuorum else { return (newest, nil) }
        return (
            newest,
            "only \(voters) of the directory's \(newest.voters.count) voters are present, \(newest.startQuorum) are needed"
        )
    }
}

/// Collects what opening drives side by side came to.
private final class OpenedDrives: Sendable {
    struct Entry: Sendable {
        var path: String
        var isNew: Bool
        var host: DriveHost?
        var reason = ""
    }

    private let list = Mutex<[Entry]>([])

    /// In the order of their paths.
    var entries: [Entry] { list.withLock { $0.sorted { $0.path < $1.path } } }

    func add(_ found: FoundDrive, _ label: DriveLabel, isNew: Bool, _ opener: DriveOpener) async {
        var entry = Entry(path: found.path, isNew: isNew)
        do {
            entry.host = try await opener.open(found, label)
        } catch {
            entry.reason = ErrorText.of(error)
        }
        let done = entry
        list.withLock { $0.append(done) }
    }
}
