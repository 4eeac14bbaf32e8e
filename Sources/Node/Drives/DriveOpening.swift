import Core
import Directory
import FragmentStore
import Journal
import KeyValue
import SystemIO

/// Why a store does not start. Nothing was changed on any drive.
struct StartError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// A data folder as a start finds it, locked, before anything is changed.
struct FoundDrive: Sendable {
    enum Contents: Sendable {
        /// Nothing of ours.
        case empty
        /// Being prepared when the process ended.
        case preparing(DriveLabel)
        case ready(DriveLabel)
    }

    var path: String
    var drive: FolderDrive
    var faults: DriveFaults
    var contents: Contents
    var directory: DirectoryFile?

    var label: DriveLabel? {
        switch contents {
        case .empty: nil
        case .preparing(let label), .ready(let label): label
        }
    }

    /// Names that may lie in a folder that counts as empty.
    private static let ignored: Set<String> = ["lock", "lost+found", DriveLabel.preparingPath + ".new"]

    /// A folder that is not there, or whose disk does not answer, is a missing drive; the store may do without it.
    enum Inspection {
        case found(FoundDrive)
        case missing(path: String, reason: String)
    }

    /// A process that was killed holds its locks until the kernel has taken it down.
    private static let lockPatience = TimeSpan.seconds(3)

    /// Locks the folder and reads what names it.
    static func inspect(_ path: String, clock: any Clock) async throws(StartError) -> Inspection {
        let faults = DriveFaults()
        let drive: FolderDrive
        let names: [String]
        do {
            drive = try FolderDrive(path: path, faults: faults)
            let deadline = clock.now + lockPatience
            while true {
                do throws(DriveError) {
                    try await drive.lock()
                    break
                } catch {
                    guard error == .locked, clock.now < deadline, await clock.sleep(for: .milliseconds(50)) else {
                        throw error
                    }
                }
            }
            names = try await drive.list("").filter { !ignored.contains($0) }
        } catch DriveError.locked {
            throw StartError("\(path) is in use by another process; nothing was touched")
        } catch {
            return .missing(path: path, reason: "cannot be opened: \(ErrorText.of(error))")
        }
        var found = FoundDrive(path: path, drive: drive, faults: faults, contents: .empty, directory: nil)
        if names.contains(DriveLabel.path) {
            found.contents = .ready(try await found.label(in: DriveLabel.path))
        } else if names.contains(DriveLabel.preparingPath) {
            found.contents = .preparing(try await found.label(in: DriveLabel.preparingPath))
        } else if !names.isEmpty {
            throw StartError(
                "\(path) holds files that are not Roost's (\(names.prefix(3).joined(separator: ", "))); nothing was touched"
            )
        }
        if names.contains(DirectoryFile.path) { found.directory = try await found.readDirectory() }
        return .found(found)
    }

    private func label(in file: String) async throws(StartError) -> DriveLabel {
        do {
            return try DriveLabel(try await drive.readFile(file))
        } catch CodecError.newerVersion(let version) {
            throw StartError("\(path) has drive format \(version), newer than this program; nothing was touched")
        } catch {
            throw StartError("the label of \(path) cannot be read: \(ErrorText.of(error)); nothing was touched")
        }
    }

    /// nil for a damaged copy: others decide.
    private func readDirectory() async throws(StartError) -> DirectoryFile? {
        do {
            return try DirectoryFile(try await drive.readFile(DirectoryFile.path))
        } catch CodecError.newerVersion(let version) {
            throw StartError("\(path) has directory format \(version), newer than this program; nothing was touched")
        } catch is CodecError {
            return nil
        } catch {
            throw StartError("the directory on \(path) cannot be read: \(ErrorText.of(error))")
        }
    }
}

/// Opens the engines of a drive.
struct DriveOpener: Sendable {
    var cache: RocksDBCache
    var compute: any Compute
    var entropy: any Entropy
    var log: Log
    var journal: Journal.Configuration
    var fragments: FragmentStore.Configuration

    /// - Throws: for a drive that cannot be used; the store goes on without it.
    func open(_ found: FoundDrive, _ label: DriveLabel) async throws(StartError) -> DriveHost {
        let rows: RocksDBStore
        let path = found.path
        let cache = cache
        let opened = await compute.run { () -> Result<RocksDBStore, KeyValueError> in
            do throws(KeyValueError) {
                return .success(try RocksDBStore(path: path + "/rows", cache: cache))
            } catch {
                return .failure(error)
            }
        }
        switch opened {
        case .success(let store): rows = store
        case .failure(let error): throw StartError("rows of \(found.path): \(ErrorText.of(error))")
        }
        let identity = DriveIdentity(cluster: label.cluster, drive: label.drive)
        do {
            let (journal, condition) = try await Journal.open(
                found.drive, identity: identity, configuration: journal, entropy: entropy)
            for store in journal.stores {
                // Unlike a note that is damaged, one of a newer program is not quarantined: the drive stays as it is.
                do throws(CodecError) { _ = try ReplicaNote(journal.note(of: store) ?? []) } catch .newerVersion(
                    let version)
                {
                    throw StartError("a replica's note has format \(version), newer than this program")
                } catch {
                    continue
                }
            }
            let store = FragmentStore(
                drive: found.drive, cluster: label.cluster, driveID: label.drive, index: rows, compute: compute,
                entropy: entropy, configuration: fragments, log: log)
            let scanned = try await store.open()
            if scanned > 0 {
                log.info("fragment index brought up to date", ["drive": path, "records": "\(scanned)"])
            }
            if condition == .torn { log.warning("the journal ended in an unfinished group", ["drive": path]) }
            return DriveHost(
                label: label, path: path, drive: found.drive, rows: rows, journal: journal, journalCondition: condition,
                fragments: store, faults: found.faults)
        } catch {
            throw StartError("\(path): \(ErrorText.of(error))")
        }
    }
}
