public import Core
private import Synchronization

/// A drive in memory that forgets at a crash what was not made durable, as a real one may: unsynced writes are lost, kept
/// or torn at sectors, and names that were not synced with their folder may be the old ones.
public final class SimulatedDrive: Drive {
    public let name: String

    /// What a crash may do to one write that was not synced.
    private enum Fate { case lost, kept, torn }

    fileprivate struct Write {
        var offset: Int
        var bytes: [UInt8]
    }

    fileprivate struct Contents {
        var durable: [UInt8] = []
        /// Writes, and growth as writes of zeros, since the last sync.
        var pending: [Write] = []
        var current: [UInt8] = []
    }

    private struct State {
        /// Inode → contents; names point to inodes.
        var contents: [Int: Contents] = [:]
        var names: [String: Int] = [:]
        var durableNames: [String: Int] = [:]
        var folders: Set<String> = [""]
        var durableFolders: Set<String> = [""]
        var nextInode = 1
        /// Operations that change something, so far.
        var operations = 0
        var stopAt: Int?
        var failure: DriveError?
    }

    private let state: Mutex<State>

    public init(name: String = "simulated") {
        self.name = name
        state = Mutex(State())
    }

    private init(name: String, state: consuming State) {
        self.name = name
        self.state = Mutex(state)
    }

    /// Operations that changed something so far: each is a point to stop at.
    public var operations: Int { state.withLock { $0.operations } }

    /// Carries out `count` more operations; everything after them fails, as if the machine had stopped.
    public func stop(after count: Int) { state.withLock { $0.stopAt = $0.operations + count } }

    /// From now on every operation fails with this error; nil: none.
    public func fail(with error: DriveError?) { state.withLock { $0.failure = error } }

    /// What the next start finds. Each seed is another outcome of what was not durable.
    public func crashed(seed: UInt64) -> SimulatedDrive {
        var random = SplitMix64(seed: seed)
        var next = State()
        state.withLock { state in
            // Names that were not synced: each either made it or did not.
            var names = state.durableNames
            for name in Set(state.names.keys).union(names.keys).sorted() where state.names[name] != names[name] {
                if random.chance(0.5) { names[name] = state.names[name] }
            }
            var folders = state.durableFolders
            for folder in state.folders.sorted() where !folders.contains(folder) {
                if random.chance(0.5) { folders.insert(folder) }
            }
            next.names = names.filter { Self.parent($0.key).isEmpty || folders.contains(Self.parent($0.key)) }
            next.folders = folders
            for inode in Set(next.names.values) {
                let contents = state.contents[inode] ?? Contents()
                next.contents[inode] = Self.afterCrash(contents, &random)
            }
            next.nextInode = state.nextInode
        }
        next.durableNames = next.names
        next.durableFolders = next.folders
        return SimulatedDrive(name: name, state: next)
    }

    private static func afterCrash(_ contents: Contents, _ random: inout SplitMix64) -> Contents {
        var bytes = contents.durable
        for write in contents.pending {
            switch random.below(3) {
            case 0: continue
            case 1: bytes.place(write.bytes, at: write.offset)
            default:
                for start in stride(from: 0, to: write.bytes.count, by: 512) where random.chance(0.5) {
                    bytes.place(
                        Array(write.bytes[start..<min(start + 512, write.bytes.count)]), at: write.offset + start)
                }
            }
        }
        return Contents(durable: bytes, pending: [], current: bytes)
    }

    /// Flips one bit of a file, durably.
    public func flipBit(in path: String, at offset: Int, bit: UInt8 = 1) {
        state.withLock { state in
            guard let inode = state.names[path] else { return }
            // What was never synced has no durable byte there.
            if offset < state.contents[inode]?.durable.count ?? 0 { state.contents[inode]?.durable[offset] ^= bit }
            state.contents[inode]?.current[offset] ^= bit
        }
    }

    public func bytes(of path: String) -> [UInt8]? {
        state.withLock { state in state.names[path].flatMap { state.contents[$0]?.current } }
    }

