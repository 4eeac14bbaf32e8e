/// Why an operation on a drive failed. What was asked for did not happen, or not wholly.
public enum DriveError: Error, Equatable, Sendable {
    case notFound
    case exists
    /// The filesystem is full, or the quota is.
    case noSpace
    case permissionDenied
    /// The medium or the kernel reported damage (EIO and its like); errno.
    case inputOutput(Int32)
    /// The drive was closed or declared failed; nothing more is sent to it.
    case closed
    /// An impatient call was given up. It may still happen later, and until then its buffers belong to the drive.
    case late
    /// Another process holds the lock.
    case locked
    /// Any other errno.
    case system(Int32)

    /// True if the drive itself must be held to be failing, as against a full or missing thing on it.
    public var isDriveFault: Bool {
        switch self {
        case .inputOutput, .closed, .system, .permissionDenied: true
        case .notFound, .exists, .noSpace, .locked, .late: false
        }
    }
}

/// The writer thread that serves a file. A large volume write must not delay a metadata sync.
public enum DriveLane: UInt8, Sendable, CaseIterable {
    case journal, volume, general
}

public struct OpenOptions: Sendable {
    public enum Creation: Sendable { case never, ifMissing, always }
    /// Read only, or read and write.
    public var writable: Bool
    public var creation: Creation
    /// O_DIRECT: offsets, lengths and buffers on 4 KiB boundaries. A filesystem that refuses it is used without.
    public var direct: Bool
    /// O_DSYNC: a write is durable when it returns.
    public var durableWrites: Bool
    public var lane: DriveLane

    public init(
        writable: Bool = false, creation: Creation = .never, direct: Bool = false, durableWrites: Bool = false,
        lane: DriveLane = .general
    ) {
        self.writable = writable
        self.creation = creation
        self.direct = direct
        self.durableWrites = durableWrites
        self.lane = lane
    }
}

public struct DriveSpace: Sendable, Equatable {
    /// Bytes of the filesystem, and bytes that may still be written by us.
    public var total: UInt64
    public var available: UInt64
    public init(total: UInt64, available: UInt64) {
        self.total = total
        self.available = available
    }
}

/// Seam: a folder on one disk. Paths are relative to it, with `/` between components.
///
/// Writes to one lane are carried out in order, one at a time. A call that blocks in the kernel cannot be cancelled:
/// the drive owns the buffers until it returns.
public protocol Drive: Sendable {
    /// For messages: where the drive is.
    var name: String { get }
    func open(_ path: String, _ options: OpenOptions) async throws(DriveError) -> any DriveFile
    /// File and folder names in a folder, sorted by UTF-8 bytes.
    func list(_ folder: String) async throws(DriveError) -> [String]
    func makeFolder(_ path: String) async throws(DriveError)
    /// Atomic; durable only after `syncFolder` of the folder that holds `target`.
    func rename(_ source: String, to target: String) async throws(DriveError)
    /// Durable only after `syncFolder` of the folder that held it. Open files stay readable.
    func remove(_ path: String) async throws(DriveError)
    func syncFolder(_ path: String) async throws(DriveError)
    func space() async throws(DriveError) -> DriveSpace
    /// The same drive for those who can do without it: calls of its own and of its files throw `.late` where the drive
    /// does not answer, long before it is declared failed. A drive that never hangs may be its own.
    var impatient: any Drive { get }
}

/// Seam: an open file. Closed when the last reference goes.
public protocol DriveFile: AnyObject, Sendable {
    /// Reads up to `slice.count` bytes at `offset`; fewer only at the end of the file. Returns the count.
    func read(into slice: IOSlice, at offset: UInt64) async throws(DriveError) -> Int
    /// Reads only what needs no wait for the disk; nil if it would have to wait. May return fewer bytes.
    func readCached(into slice: IOSlice, at offset: UInt64) -> Int?
    /// Writes all slices, one after the other, at `offset`. Durable on return if opened with `durableWrites`.
    func write(_ slices: [IOSlice], at offset: UInt64) async throws(DriveError)
    /// fdatasync: all writes that returned before are durable, and the size with them. A failed sync must never be
    /// tried again: the kernel may have dropped the pages.
    func sync() async throws(DriveError)
    func size() async throws(DriveError) -> UInt64
    /// Allocates blocks up to `size` and sets the file's size to at least that. Contents read as zeros.
    func extend(to size: UInt64) async throws(DriveError)
    /// Writes zeros over the range, so that later synced writes there change no extents.
    func writeZeros(in range: Range<UInt64>) async throws(DriveError)
    func truncate(to size: UInt64) async throws(DriveError)
    /// The same file, whose calls throw `.late` where the drive does not answer.
    var impatient: any DriveFile { get }
}

extension DriveFile {
    public var impatient: any DriveFile { self }

    public func read(count: Int, at offset: UInt64) async throws(DriveError) -> [UInt8] {
        let buffer = IOBuffer(capacity: count)
        let read = try await read(into: buffer.slice(0..<count), at: offset)
        return buffer.slice(0..<read).bytes
    }
}

extension Drive {
    public var impatient: any Drive { self }

    /// Replaces a small file: temporary file, sync, rename, sync of the folder. On return the new bytes are durable;
    /// after a crash the file holds either the old or the new ones.
    public func replaceFile(_ path: String, with bytes: [UInt8]) async throws(DriveError) {
        let temporary = path + ".new"
        let file = try await open(temporary, OpenOptions(writable: true, creation: .ifMissing))
        try await file.truncate(to: 0)
        try await file.write([IOSlice(copying: bytes)], at: 0)
        try await file.sync()
        try await rename(temporary, to: path)
        try await syncFolder(path.contains("/") ? String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) : "")
    }

    /// The whole of a small file.
    /// - Parameter limit: in bytes; a larger file is `.system(EFBIG)`.
    public func readFile(_ path: String, limit: Int = 64 << 20) async throws(DriveError) -> [UInt8] {
        let file = try await open(path, OpenOptions())
        let size = try await file.size()
        guard size <= UInt64(limit) else { throw .system(27) }
        return try await file.read(count: Int(size), at: 0)
    }
}
