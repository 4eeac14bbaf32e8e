import Core
import Glibc
import Node
import SystemIO

/// Writes log lines to standard error: plain on a terminal, one JSON object a line otherwise.
enum LogOutput {
    static func log(_ configuration: Configuration) -> Log {
        let isPlain =
            switch configuration.logFormat {
            case .plain: true
            case .json: false
            case .automatic: isatty(2) == 1
            }
        return Log(minimum: configuration.logLevel) { line in
            var text = isPlain ? plain(line) : json(line)
            // One write a line, so that lines of several threads do not mix.
            text.withUTF8 { _ = write(2, $0.baseAddress, $0.count) }
        }
    }

    private static func plain(_ line: LogLine) -> String {
        var text = "\(time()) \(line.level.rawValue.uppercased()) \(line.message)"
        for field in line.fields { text += " \(field.name)=\(field.value)" }
        return text + "\n"
    }

    private static func json(_ line: LogLine) -> String {
        var members: JSONObject = [
            "time": .string(time()), "level": .string(line.level.rawValue), "message": .string(line.message),
        ]
        for field in line.fields { members[field.name] = .string(field.value) }
        return JSONValue.object(members).text() + "\n"
    }

    /// RFC 3339 in UTC, with milliseconds.
    private static func time() -> String {
        var moment = timespec()
        clock_gettime(CLOCK_REALTIME, &moment)
        var parts = tm()
        gmtime_r(&moment.tv_sec, &parts)
        func padded(_ number: some BinaryInteger, _ width: Int) -> String {
            let digits = "\(number)"
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(padded(parts.tm_year + 1900, 4))-\(padded(parts.tm_mon + 1, 2))-\(padded(parts.tm_mday, 2))"
            + "T\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2)):\(padded(parts.tm_sec, 2))"
            + ".\(padded(moment.tv_nsec / 1_000_000, 3))Z"
    }
}