    static func parent(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    /// Why no operation can be carried out now.
    private static func obstacle(_ state: borrowing State) -> DriveError? {
        if let failure = state.failure { return failure }
        if let stop = state.stopAt, state.operations >= stop { return .closed }
        return nil
    }

    private func change<R: Sendable>(_ body: (inout State) -> Result<R, DriveError>) throws(DriveError) -> R {
        let result: Result<R, DriveError> = state.withLock { state -> Result<R, DriveError> in
            if let obstacle = Self.obstacle(state) { return .failure(obstacle) }
            state.operations += 1
            return body(&state)
        }
        return try result.get()
    }

    private func look<R: Sendable>(_ body: (inout State) -> Result<R, DriveError>) throws(DriveError) -> R {
        let result: Result<R, DriveError> = state.withLock { state -> Result<R, DriveError> in
            if let obstacle = Self.obstacle(state) { return .failure(obstacle) }
            return body(&state)
        }
        return try result.get()
    }

    // MARK: Drive

    public func open(_ path: String, _ options: OpenOptions) async throws(DriveError) -> any DriveFile {
        let inode = try look { state -> Result<Int, DriveError> in
            if let inode = state.names[path] {
                return options.creation == .always ? .failure(.exists) : .success(inode)
            }
            guard options.creation != .never, state.folders.contains(Self.parent(path)) else {
                return .failure(.notFound)
            }
            let inode = state.nextInode
            state.nextInode += 1
            state.names[path] = inode
            state.contents[inode] = Contents()
            return .success(inode)
        }
        return SimulatedFile(drive: self, inode: inode, options: options)
    }

    public func list(_ folder: String) async throws(DriveError) -> [String] {
        try look { state -> Result<[String], DriveError> in
            guard state.folders.contains(folder) else { return .failure(.notFound) }
            let entries = Array(state.names.keys) + state.folders.filter { !$0.isEmpty }
            let names = entries.filter { Self.parent($0) == folder }.map { path in
                folder.isEmpty ? path : String(path.dropFirst(folder.count + 1))
            }
            return .success(names.sorted())
        }
    }

    public func makeFolder(_ path: String) async throws(DriveError) {
        try change { state -> Result<Void, DriveError> in
            guard !state.folders.contains(path) else { return .failure(.exists) }
            state.folders.insert(path)
            return .success(())
        }
    }

    public func rename(_ source: String, to target: String) async throws(DriveError) {
        try change { state -> Result<Void, DriveError> in
            guard let inode = state.names[source] else { return .failure(.notFound) }
            state.names[source] = nil
            state.names[target] = inode
            return .success(())
        }
    }

    public func remove(_ path: String) async throws(DriveError) {
        try change { state -> Result<Void, DriveError> in
            if state.names.removeValue(forKey: path) != nil || state.folders.remove(path) != nil { return .success(()) }
            return .failure(.notFound)
        }
    }

    public func syncFolder(_ path: String) async throws(DriveError) {
        try change { state -> Result<Void, DriveError> in
            for (name, inode) in state.names where Self.parent(name) == path { state.durableNames[name] = inode }
            for name in state.durableNames.keys where Self.parent(name) == path && state.names[name] == nil {
                state.durableNames[name] = nil
            }
            for folder in state.folders where Self.parent(folder) == path { state.durableFolders.insert(folder) }
            return .success(())
        }
    }

    public func space() async throws(DriveError) -> DriveSpace {
        DriveSpace(total: 1 << 40, available: 1 << 39)
    }

    // MARK: Files

    fileprivate func withContents<R: Sendable>(
        _ inode: Int, changes: Bool, _ body: (inout Contents) -> R
    ) throws(DriveError) -> R {
        func apply(_ state: inout State) -> Result<R, DriveError> {
            .success(body(&state.contents[inode, default: Contents()]))
        }
        return changes ? try change(apply) : try look(apply)
    }
}

private final class SimulatedFile: DriveFile {
    private let drive: SimulatedDrive
    private let inode: Int
    private let options: OpenOptions

    init(drive: SimulatedDrive, inode: Int, options: OpenOptions) {
        self.drive = drive
        self.inode = inode
        self.options = options
    }

    func read(into slice: IOSlice, at offset: UInt64) async throws(DriveError) -> Int {
        let bytes = try drive.withContents(inode, changes: false) { contents -> [UInt8] in
            guard Int(offset) < contents.current.count else { return [] }
            return Array(contents.current[Int(offset)..<min(contents.current.count, Int(offset) + slice.count)])
        }
        slice.prefix(bytes.count).withMutableBytes { $0.copyBytes(from: bytes) }
        return bytes.count
    }

    func readCached(into slice: IOSlice, at offset: UInt64) -> Int? { nil }

    func write(_ slices: [IOSlice], at offset: UInt64) async throws(DriveError) {
        if options.direct {
            let isAligned =
                offset.isMultiple(of: 4096)
                && slices.allSatisfy { $0.count.isMultiple(of: 4096) && $0.offset.isMultiple(of: 4096) }
            guard isAligned else { throw .system(22) }
        }
        let isDurable = options.durableWrites
        let bytes = slices.flatMap(\.bytes)
        // A crash may come in the middle of a synced write too: it is pending until the call has returned.
        try drive.withContents(inode, changes: true) { contents in
            contents.pending.append(SimulatedDrive.Write(offset: Int(offset), bytes: bytes))
            contents.current.place(bytes, at: Int(offset))
        }
        if isDurable { try await sync() }
    }

    func sync() async throws(DriveError) {
        try drive.withContents(inode, changes: true) { contents in
            contents.durable = contents.current
            contents.pending = []
        }
    }

    func size() async throws(DriveError) -> UInt64 {
        try drive.withContents(inode, changes: false) { UInt64($0.current.count) }
    }

    func extend(to size: UInt64) async throws(DriveError) {
        try drive.withContents(inode, changes: true) { contents in
            guard contents.current.count < Int(size) else { return }
            let zeros = [UInt8](repeating: 0, count: Int(size) - contents.current.count)
            contents.pending.append(SimulatedDrive.Write(offset: contents.current.count, bytes: zeros))
            contents.current += zeros
        }
    }

    func writeZeros(in range: Range<UInt64>) async throws(DriveError) {
        let zeros = [UInt8](repeating: 0, count: range.count)
        try drive.withContents(inode, changes: true) { contents in
            contents.pending.append(SimulatedDrive.Write(offset: Int(range.lowerBound), bytes: zeros))
            contents.current.place(zeros, at: Int(range.lowerBound))
        }
    }

    func truncate(to size: UInt64) async throws(DriveError) {
        try drive.withContents(inode, changes: true) { contents in
            contents.current = Array(contents.current.prefix(Int(size)))
            contents.pending = []
            contents.durable = Array(contents.durable.prefix(Int(size)))
        }
    }
}

extension [UInt8] {
    fileprivate mutating func place(_ bytes: [UInt8], at offset: Int) {
        if count < offset + bytes.count { append(contentsOf: repeatElement(0, count: offset + bytes.count - count)) }
        replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }
}

/// Runs work in place.
public struct InlineCompute: Compute {
    public init() {}
    public func run<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T { work() }
}
