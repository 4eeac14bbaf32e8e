public import Core

/// The value of an If-Match or If-None-Match field.
///
/// Source: RFC 9110, sections 8.8.3 and 13.1.1–13.1.2.
public enum EntityTagCondition: Sendable, Equatable {
    /// `*`: there is an object.
    case any
    /// One of these tags, without quotes; the weak ones have lost their `W/`.
    case tags([EntityTag])

    /// AWS takes tags with and without quotes.
    /// - Throws: `InvalidArgument` if a quote is not closed or there is no tag.
    public init(_ value: String, header: String) throws(S3Error) {
        let text = value.trimmingSpaces
        if text == "*" {
            self = .any
            return
        }
        var tags: [EntityTag] = []
        for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
            var tag = String(piece).trimmingSpaces
            if tag.hasPrefix("W/") { tag.removeFirst(2) }
            if tag.hasPrefix("\"") {
                guard tag.utf8.count >= 2, tag.hasSuffix("\"") else {
                    throw .invalidArgument("The entity tag is malformed.", name: header, value: value)
                }
                tag = String(tag.dropFirst().dropLast())
            }
            guard !tag.contains("\"") else {
                throw .invalidArgument("The entity tag is malformed.", name: header, value: value)
            }
            if !tag.isEmpty { tags.append(EntityTag(text: tag)) }
        }
        guard !tags.isEmpty else {
            throw .invalidArgument("The entity tag is malformed.", name: header, value: value)
        }
        self = .tags(tags)
    }

    public func matches(_ tag: EntityTag) -> Bool {
        switch self {
        case .any: true
        case .tags(let tags): tags.contains(tag)
        }
    }
}

/// The preconditions of a GET or HEAD.
public struct ReadConditions: Sendable, Equatable {
    public enum Outcome: Sendable, Equatable {
        case proceed
        /// Answer 304 with the object's headers and no body.
        case notModified
        /// Answer 412; the name of the field that failed.
        case failed(String)
    }

    public var ifMatch: EntityTagCondition?
    public var ifNoneMatch: EntityTagCondition?
    public var ifModifiedSince: WallTime?
    public var ifUnmodifiedSince: WallTime?

    public init(
        ifMatch: EntityTagCondition? = nil, ifNoneMatch: EntityTagCondition? = nil, ifModifiedSince: WallTime? = nil,
        ifUnmodifiedSince: WallTime? = nil
    ) {
        self.ifMatch = ifMatch
        self.ifNoneMatch = ifNoneMatch
        self.ifModifiedSince = ifModifiedSince
        self.ifUnmodifiedSince = ifUnmodifiedSince
    }

    public var isEmpty: Bool { self == ReadConditions() }

    /// The order of RFC 9110, section 13.2.2: If-Match, else If-Unmodified-Since; then If-None-Match, else
    /// If-Modified-Since. Times are compared in whole seconds, as the fields carry no more.
    public func evaluate(tag: EntityTag, lastModified: WallTime) -> Outcome {
        if let ifMatch {
            if !ifMatch.matches(tag) { return .failed("If-Match") }
        } else if let ifUnmodifiedSince, lastModified.seconds > ifUnmodifiedSince.seconds {
            return .failed("If-Unmodified-Since")
        }
        if let ifNoneMatch {
            if ifNoneMatch.matches(tag) { return .notModified }
        } else if let ifModifiedSince, lastModified.seconds <= ifModifiedSince.seconds {
            return .notModified
        }
        return .proceed
    }
}

/// The precondition of a write. It is decided where the write is applied, in log order.
///
/// Source: Amazon S3 User Guide, "Conditional writes" (`conditional-writes.html`).
public enum WriteCondition: Sendable, Equatable {
    case none
    /// `If-None-Match: *`: only if the key has no object. 412 if it has.
    case ifAbsent
    /// `If-Match: tag`: only if the current object has that tag. 412 if it has another, 404 `NoSuchKey` if there is
    /// none.
    case ifMatches(EntityTag)
    /// `If-Match: *`: only if there is an object. Deletes alone take it.
    case ifExists
}
