import Core
import Glibc

/// What the kernel says about the server's process; nothing if it runs on another machine.
struct ServerProcess: Sendable {
    let pid: Int32

    init(pid: Int32) { self.pid = pid }

    /// The process that listens on a TCP port of this machine. Only the root user sees those of others.
    init?(listeningOn port: UInt16) {
        let suffix = ":" + hexadecimal(UInt64(port), digits: 4)
        var sockets: Set<String> = []
        for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
            for line in readText(table).split(separator: "\n").dropFirst() {
                let columns = line.split(separator: " ", omittingEmptySubsequences: true)
                // 0A is TCP_LISTEN.
                guard columns.count > 9, columns[1].hasSuffix(suffix), columns[3] == "0A" else { continue }
                sockets.insert("socket:[\(columns[9])]")
            }
        }
        guard !sockets.isEmpty,
            let found = listFolder("/proc").compactMap({ Int32($0) }).first(where: { pid in
                listFolder("/proc/\(pid)/fd").contains { sockets.contains(readLink("/proc/\(pid)/fd/\($0)")) }
            })
        else { return nil }
        pid = found
    }

    /// User and system time of all its threads, in seconds; a tick is 10 ms.
    var processorSeconds: Double {
        let text = readText("/proc/\(pid)/stat")
        guard let end = text.lastIndex(of: ")") else { return 0 }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Resident memory in bytes.
    var residentBytes: Int {
        for line in readText("/proc/\(pid)/status").split(separator: "\n") where line.hasPrefix("VmRSS:") {
            let digits = line.filter { $0.isNumber }
            return (Int(digits) ?? 0) << 10
        }
        return 0
    }

    /// Of this program.
    static var ownProcessorSeconds: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}

func readText(_ path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16 << 10)
    while true {
        let count = fread(&chunk, 1, chunk.count, file)
        if count == 0 { return String(decoding: bytes, as: UTF8.self) }
        bytes += chunk[..<count]
    }
}

func listFolder(_ path: String) -> [String] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        names.append(
            withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
    return names.filter { $0 != "." && $0 != ".." }
}

private func readLink(_ path: String) -> String {
    var bytes = [CChar](repeating: 0, count: 256)
    let count = readlink(path, &bytes, bytes.count)
    return count > 0 ? String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : ""
}

private func hexadecimal(_ value: UInt64, digits: Int) -> String {
    let text = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
}
