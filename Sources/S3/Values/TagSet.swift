/// A tag of an object or bucket.
public struct Tag: Hashable, Sendable {
    public var key: String
    public var value: String

    public init(_ key: String, _ value: String) {
        self.key = key
        self.value = value
    }
}

/// Tags with keys that differ, valid by the rules of S3: keys of 1 to 128 and values of up to 256 UTF-16 units; letters,
/// numbers, spaces and `_ . : / = + - @`; keys that do not begin with `aws:`; 10 of an object, 50 of a bucket.
///
/// Source: Amazon S3 User Guide, "Categorizing your objects using tags" (`object-tagging.html`), "Using cost allocation
/// S3 bucket tags" (`CostAllocTagging.html`).
public struct TagSet: Sendable, Equatable {
    public enum Holder: Sendable {
        case object, bucket

        public var maximumTags: Int {
            switch self {
            case .object: 10
            case .bucket: 50
            }
        }
    }

    public static let maximumKeyUnits = 128
    public static let maximumValueUnits = 256

    /// In the order in which they were given.
    public let tags: [Tag]

    public init() { tags = [] }

    /// - Throws: `BadRequest` if there are too many, `InvalidTag` for all else.
    public init(_ tags: [Tag], of holder: Holder) throws(S3Error) {
        guard tags.count <= holder.maximumTags else {
            switch holder {
            case .object: throw S3Error(.badRequest, "Object tags cannot be greater than \(holder.maximumTags)")
            case .bucket: throw S3Error(.badRequest, "Bucket tag count cannot be greater than \(holder.maximumTags)")
            }
        }
        var keys: Set<[UInt8]> = []
        for tag in tags {
            try Self.check(tag)
            guard keys.insert(Array(tag.key.utf8)).inserted else {
                throw Self.invalid("Cannot provide multiple Tags with the same key", "TagKey", tag.key)
            }
        }
        self.tags = tags
    }

    public var isEmpty: Bool { tags.isEmpty }

    private static func check(_ tag: Tag) throws(S3Error) {
        guard (1...maximumKeyUnits).contains(tag.key.utf16.count), tag.key.unicodeScalars.allSatisfy(isAllowed) else {
            throw invalid("The TagKey you have provided is invalid", "TagKey", tag.key)
        }
        guard tag.value.utf16.count <= maximumValueUnits, tag.value.unicodeScalars.allSatisfy(isAllowed) else {
            throw invalid("The TagValue you have provided is invalid", "TagValue", tag.value)
        }
        guard !tag.key.lowercased().hasPrefix("aws:") else {
            throw invalid("System tags cannot be added/updated by requester", "TagKey", tag.key)
        }
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber, .spaceSeparator, .lineSeparator, .paragraphSeparator:
            true
        default: "_.:/=+-@".unicodeScalars.contains(scalar)
        }
    }

    private static func invalid(_ message: String, _ name: String, _ value: String) -> S3Error {
        S3Error(.invalidTag, message, details: [S3Error.Detail(name, value)])
    }
}
