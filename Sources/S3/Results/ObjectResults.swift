public import Core

/// An object as GET, HEAD and a successful PUT describe it.
public struct ObjectDescription: Sendable, Equatable {
    /// Bytes of the whole object.
    public var size: UInt64
    public var tag: EntityTag
    public var lastModified: WallTime
    public var metadata: ObjectMetadata
    public var checksum: ObjectChecksum?
    public var tagCount: Int
    /// Of a multipart upload; nil: the object was stored in one piece.
    public var partCount: Int?
    /// Of the part that a request asked for by its number; nil if there is no such part, or none was asked for.
    public var part: Part?

    /// A part of an object. One that was stored in one piece has one part, which is all of it.
    public struct Part: Sendable, Equatable {
        /// Bytes of the object.
        public var range: Range<UInt64>
        public var checksum: ObjectChecksum?

        public init(range: Range<UInt64>, checksum: ObjectChecksum? = nil) {
            self.range = range
            self.checksum = checksum
        }
    }

    public init(
        size: UInt64, tag: EntityTag, lastModified: WallTime, metadata: ObjectMetadata = ObjectMetadata(),
        checksum: ObjectChecksum? = nil, tagCount: Int = 0, partCount: Int? = nil, part: Part? = nil
    ) {
        self.size = size
        self.tag = tag
        self.lastModified = lastModified
        self.metadata = metadata
        self.checksum = checksum
        self.tagCount = tagCount
        self.partCount = partCount
        self.part = part
    }
}

/// What a PutObject has stored.
public struct PutObjectResult: Sendable, Equatable {
    public var tag: EntityTag
    public var checksum: ObjectChecksum
    /// Bytes.
    public var size: UInt64

    public init(tag: EntityTag, checksum: ObjectChecksum, size: UInt64) {
        self.tag = tag
        self.checksum = checksum
        self.size = size
    }
}

/// What a GET or HEAD answers, once the preconditions and the range have been held against the object.
public enum ReadDecision: Sendable, Equatable {
    /// 200.
    case whole
    /// 206 with these bytes, not empty.
    case part(Range<UInt64>)
    /// 304.
    case notModified
}

extension GetObjectRequest {
    /// Preconditions first, then the range (RFC 9110, section 13.2.2).
    /// - Throws: `PreconditionFailed` (412), `InvalidRange` and `InvalidPartNumber` (416).
    public func decide(_ object: ObjectDescription) throws(S3Error) -> ReadDecision {
        switch conditions.evaluate(tag: object.tag, lastModified: object.lastModified) {
        case .notModified: return .notModified
        case .failed(let field):
            throw S3Error(.preconditionFailed, details: [S3Error.Detail("Condition", field)])
        case .proceed: break
        }
        if let number = part { return try decide(object, part: number) }
        guard let range, ifRangeHolds(object) else { return .whole }
        return .part(try range.resolve(size: object.size))
    }

    /// `API_GetObject.html`, "partNumber": "effectively performs a 'ranged' GET request for the part specified".
    private func decide(_ object: ObjectDescription, part number: PartNumber) throws(S3Error) -> ReadDecision {
        let whole = ObjectDescription.Part(range: 0..<object.size, checksum: object.checksum)
        let isStoredInOnePiece = object.partCount == nil && number.value == 1
        guard let part = object.part ?? (isStoredInOnePiece ? whole : nil) else {
            throw S3Error(
                .invalidPartNumber,
                details: [
                    S3Error.Detail("PartNumberRequested", "\(number)"),
                    S3Error.Detail("ActualPartCount", "\(object.partCount ?? 1)"),
                ])
        }
        return part.range.isEmpty ? .whole : .part(part.range)
    }

    /// A weak tag never holds; a date holds if it is exactly that of the object.
    private func ifRangeHolds(_ object: ObjectDescription) -> Bool {
        guard let ifRange else { return true }
        if let time = Timestamp.parseHTTPDate(ifRange) { return time.seconds == object.lastModified.seconds }
        return ifRange == object.tag.quoted
    }
}
