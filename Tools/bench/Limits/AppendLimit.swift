import Core
import Glibc
import SystemIO

/// Appends as a store makes them, and nothing else: every object's bytes go to each of a number of files, O_DIRECT and
/// O_DSYNC over zeroed blocks, one write under way per file; what comes meanwhile makes the next group.
struct AppendLimit: Sendable {
    private let machine: Machine
    private let folder: String
    private let files: Int
    private let dataFiles: Int
    private let objectBytes: Int

    private static let fileBytes: UInt64 = 256 << 20
    private static let groupBytes = 4 << 20
    /// A journal entry or fragment has a head of about that much.
    private static let headBytes = 256

    init(_ machine: Machine, folder: String, files: Int, dataFiles: Int, objectBytes: Int) {
        self.machine = machine
        self.folder = folder
        self.files = files
        self.dataFiles = dataFiles
        self.objectBytes = objectBytes
    }

    private struct Append: Sendable {
        var slice: IOSlice
        var done: OneShot<Bool>
    }

    func measure(concurrency: Int, _ duration: TimeSpan) async throws(DriveError) -> LimitResult {
        mkdir(folder, 0o755)
        defer { removeFolder(folder) }
        var lanes: [(file: any DriveFile, queue: Mailbox<Append>)] = []
        for number in 0..<files {
            let path = "\(folder)/\(number)"
            mkdir(path, 0o755)
            let drive = try FolderDrive(path: path)
            let file = try await drive.open(
                "log",
                OpenOptions(writable: true, creation: .ifMissing, direct: true, durableWrites: false, lane: .volume))
            try await file.writeZeros(in: 0..<Self.fileBytes)
            try await file.sync()
            let synced = try await drive.open(
                "log", OpenOptions(writable: true, direct: true, durableWrites: true, lane: .volume))
            lanes.append((synced, Mailbox()))
        }
        let length = ((objectBytes + dataFiles - 1) / dataFiles + Self.headBytes + 4095) & ~4095
        let queues = lanes.map(\.queue)
        let clock = machine.clock
        let counter = Counter()
        let start = clock.now
        let deadline = start + duration
        let loops = machine.loops.loops
        let hasFailed = await withTaskGroup(of: Bool.self) { group in
            for (number, lane) in lanes.enumerated() {
                group.addTask(executorPreference: loops[number % loops.count]) {
                    await Self.write(lane.queue, to: lane.file)
                }
            }
            await withTaskGroup(of: Void.self) { clients in
                for number in 0..<concurrency {
                    clients.addTask(executorPreference: loops[number % loops.count]) {
                        let buffer = IOBuffer(capacity: length)
                        buffer.withMutableBytes { _ = $0.initializeMemory(as: UInt8.self, repeating: 0xA5) }
                        while clock.now < deadline {
                            let appends = queues.map { queue in
                                let append = Append(slice: buffer.slice(0..<length), done: OneShot())
                                queue.send(append)
                                return append
                            }
                            for append in appends { guard await append.done.value() else { return } }
                            _ = counter.next()
                        }
                    }
                }
            }
            for queue in queues { queue.close() }
            return await group.reduce(false) { $0 || !$1 }
        }
        let seconds = clock.now.since(start).secondsAsDouble
        let name = "appends to \(files) files, \(length >> 10) KiB each, synced"
        guard !hasFailed else {
            return LimitResult(name: name, operationsPerSecond: 0, mebibytesPerSecond: 0, note: "a write failed")
        }
        let operations = Double(counter.next())
        return LimitResult(
            name: name, operationsPerSecond: operations / seconds,
            mebibytesPerSecond: operations * Double(objectBytes) / seconds / 1_048_576)
    }

    /// Returns false after a write that failed.
    private static func write(_ queue: Mailbox<Append>, to file: any DriveFile) async -> Bool {
        var position: UInt64 = 0
        var isGood = true
        while let batch = await queue.receive() {
            var rest = batch[...]
            while !rest.isEmpty {
                var group: [Append] = []
                var bytes = 0
                while let next = rest.first, group.isEmpty || bytes + next.slice.count <= groupBytes {
                    group.append(next)
                    bytes += next.slice.count
                    rest.removeFirst()
                }
                if position + UInt64(bytes) > fileBytes { position = 0 }
                do throws(DriveError) {
                    try await file.write(group.map(\.slice), at: position)
                } catch {
                    isGood = false
                }
                position += UInt64(bytes)
                for append in group { append.done.send(isGood) }
            }
        }
        return isGood
    }
}

/// A folder with everything in it.
func removeFolder(_ path: String) {
    for name in listFolder(path) { removeFolder(path + "/" + name) }
    remove(path)
}
