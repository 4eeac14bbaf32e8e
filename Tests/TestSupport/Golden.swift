private import Glibc

/// Bytes that `Tests/Golden/make.py` wrote from the format pages, without this program.
public enum Golden {
    /// A line of `values.txt`.
    public static func value(_ name: String) -> [UInt8] {
        for line in String(decoding: file("values.txt"), as: UTF8.self).split(separator: "\n") {
            guard let equals = line.firstRange(of: " = "), line[..<equals.lowerBound] == name else { continue }
            let digits = Array(line[equals.upperBound...].utf8)
            return stride(from: 0, to: digits.count, by: 2).map { place in
                UInt8(String(decoding: digits[place..<place + 2], as: UTF8.self), radix: 16) ?? 0
            }
        }
        return []
    }

    /// A whole file; empty if there is none.
    public static func file(_ name: String) -> [UInt8] {
        let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        guard let file = fopen("/\(folder)/Golden/\(name)", "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }
}
