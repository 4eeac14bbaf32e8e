/// The header fields that are kept with an object and given back by GET and HEAD.
///
/// Source: Amazon S3 User Guide, "Working with object metadata" (`UsingMetadata.html`).
public struct ObjectMetadata: Sendable, Equatable {
    /// Names and values of user metadata together, in bytes.
    public static let maximumUserBytes = 2048

    /// A standard field that is stored as sent. The numbers are stable: they may be stored.
    public enum StandardField: UInt8, Sendable, CaseIterable {
        case contentType = 1
        case cacheControl = 2
        case contentDisposition = 3
        case contentEncoding = 4
        case contentLanguage = 5
        case expires = 6

        /// Lower case.
        public var headerName: String {
            switch self {
            case .contentType: "content-type"
            case .cacheControl: "cache-control"
            case .contentDisposition: "content-disposition"
            case .contentEncoding: "content-encoding"
            case .contentLanguage: "content-language"
            case .expires: "expires"
            }
        }

        /// The query parameter by which a GET asks for another value.
        var responseParameter: String { "response-\(headerName)" }
    }

    public struct StandardEntry: Sendable, Equatable {
        public var field: StandardField
        public var value: String

        public init(_ field: StandardField, _ value: String) {
            self.field = field
            self.value = value
        }
    }

    public struct UserEntry: Sendable, Equatable {
        /// Lower case, without `x-amz-meta-`.
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// In the order of `StandardField`, each at most once.
    public var standard: [StandardEntry]
    /// In the order in which they came; values of one name are joined by commas.
    public var user: [UserEntry]

    public init(standard: [StandardEntry] = [], user: [UserEntry] = []) {
        self.standard = standard
        self.user = user
    }

    /// What AWS gives back when a PUT named no type.
    public static let defaultContentType = "binary/octet-stream"

    public subscript(_ field: StandardField) -> String? { standard.first { $0.field == field }?.value }
}
