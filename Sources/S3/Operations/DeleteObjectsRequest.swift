/// Source: Amazon S3 API Reference, `DeleteObjects` (`API_DeleteObjects.html`).
public struct DeleteObjectsRequest: Sendable, Equatable {
    public static let maximumObjects = 1000
    /// Of the document, in bytes: 1,000 keys of 1,024 bytes, each byte written as a reference of up to six.
    public static let maximumDocumentBytes: UInt64 = 8 << 20

    public var bucket: BucketName
    public var document: PayloadDescription
    /// From the document: 1 to 1,000, in its order; a key may come more than once.
    public var objects: [Target]
    /// Only failures are wanted in the answer.
    public var isQuiet: Bool

    public struct Target: Sendable, Equatable {
        public var key: ObjectKey
        public var version: VersionSelector
        /// `.none`, `.ifMatches` or `.ifExists`.
        public var condition: WriteCondition

        public init(key: ObjectKey, version: VersionSelector = .current, condition: WriteCondition = .none) {
            self.key = key
            self.version = version
            self.condition = condition
        }
    }

    public init(
        bucket: BucketName, document: PayloadDescription = PayloadDescription(form: .unsigned, length: 0),
        objects: [Target] = [], isQuiet: Bool = false
    ) {
        self.bucket = bucket
        self.document = document
        self.objects = objects
        self.isQuiet = isQuiet
    }
}
