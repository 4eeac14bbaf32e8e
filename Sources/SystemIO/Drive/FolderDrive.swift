internal import CLinux
public import Core
internal import Glibc
private import Synchronization

/// A folder of a filesystem as a drive. Every call that may block runs on a thread of the drive: one writer per lane, so
/// that a large volume write never delays a metadata sync, and a few readers. Memory: some 20 KiB for each thread that
/// was needed.
public final class FolderDrive: Drive {
    /// The folder's path.
    public let name: String
    private let root: FolderDescriptor
    private let readers: DriveQueue
    private let writers: [DriveQueue]
    private let faults: DriveFaults?
    private let lockFile = Mutex<FolderDescriptor?>(nil)
    private let isImpatient: Bool

    /// A read that the kernel has not answered for so long is given up where other drives can stand in: far above what
    /// a busy disk needs for one read, far below what a client notices as a stop.
    private static let readPatience = TimeSpan.milliseconds(300)
    /// The same for writes and syncs, which take their time.
    private static let writePatience = TimeSpan.seconds(1)

    /// Opens the folder, which must exist. Blocks; meant for the start of the program.
    /// - Parameters:
    ///   - readerThreads: reads that may be under way at once.
    ///   - faults: for tests only.
    public init(path: String, readerThreads: Int = 4, faults: DriveFaults? = nil) throws(DriveError) {
        let descriptor = roost_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, false, 0)
        guard descriptor >= 0 else { throw DriveError(errno: errno) }
        name = path
        root = FolderDescriptor(descriptor)
        self.faults = faults
        isImpatient = false
        let label = String(path.split(separator: "/").last?.suffix(8) ?? "drive")
        readers = DriveQueue(name: "\(label)-r", maximumThreads: readerThreads)
        writers = DriveLane.allCases.map { DriveQueue(name: "\(label)-\($0)", maximumThreads: 1) }
    }

    private init(impatientSideOf drive: FolderDrive) {
        name = drive.name
        root = drive.root
        readers = drive.readers
        writers = drive.writers
        faults = drive.faults
        isImpatient = true
    }

    public var impatient: any Drive { isImpatient ? self : FolderDrive(impatientSideOf: self) }

    // MARK: Failure detection

    /// Gives impatient calls up that the kernel has not answered; to be called every 100 ms or so.
    public func giveUpLateCalls(_ now: Instant) {
        readers.giveUpLate(after: Self.readPatience, now)
        for writer in writers { writer.giveUpLate(after: Self.writePatience, now) }
    }

    /// How long the oldest call to the kernel has been under way; nil if none is.
    public func oldestOutstanding(_ now: Instant) -> TimeSpan? {
        (writers + [readers]).compactMap(\.oldestRunning).min().map { now.since($0) }
    }

    /// Calls that wait or are under way; for metrics.
    public var queuedCalls: Int { (writers + [readers]).reduce(0) { $0 + $1.depth } }

    /// Ends the drive: every call, also one that hangs in the kernel, throws `.closed` at once, and so does every later
    /// one. The buffers of a hanging call stay with the drive until the kernel returns them.
    public func close() {
        for queue in writers + [readers] { queue.close() }
        lockFile.withLock { $0 = nil }
    }

    /// Takes the drive for this process, by a lock on its file `lock`, until `close` or the end of the process.
    public func lock() async throws(DriveError) {
        let root = root
        let held = try await perform(.names, on: writer(.general)) { () -> Result<FolderDescriptor, DriveError> in
            let descriptor = roost_open(root.number, "lock", O_RDWR | O_CREAT, false, 0o644)
            guard descriptor >= 0 else { return driveFailure() }
            let file = FolderDescriptor(descriptor)
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                return errno == EWOULDBLOCK ? .failure(.locked) : driveFailure()
            }
            return .success(file)
        }
        lockFile.withLock { $0 = held }
    }

    // MARK: Drive

    public func open(_ path: String, _ options: OpenOptions) async throws(DriveError) -> any DriveFile {
        let root = root
        let queue = options.writable || options.creation != .never ? writer(options.lane) : readers
        let opened = try await perform(.names, on: queue) { () -> Result<OpenedDescriptor, DriveError> in
            var flags = options.writable ? O_RDWR : O_RDONLY
            switch options.creation {
            case .never: break
            case .ifMissing: flags |= O_CREAT
            case .always: flags |= O_CREAT | O_EXCL
            }
            if options.durableWrites { flags |= O_DSYNC }
            var descriptor = roost_open(root.number, path, flags, options.direct, 0o644)
            if descriptor < 0, errno == EINVAL, options.direct {
                descriptor = roost_open(root.number, path, flags, false, 0o644)
            }
            return descriptor < 0 ? root.failure() : .success(OpenedDescriptor(descriptor))
        }
        return FolderFile(
            opened.take(), readers: readers, writer: writer(options.lane), faults: faults, isImpatient: isImpatient)
    }

    public func list(_ folder: String) async throws(DriveError) -> [String] {
        let root = root
        return try await perform(.names, on: readers) { () -> Result<[String], DriveError> in
            let descriptor = roost_open(root.number, Self.path(folder), O_RDONLY | O_DIRECTORY, false, 0)
            guard descriptor >= 0 else { return root.failure() }
            guard let stream = fdopendir(descriptor) else {
                Glibc.close(descriptor)
                return driveFailure()
            }
            defer { closedir(stream) }
            var names: [[UInt8]] = []
            while true {
                errno = 0
                guard let entry = readdir(stream) else { break }
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
                if name != Array(".".utf8), name != Array("..".utf8) { names.append(name) }
            }
            guard errno == 0 else { return driveFailure() }
            return .success(
                names.sorted { $0.lexicographicallyPrecedes($1) }.map { String(decoding: $0, as: UTF8.self) })
        }
    }

    public func makeFolder(_ path: String) async throws(DriveError) {
        let root = root
        try await perform(.names, on: writer(.general)) {
            mkdirat(root.number, path, 0o755) == 0 ? .success(()) : root.failure()
        }
    }

    public func rename(_ source: String, to target: String) async throws(DriveError) {
        let root = root
        try await perform(.names, on: writer(.general)) {
            renameat(root.number, source, root.number, target) == 0 ? .success(()) : root.failure()
        }
    }

    /// A file, or an empty folder.
    public func remove(_ path: String) async throws(DriveError) {
        let root = root
        try await perform(.names, on: writer(.general)) { () -> Result<Void, DriveError> in
            if unlinkat(root.number, path, 0) == 0 { return .success(()) }
            guard errno == EISDIR else { return root.failure() }
            return unlinkat(root.number, path, AT_REMOVEDIR) == 0 ? .success(()) : root.failure()
        }
    }

    public func syncFolder(_ path: String) async throws(DriveError) {
        let root = root
        try await perform(.syncs, on: writer(.general)) { () -> Result<Void, DriveError> in
            let descriptor = roost_open(root.number, Self.path(path), O_RDONLY | O_DIRECTORY, false, 0)
            guard descriptor >= 0 else { return root.failure() }
            defer { Glibc.close(descriptor) }
            return fsync(descriptor) == 0 ? .success(()) : driveFailure()
        }
    }

    public func space() async throws(DriveError) -> DriveSpace {
        let root = root
        return try await perform(.names, on: readers) { () -> Result<DriveSpace, DriveError> in
            var information = statvfs()
            guard fstatvfs(root.number, &information) == 0 else { return driveFailure() }
            let unit = UInt64(information.f_frsize)
            return .success(
                DriveSpace(
                    total: UInt64(information.f_blocks) * unit, available: UInt64(information.f_bavail) * unit))
        }
    }

    private func writer(_ lane: DriveLane) -> DriveQueue { writers[Int(lane.rawValue)] }

    private func perform<Value: Sendable>(
        _ operation: DriveFaults.Operations, on queue: DriveQueue,
        _ body: @escaping @Sendable () -> Result<Value, DriveError>
    ) async throws(DriveError) -> Value {
        let faults = faults
        return try await queue.run(isImpatient: isImpatient) {
            if let code = faults?.strike(operation) { return .failure(DriveError(errno: code)) }
            return body()
        }
    }

    private static func path(_ path: String) -> String { path.isEmpty ? "." : path }
}

/// A descriptor on its way to its file; closed if the file was given up before it was open.
private final class OpenedDescriptor: Sendable {
    private let number: Mutex<Int32>

    init(_ number: Int32) { self.number = Mutex(number) }

    deinit {
        let left = take()
        if left >= 0 { Glibc.close(left) }
    }

    func take() -> Int32 {
        number.withLock { number in
            defer { number = -1 }
            return number
        }
    }
}

/// A descriptor that is closed with its last reference.
final class FolderDescriptor: Sendable {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    deinit { Glibc.close(number) }

    /// The error of a call on a path below this folder. If the folder itself was removed, "not found" is a fault of the
    /// drive and not of the path.
    func failure<Value>() -> Result<Value, DriveError> {
        let code = errno
        if code == ENOENT {
            var information = stat()
            if fstat(number, &information) == 0, information.st_nlink == 0 { return .failure(.inputOutput(code)) }
        }
        return .failure(DriveError(errno: code))
    }
}
