/// A query as it was written: the tree of the language that QueryLanguage.md describes. Fields are known and the forms of
/// their values are checked; what depends on the asking user, on the time or on a bucket's declarations is not decided
/// before `normalised`.
public struct Query: Sendable, Equatable {
    public indirect enum Node: Sendable, Equatable {
        /// `*`, or a query without anything.
        case everything
        /// Two or more.
        case and([Node])
        case or([Node])
        case not(Node)
        /// By 0.001 to 1,000.
        case boost(Node, Double)
        case text(Text, QueryPlace)
        case field(QueryField, Test, QueryPlace)
    }

    /// Words to be found.
    public enum Text: Sendable, Equatable {
        case word(String)
        case prefix(String)
        /// `*` and `?`; a backslash before one of them or before itself takes it as it is.
        case wildcard(String)
        /// 1 or 2; nil: 1 for words of up to five characters, else 2.
        case fuzzy(String, distance: Int?)
        /// What stands between the quotes, and how far its words may be off, 0 to 9.
        case phrase(String, slop: Int, endsInPrefix: Bool)
    }

    /// What is asked of a field.
    public enum Test: Sendable, Equatable {
        /// `field:*`
        case exists
        /// `field=value`
        case exact(String)
        /// `field:IN(value, value)`
        case oneOf([String])
        case text(Text)
        /// `field:>value`; of fields with an order.
        case compare(Comparison, String)
        /// `field:a..b`, `field:[a TO b}`; nil: open.
        case range(lower: Bound?, upper: Bound?)
    }

    public enum Comparison: String, Sendable, Equatable, CaseIterable {
        case greaterOrEqual = ">="
        case lessOrEqual = "<="
        case greater = ">"
        case less = "<"
    }

    public struct Bound: Sendable, Equatable {
        public var value: String
        public var isIncluded: Bool
        public init(_ value: String, isIncluded: Bool = true) {
            self.value = value
            self.isIncluded = isIncluded
        }
    }

    public var root: Node

    public init(_ root: Node) { self.root = root }

    /// Reads a query. An empty one, or white space, asks for everything.
    public init(parsing text: String) throws(QueryError) { try self.init(parsing: Array(text.utf8)) }

    /// - Parameter utf8: bytes as they came; what is no UTF-8 is an error.
    public init(parsing utf8: [UInt8]) throws(QueryError) {
        var parser = QueryParser(utf8)
        root = try parser.query()
    }
}

/// What a query can ask about.
public enum QueryField: Sendable, Equatable, Hashable {
    case bucket
    /// Words of the key, or the key as a whole.
    case key
    /// Beginnings of the key.
    case path
    /// The key's last component.
    case name
    case fileExtension
    case contentType
    case size
    case modified
    case owner
    case storageClass
    case entityTag
    case version
    case metadata(MetadataName)

    /// How the values of a field are compared.
    enum Kind {
        case words, keyword, keyPrefix, size, date
        /// By the declaration of its bucket.
        case declared
    }

    var kind: Kind {
        switch self {
        case .key, .name: .words
        case .bucket, .fileExtension, .contentType, .owner, .storageClass, .entityTag, .version: .keyword
        case .path: .keyPrefix
        case .size: .size
        case .modified: .date
        case .metadata: .declared
        }
    }

    /// As it is written in a query, where that needs no quotes.
    public var name: String {
        switch self {
        case .bucket: "bucket"
        case .key: "key"
        case .path: "path"
        case .name: "name"
        case .fileExtension: "ext"
        case .contentType: "type"
        case .size: "size"
        case .modified: "modified"
        case .owner: "owner"
        case .storageClass: "class"
        case .entityTag: "etag"
        case .version: "version"
        case .metadata(let metadata): (metadata.source == .tag ? "tag." : "meta.") + metadata.name
        }
    }

    static let builtIn: [QueryField] = [
        .bucket, .key, .path, .name, .fileExtension, .contentType, .size, .modified, .owner, .storageClass, .entityTag,
        .version,
    ]

    /// For the list of what could have been meant.
    static let names = builtIn.map(\.name) + ["created", "meta.NAME", "tag.NAME"]

    /// nil if there is no field of this name.
    init?(_ name: String) {
        if name == "created" {
            self = .modified
        } else if let field = Self.builtIn.first(where: { $0.name == name }) {
            self = field
        } else if name.hasPrefix("meta."), name.utf8.count > 5 {
            self = .metadata(MetadataName(.userMetadata, name.dropFirst(5).lowercased()))
        } else if name.hasPrefix("tag."), name.utf8.count > 4 {
            self = .metadata(MetadataName(.tag, String(name.dropFirst(4))))
        } else {
            return nil
        }
    }
}
