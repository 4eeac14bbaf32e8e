internal import CLinux
internal import Core
internal import Glibc

/// An open file of a `FolderDrive`.
final class FolderFile: DriveFile {
    private let descriptor: Int32
    private let readers: DriveQueue
    private let writer: DriveQueue
    private let faults: DriveFaults?
    private let isImpatient: Bool
    /// Set for the impatient side of another file, which owns the descriptor.
    private let owner: FolderFile?

    private static let vectorsPerCall = 1024
    /// Zeros are written in calls of this size, so that others on the lane get their turn in between.
    private static let zeroPieceBytes: UInt64 = 4 << 20

    init(_ descriptor: Int32, readers: DriveQueue, writer: DriveQueue, faults: DriveFaults?, isImpatient: Bool) {
        self.descriptor = descriptor
        self.readers = readers
        self.writer = writer
        self.faults = faults
        self.isImpatient = isImpatient
        self.owner = nil
    }

    private init(impatientSideOf file: FolderFile) {
        descriptor = file.descriptor
        readers = file.readers
        writer = file.writer
        faults = file.faults
        isImpatient = true
        owner = file
    }

    var impatient: any DriveFile { isImpatient ? self : FolderFile(impatientSideOf: self) }

    // Every call under way holds the file, so none uses the number any more. Closing can block (the blocks of a removed
    // file are freed then), so it happens on a reader's thread. On a closed drive the descriptor is given back here.
    deinit {
        guard owner == nil else { return }
        let descriptor = descriptor
        if !readers.submit(DriveErrand { Glibc.close(descriptor) }) { Glibc.close(descriptor) }
    }

    func read(into slice: IOSlice, at offset: UInt64) async throws(DriveError) -> Int {
        try await perform(.reads, on: readers) { file in
            var done = 0
            while done < slice.count {
                let part = slice.dropFirst(done)
                let count = part.withMutableBytes { bytes in
                    retryingInterrupts { pread(file.descriptor, bytes.baseAddress, bytes.count, off_t(offset) + done) }
                }
                guard count >= 0 else { return driveFailure() }
                done += count
                // A direct read that ends off a sector boundary has reached the end of the file.
                if count == 0 || count % 512 != 0 { break }
            }
            return .success(done)
        }
    }

    func readCached(into slice: IOSlice, at offset: UInt64) -> Int? {
        guard !readers.isClosed, faults?.strikes(.reads) != true else { return nil }
        let count = slice.withMutableBytes { roost_read_cached(descriptor, $0.baseAddress, $0.count, offset) }
        return count >= 0 ? Int(count) : nil
    }

    func write(_ slices: [IOSlice], at offset: UInt64) async throws(DriveError) {
        try await perform(.writes, on: writer) { $0.writeAll(slices, at: offset) }
    }

    func sync() async throws(DriveError) {
        try await perform(.syncs, on: writer) { file in
            fdatasync(file.descriptor) == 0 ? .success(()) : driveFailure()
        }
    }

    func size() async throws(DriveError) -> UInt64 {
        try await perform(.names, on: readers) { $0.currentSize() }
    }

    func extend(to size: UInt64) async throws(DriveError) {
        try await perform(.writes, on: writer) { file in
            if retryingInterrupts({ roost_allocate(file.descriptor, 0, size) }) == 0 { return .success(()) }
            guard errno == EOPNOTSUPP || errno == ENOSYS else { return driveFailure() }
            // The filesystem cannot allocate ahead: at least the size is right, as a hole.
            switch file.currentSize() {
            case .failure(let error): return .failure(error)
            case .success(let current) where current >= size: return .success(())
            case .success: return ftruncate(file.descriptor, off_t(size)) == 0 ? .success(()) : driveFailure()
            }
        }
    }

    func writeZeros(in range: Range<UInt64>) async throws(DriveError) {
        var start = range.lowerBound
        while start < range.upperBound {
            let offset = start
            let length = min(Self.zeroPieceBytes, range.upperBound - start)
            try await perform(.writes, on: writer) { file in
                let zeros = Self.zeros
                var slices: [IOSlice] = []
                var left = Int(length)
                while left > 0 {
                    slices.append(zeros.prefix(left))
                    left -= slices[slices.count - 1].count
                }
                return file.writeAll(slices, at: offset)
            }
            start += length
        }
    }

    func truncate(to size: UInt64) async throws(DriveError) {
        try await perform(.writes, on: writer) { file in
            retryingInterrupts { ftruncate(file.descriptor, off_t(size)) } == 0 ? .success(()) : driveFailure()
        }
    }

    /// Shared by all files, and never written to.
    private static let zeros: IOSlice = {
        let buffer = IOBuffer(capacity: 256 << 10)
        buffer.withMutableBytes { _ = $0.initializeMemory(as: UInt8.self, repeating: 0) }
        return buffer.all
    }()

    private func perform<Value: Sendable>(
        _ operation: DriveFaults.Operations, on queue: DriveQueue,
        _ body: @escaping @Sendable (FolderFile) -> Result<Value, DriveError>
    ) async throws(DriveError) -> Value {
        try await queue.run(isImpatient: isImpatient) { [self] in
            if let code = faults?.strike(operation) { return .failure(DriveError(errno: code)) }
            return body(self)
        }
    }

    // MARK: On the drive's threads

    private func currentSize() -> Result<UInt64, DriveError> {
        var information = stat()
        return fstat(descriptor, &information) == 0 ? .success(UInt64(information.st_size)) : driveFailure()
    }

    /// As few pwritev calls as possible: one, unless there are very many slices or the kernel takes only a part.
    private func writeAll(_ slices: [IOSlice], at offset: UInt64) -> Result<Void, DriveError> {
        var position = offset
        var index = 0
        var skipped = 0
        while index < slices.count {
            let written = write(slices, from: index, skipped, at: position)
            guard written >= 0 else { return driveFailure() }
            position += UInt64(written)
            var left = written
            while index < slices.count, left >= slices[index].count - skipped {
                left -= slices[index].count - skipped
                index += 1
                skipped = 0
            }
            skipped += left
            // No progress and no error: nothing that a regular file should do, and no reason to try for ever.
            if written == 0, index < slices.count { return .failure(.inputOutput(EIO)) }
        }
        return .success(())
    }

    private func write(_ slices: [IOSlice], from first: Int, _ skipped: Int, at position: UInt64) -> Int {
        let count = min(slices.count - first, Self.vectorsPerCall)
        return withUnsafeTemporaryAllocation(of: iovec.self, capacity: count) { vectors in
            for place in 0..<count {
                slices[first + place].withMutableBytes { bytes in
                    let start = place == 0 ? skipped : 0
                    // Safe: `slices` keeps the buffers alive beyond this call, and a buffer never moves.
                    vectors[place] = iovec(iov_base: bytes.baseAddress.map { $0 + start }, iov_len: bytes.count - start)
                }
            }
            return Int(
                retryingInterrupts { roost_writev_at(descriptor, vectors.baseAddress, Int32(count), position) })
        }
    }
}
