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
