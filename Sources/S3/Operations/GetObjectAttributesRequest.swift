/// Source: Amazon S3 API Reference, `GetObjectAttributes` (`API_GetObjectAttributes.html`).
public struct GetObjectAttributesRequest: Sendable, Equatable {
    public struct Attributes: OptionSet, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        public static let tag = Attributes(rawValue: 1)
        public static let checksum = Attributes(rawValue: 2)
        public static let parts = Attributes(rawValue: 4)
        public static let storageClass = Attributes(rawValue: 8)
        public static let size = Attributes(rawValue: 16)
    }

    public static let maximumPage = 1000

    public var bucket: BucketName
    public var key: ObjectKey
    public var version: VersionSelector
    /// Not empty.
    public var attributes: Attributes
    /// 0 to 1,000.
    public var maximumParts: Int
    /// Only parts with greater numbers.
    public var partMarker: Int

    public init(
        bucket: BucketName, key: ObjectKey, version: VersionSelector = .current, attributes: Attributes,
        maximumParts: Int = maximumPage, partMarker: Int = 0
    ) {
        self.bucket = bucket
        self.key = key
        self.version = version
        self.attributes = attributes
        self.maximumParts = maximumParts
        self.partMarker = partMarker
    }
}
