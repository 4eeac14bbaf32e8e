/// A line of the log: a message for people, and fields for machines.
public struct LogLine: Sendable {
    public enum Level: String, Sendable, Comparable, CaseIterable {
        case debug, info, warning, error
        public static func < (left: Level, right: Level) -> Bool {
            (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
        }
    }
    public var level: Level
    public var message: String
    public var fields: [(name: String, value: String)]
}

/// Where log lines go. The programs write them as JSON, or plainly on a terminal; tests collect them.
public struct Log: Sendable {
    private let minimum: LogLine.Level
    private let sink: @Sendable (LogLine) -> Void

    public init(minimum: LogLine.Level = .info, _ sink: @escaping @Sendable (LogLine) -> Void) {
        self.minimum = minimum
        self.sink = sink
    }

    /// Discards everything.
    public static let none = Log(minimum: .error) { _ in }

    public func write(
        _ level: LogLine.Level, _ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:]
    ) {
        guard level >= minimum else { return }
        sink(LogLine(level: level, message: message(), fields: fields.map { (name: $0.key, value: $0.value) }))
    }

    public func info(_ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:]) {
        write(.info, message(), fields)
    }
    public func warning(_ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:]) {
        write(.warning, message(), fields)
    }
    public func error(_ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:]) {
        write(.error, message(), fields)
    }
}
