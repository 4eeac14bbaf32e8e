public import Core

/// Why a configuration is refused. The description is what a person reads at start-up.
public enum ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Where a value was given.
    public enum Source: Equatable, Sendable, CustomStringConvertible {
        case flag(String)
        case environment(String)
        case file(String, JSONPosition?)

        public var description: String {
            switch self {
            case .flag(let name): name
            case .environment(let name): name
            case .file(let path, let position): position.map { "\(path), \($0)" } ?? path
            }
        }
    }

    /// A name that no setting has, and the nearest one that there is.
    case unknownName(String, nearest: String?, Source)
    case invalidValue(setting: String, reason: String, Source)
    case missingValue(Source)
    /// An argument that is neither a flag nor the value of one.
    case unexpectedArgument(String)
    case unreadableFile(String, reason: String)
    case malformedFile(String, JSONError)
    /// Two settings that do not fit together, or one that must be given.
    case inconsistent(String)

    public var description: String {
        switch self {
        case .unknownName(let name, let nearest, let source):
            "\(source): there is no setting \"\(name)\"" + (nearest.map { "; did you mean \"\($0)\"?" } ?? ".")
        case .invalidValue(let setting, let reason, let source): "\(source): \(setting) \(reason)"
        case .missingValue(let source): "\(source): a value is missing"
        case .unexpectedArgument(let argument): "unexpected argument \"\(argument)\""
        case .unreadableFile(let path, let reason): "\(path): cannot be read: \(reason)"
        case .malformedFile(let path, let error): "\(path), \(error)"
        case .inconsistent(let message): message
        }
    }
}
