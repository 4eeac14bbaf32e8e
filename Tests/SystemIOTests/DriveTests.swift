import Core
import SystemIO
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A fresh folder on the disk that holds the build, gone when `body` returns. Not under /tmp, which may be memory without
/// O_DIRECT.
func withFolder<R>(_ body: (String) async throws -> R) async throws -> R {
    var template = Array("./.build/drive-test-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in
        buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
    }
    let path = try #require(made)
    let result: Result<R, any Error>
    do { result = .success(try await body(path)) } catch { result = .failure(error) }
    removeTree(path)
    return try result.get()
}

private func removeTree(_ path: String) {
    if let stream = opendir(path) {
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { removeTree(path + "/" + name) }
        }
        closedir(stream)
    }
    remove(path)
}

@Suite struct DriveTests {
    private static func file(
        _ drive: FolderDrive, _ path: String = "file", lane: DriveLane = .general
    ) async throws -> any DriveFile {
        try await drive.open(path, OpenOptions(writable: true, creation: .ifMissing, lane: lane))
    }

    @Test func directSynchronousWritesComeBack() async throws {
        try await withFolder { path in
            let drive = try FolderDrive(path: path)
            let file = try await drive.open(
                "volume",
                OpenOptions(writable: true, creation: .always, direct: true, durableWrites: true, lane: .volume))
            try await file.extend(to: 1 << 20)
            #expect(try await file.size() == 1 << 20)
            let first = IOSlice(copying: [UInt8](repeating: 7, count: 8192))
            let second = IOSlice(copying: [UInt8](repeating: 9, count: 4096))
            try await file.write([first, second], at: 4096)
            let read = IOBuffer(capacity: 16384)
            #expect(try await file.read(into: read.all, at: 0) == 16384)
            #expect(read.slice(0..<4096).bytes.allSatisfy { $0 == 0 })
            #expect(read.slice(4096..<12288).bytes == first.bytes)
            #expect(read.slice(12288..<16384).bytes == second.bytes)
        }
    }

    @Test func readingStopsAtTheEndOfTheFile() async throws {
        try await withFolder { path in
            let drive = try FolderDrive(path: path)
            let file = try await Self.file(drive)
            try await file.write([IOSlice(copying: Array("hello".utf8))], at: 0)
            #expect(try await file.read(count: 100, at: 0) == Array("hello".utf8))
            #expect(try await file.read(count: 2, at: 1) == Array("el".utf8))
            #expect(try await file.read(count: 100, at: 5).isEmpty)
            try await file.truncate(to: 3)
            #expect(try await file.size() == 3)
            try await file.sync()
            let direct = try await drive.open("file", OpenOptions(direct: true))
            #expect(try await direct.read(count: 4096, at: 0) == Array("hel".utf8))
        }
    }

    @Test func moreSlicesThanOneCallTakes() async throws {
        try await withFolder { path in
            let drive = try FolderDrive(path: path)
            let file = try await Self.file(drive)
            let buffer = IOBuffer(capacity: 3000 * 7)
            buffer.withMutableBytes { bytes in
                for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: index / 7) }
            }
            let slices = (0..<3000).map { buffer.slice($0 * 7..<$0 * 7 + 7) } + [buffer.slice(0..<0)]
            try await file.write(slices, at: 5)
            #expect(try await file.size() == 5 + 21_000)
            #expect(try await file.read(count: 21_000, at: 5) == buffer.slice(0..<21_000).bytes)
        }
    }

    @Test func zerosAreWrittenOverWhatWasThere() async throws {
        try await withFolder { path in
            let drive = try FolderDrive(path: path)
            let file = try await drive.open(
                "segment", OpenOptions(writable: true, creation: .always, direct: true, lane: .journal))
            let ones = IOBuffer(capacity: 9 << 20)
            ones.withMutableBytes { _ = $0.initializeMemory(as: UInt8.self, repeating: 1) }
            try await file.write([ones.all], at: 0)
            try await file.writeZeros(in: 4096..<(9 << 20) - 4096)
            let bytes = try await file.read(count: 9 << 20, at: 0)
            #expect(bytes[..<4096].allSatisfy { $0 == 1 } && bytes[(9 << 20) - 4096..<9 << 20].allSatisfy { $0 == 1 })
            #expect(bytes[4096..<(9 << 20) - 4096].allSatisfy { $0 == 0 })
        }
    }

    @Test func cachedReadsGiveBytesOrNothing() async throws {
        try await withFolder { path in
            let drive = try FolderDrive(path: path)
            let file = try await Self.file(drive)
            try await file.write([IOSlice(copying: [UInt8](repeating: 5, count: 100_000))], at: 0)
            let buffer = IOBuffer(capacity: 100_000)
            // Just written: in the page cache.
            let count = try #require(file.readCached(into: buffer.slice(0..<100_000), at: 0))
            #expect(count > 0 && buffer.slice(0..<count).bytes.allSatisfy { $0 == 5 })
            drive.close()
            #expect(file.readCached(into: buffer.slice(0..<100_000), at: 0) == nil)
        }
    }

    @Test func namesAndFolders() async throws {
        try await withFolder { path in
            let drive = try FolderDrive(path: path)
            #expect(try await drive.list("").isEmpty)
            try await drive.makeFolder("volumes")
            await #expect(throws: DriveError.exists) { try await drive.makeFolder("volumes") }
            for name in ["b", "a", "B", "é", "a.new"] { _ = try await Self.file(drive, "volumes/" + name) }
            try await drive.syncFolder("volumes")
            #expect(try await drive.list("volumes") == ["B", "a", "a.new", "b", "é"])
            try await drive.rename("volumes/a", to: "volumes/b")
            try await drive.remove("volumes/é")
            #expect(try await drive.list("volumes") == ["B", "a.new", "b"])
            await #expect(throws: DriveError.notFound) { try await drive.remove("volumes/é") }
            await #expect(throws: DriveError.notFound) { _ = try await drive.open("volumes/x", OpenOptions()) }
            await #expect(throws: DriveError.notFound) { _ = try await drive.list("nothing") }
            await #expect(throws: DriveError.exists) {
                _ = try await drive.open("volumes/b", OpenOptions(writable: true, creation: .always))
            }
            let space = try await drive.space()
            #expect(space.total > 0 && space.available <= space.total)
            try await drive.replaceFile("directory", with: Array("one".utf8))
            try await drive.replaceFile("directory", with: Array("2".utf8))
            #expect(try await drive.readFile("directory") == Array("2".utf8))
            #expect(try await drive.list("") == ["directory", "volumes"])
        }
    }

    @Test func aFileStaysReadableAfterItsRemoval() async throws {
        try await withFolder { path in
            let drive = try FolderDrive(path: path)
            let file = try await Self.file(drive)
            try await file.write([IOSlice(copying: [1, 2, 3])], at: 0)
            try await drive.remove("file")
            #expect(try await file.read(count: 10, at: 0) == [1, 2, 3])
        }
    }

    @Test func aMissingFolderIsNoDrive() {
        #expect(throws: DriveError.notFound) { _ = try FolderDrive(path: "/no/such/folder") }
    }

    @Test func aSecondProcessFindsTheDriveLocked() async throws {
        try await withFolder { path in
            let drive = try FolderDrive(path: path)
            try await drive.lock()
            let other = try FolderDrive(path: path)
            await #expect(throws: DriveError.locked) { try await other.lock() }
            drive.close()
            try await other.lock()
        }
    }
}
