import Core
import Directory
import FragmentStore
import Journal
import KeyValue
import Metadata
import SystemIO

/// Errors in words, for the person who starts the program or reads its status.
enum ErrorText {
    static func of(_ error: any Error) -> String {
        switch error {
        case let error as DriveError: of(error)
        case let error as TransportError: of(error)
        case let error as JournalError: of(error)
        case let error as FragmentError: of(error)
        case let error as CodecError: of(error)
        case let error as RowError: of(error)
        case KeyValueError.failed(let message): message
        case ConfigError.readOnly(let reason): "the directory is read-only: \(reason)"
        case ConfigError.unavailable(let reason): "the directory cannot be used: \(reason)"
        default: "\(error)"
        }
    }

    static func of(_ error: DriveError) -> String {
        switch error {
        case .notFound: "no such file or folder"
        case .exists: "it exists already"
        case .noSpace: "no space left on device"
        case .permissionDenied: "permission denied"
        case .inputOutput(let code), .system(let code): SystemErrorText.of(code)
        case .closed: "the drive was given up"
        case .late: "the drive does not answer in time"
        case .locked: "in use by another process"
        }
    }

    static func of(_ error: TransportError) -> String {
        switch error {
        case .closed: "the connection was closed"
        case .timedOut: "it took too long"
        case .refused: "connection refused"
        case .unreachable(let message), .tls(let message): message
        case .system(let code): SystemErrorText.of(code)
        case .cancelled: "it was cancelled"
        }
    }

    private static func of(_ error: JournalError) -> String {
        switch error {
        case .failed(let error): "journal: \(of(error))"
        case .refused(let reason): "journal: \(reason)"
        case .damaged(let what): "the journal is damaged: \(what)"
        case .closed, .missing: "journal: \(error)"
        }
    }

    private static func of(_ error: FragmentError) -> String {
        switch error {
        case .failed(let error): "volumes: \(of(error))"
        case .indexFailed(let message): "fragment index: \(message)"
        case .refused(let reason): "volumes: \(reason)"
        case .missing, .damaged, .full, .closed: "volumes: \(error)"
        }
    }

    private static func of(_ error: CodecError) -> String {
        switch error {
        case .truncated: "it ends too early"
        case .invalid(let field): "its \(field) is wrong"
        case .newerVersion(let version): "format \(version) is newer than this program"
        }
    }

    private static func of(_ error: RowError) -> String {
        switch error {
        case .store(let error): of(error as any Error)
        case .undecodable(let error): "a row cannot be read: \(of(error))"
        }
    }
}
