/// Source: Amazon S3 API Reference, `CreateMultipartUpload` (`API_CreateMultipartUpload.html`).
public struct CreateMultipartUploadRequest: Sendable, Equatable {
    public var bucket: BucketName
    public var key: ObjectKey
    public var metadata: ObjectMetadata
    public var tags: TagSet
    /// nil: the client names none. Parts may bring any then, and the object gets a CRC64NVME of all its bytes.
    public var checksum: MultipartChecksum?

    public init(
        bucket: BucketName, key: ObjectKey, metadata: ObjectMetadata = ObjectMetadata(), tags: TagSet = TagSet(),
        checksum: MultipartChecksum? = nil
    ) {
        self.bucket = bucket
        self.key = key
        self.metadata = metadata
        self.tags = tags
        self.checksum = checksum
    }
}

/// Source: Amazon S3 API Reference, `UploadPart` (`API_UploadPart.html`).
public struct UploadPartRequest: Sendable, Equatable {
    public var bucket: BucketName
    public var key: ObjectKey
    public var upload: UploadID
    public var part: PartNumber
    /// Its `stored` algorithm is to be set to that of the upload before the body is read.
    public var payload: PayloadDescription

    public init(
        bucket: BucketName, key: ObjectKey, upload: UploadID, part: PartNumber, payload: PayloadDescription
    ) {
        self.bucket = bucket
        self.key = key
        self.upload = upload
        self.part = part
        self.payload = payload
    }
}

/// Source: Amazon S3 API Reference, `UploadPartCopy` (`API_UploadPartCopy.html`).
public struct UploadPartCopyRequest: Sendable, Equatable {
    public var bucket: BucketName
    public var key: ObjectKey
    public var upload: UploadID
    public var part: PartNumber
    public var source: CopySource
    /// Bytes of the source, not empty; nil: all of it.
    public var range: Range<UInt64>?

    public init(
        bucket: BucketName, key: ObjectKey, upload: UploadID, part: PartNumber, source: CopySource,
        range: Range<UInt64>? = nil
    ) {
        self.bucket = bucket
        self.key = key
        self.upload = upload
        self.part = part
        self.source = source
        self.range = range
    }

    /// The bytes to copy from a source of `size` bytes.
    /// - Throws: `InvalidArgument` if the range leaves the source, `EntityTooLarge` above the limit of a part.
    public func sourceRange(size: UInt64) throws(S3Error) -> Range<UInt64> {
        let chosen = range ?? 0..<size
        guard chosen.upperBound <= size else {
            throw .invalidArgument(
                "Range specified is not valid for source object of size: \(size)", name: "x-amz-copy-source-range",
                value: "bytes=\(chosen.lowerBound)-\(chosen.upperBound - 1)")
        }
        let count = chosen.upperBound - chosen.lowerBound
        guard count <= MultipartLimits.maximumPartBytes else {
            throw .entityTooLarge(count, maximum: MultipartLimits.maximumPartBytes)
        }
        return chosen
    }
}

/// Source: Amazon S3 API Reference, `CompleteMultipartUpload` (`API_CompleteMultipartUpload.html`).
public struct CompleteMultipartUploadRequest: Sendable, Equatable {
    /// Of the document, in bytes: 10,000 parts with tag and SHA-512, indented.
    public static let maximumDocumentBytes: UInt64 = 5 << 20

    public var bucket: BucketName
    public var key: ObjectKey
    public var upload: UploadID
    public var document: PayloadDescription
    public var condition: WriteCondition
    /// `x-amz-mp-object-size`: the sum of the parts' sizes as the client has it.
    public var objectSize: UInt64?
    /// `x-amz-checksum-…`: the checksum of the whole object, or the one of its parts' checksums, as the client has it.
    public var checksum: ObjectChecksum?
    /// `x-amz-checksum-type`: must be that of the upload if it is given.
    public var checksumType: ChecksumType?
    /// From the document: at least one, numbers ascending.
    public var parts: [CompletedPart]

    public init(
        bucket: BucketName, key: ObjectKey, upload: UploadID,
        document: PayloadDescription = PayloadDescription(form: .unsigned, length: 0),
        condition: WriteCondition = .none, objectSize: UInt64? = nil, checksum: ObjectChecksum? = nil,
        checksumType: ChecksumType? = nil, parts: [CompletedPart] = []
    ) {
        self.bucket = bucket
        self.key = key
        self.upload = upload
        self.document = document
        self.condition = condition
        self.objectSize = objectSize
        self.checksum = checksum
        self.checksumType = checksumType
        self.parts = parts
    }
}

/// A part as the client lists it.
public struct CompletedPart: Sendable, Equatable {
    public var number: PartNumber
    public var tag: EntityTag
    /// To be compared with that of the part; must be there for every part of a COMPOSITE upload.
    public var checksum: ObjectChecksum?

    public init(number: PartNumber, tag: EntityTag, checksum: ObjectChecksum? = nil) {
        self.number = number
        self.tag = tag
        self.checksum = checksum
    }
}

/// Source: Amazon S3 API Reference, `AbortMultipartUpload` (`API_AbortMultipartUpload.html`).
public struct AbortMultipartUploadRequest: Sendable, Equatable {
    public var bucket: BucketName
    public var key: ObjectKey
    public var upload: UploadID

    public init(bucket: BucketName, key: ObjectKey, upload: UploadID) {
        self.bucket = bucket
        self.key = key
        self.upload = upload
    }
}

/// Source: Amazon S3 API Reference, `ListParts` (`API_ListParts.html`).
public struct ListPartsRequest: Sendable, Equatable {
    public static let maximumPage = 1000

    public var bucket: BucketName
    public var key: ObjectKey
    public var upload: UploadID
    /// 0 to 1,000.
    public var maximumParts: Int
    /// Only parts with greater numbers; 0: from the first on.
    public var marker: Int

    public init(
        bucket: BucketName, key: ObjectKey, upload: UploadID, maximumParts: Int = maximumPage, marker: Int = 0
    ) {
        self.bucket = bucket
        self.key = key
        self.upload = upload
        self.maximumParts = maximumParts
        self.marker = marker
    }
}

/// Source: Amazon S3 API Reference, `ListMultipartUploads` (`API_ListMultipartUploads.html`).
public struct ListMultipartUploadsRequest: Sendable, Equatable {
    public static let maximumPage = 1000

    public var bucket: BucketName
    /// UTF-8; empty: every key.
    public var prefix: [UInt8]
    /// UTF-8; empty: no common prefixes.
    public var delimiter: [UInt8]
    /// Uploads and common prefixes of the page at most: 0 to 1,000.
    public var maximumUploads: Int
    /// UTF-8. Only keys behind it, and, with an upload ID marker, also the uploads of this key behind that one. A
    /// common prefix that is not greater is left out.
    public var keyMarker: [UInt8]
    /// nil also if it came without a key marker, where it counts for nothing.
    public var uploadMarker: UploadID?
    /// `encoding-type=url`.
    public var encodesKeys: Bool

    public init(
        bucket: BucketName, prefix: [UInt8] = [], delimiter: [UInt8] = [], maximumUploads: Int = maximumPage,
        keyMarker: [UInt8] = [], uploadMarker: UploadID? = nil, encodesKeys: Bool = false
    ) {
        self.bucket = bucket
        self.prefix = prefix
        self.delimiter = delimiter
        self.maximumUploads = maximumUploads
        self.keyMarker = keyMarker
        self.uploadMarker = uploadMarker
        self.encodesKeys = encodesKeys
    }
}
