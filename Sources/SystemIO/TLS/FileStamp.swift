internal import Glibc

/// Tells whether two files were replaced or written to: device, inode, size and time of change of each.
struct FileStamp: Sendable, Equatable {
    private var facts: [Int64] = []

    init(_ paths: String...) {
        for path in paths {
            var information = stat()
            guard stat(path, &information) == 0 else {
                facts.append(-1)
                continue
            }
            facts += [
                Int64(bitPattern: UInt64(information.st_dev)), Int64(bitPattern: UInt64(information.st_ino)),
                Int64(information.st_size), Int64(information.st_mtim.tv_sec), Int64(information.st_mtim.tv_nsec),
            ]
        }
    }
}
