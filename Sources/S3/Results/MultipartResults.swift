public import Core

/// What an UploadPart has stored.
public struct UploadPartResult: Sendable, Equatable {
    public var tag: EntityTag
    /// In the algorithm of the upload; nil if the client should not hear of it.
    public var checksum: ObjectChecksum?

    public init(tag: EntityTag, checksum: ObjectChecksum? = nil) {
        self.tag = tag
        self.checksum = checksum
    }
}

/// What a CopyObject or UploadPartCopy has stored.
public struct CopyResult: Sendable, Equatable {
    public var tag: EntityTag
    public var lastModified: WallTime
    public var checksum: ObjectChecksum?
    /// The version that was copied; nil if the source's bucket keeps none.
    public var sourceVersion: String?

    public init(
        tag: EntityTag, lastModified: WallTime, checksum: ObjectChecksum? = nil, sourceVersion: String? = nil
    ) {
        self.tag = tag
        self.lastModified = lastModified
        self.checksum = checksum
        self.sourceVersion = sourceVersion
    }
}

/// The object that a CompleteMultipartUpload has made.
public struct CompleteMultipartUploadResult: Sendable, Equatable {
    public var tag: EntityTag
    public var checksum: ObjectChecksum?

    public init(tag: EntityTag, checksum: ObjectChecksum? = nil) {
        self.tag = tag
        self.checksum = checksum
    }
}

/// A part in a listing.
public struct ListedPart: Sendable, Equatable {
    public var number: PartNumber
    /// Bytes.
    public var size: UInt64
    public var lastModified: WallTime
    public var tag: EntityTag
    public var checksum: ObjectChecksum?

    public init(
        number: PartNumber, size: UInt64, lastModified: WallTime, tag: EntityTag, checksum: ObjectChecksum? = nil
    ) {
        self.number = number
        self.size = size
        self.lastModified = lastModified
        self.tag = tag
        self.checksum = checksum
    }
}

/// A page of the parts of an upload.
public struct ListPartsResult: Sendable, Equatable {
    /// In the order of their numbers.
    public var parts: [ListedPart]
    /// There are more behind the last one here.
    public var isTruncated: Bool
    public var owner: Owner
    public var initiator: Owner
    /// What the upload was begun with.
    public var checksum: MultipartChecksum?

    public init(
        parts: [ListedPart], isTruncated: Bool, owner: Owner, initiator: Owner, checksum: MultipartChecksum? = nil
    ) {
        self.parts = parts
        self.isTruncated = isTruncated
        self.owner = owner
        self.initiator = initiator
        self.checksum = checksum
    }
}

/// An upload in a listing.
public struct ListedUpload: Sendable, Equatable {
    /// UTF-8.
    public var key: [UInt8]
    public var upload: UploadID
    public var initiated: WallTime
    public var owner: Owner
    public var initiator: Owner
    public var checksum: MultipartChecksum?

    public init(
        key: [UInt8], upload: UploadID, initiated: WallTime, owner: Owner, initiator: Owner,
        checksum: MultipartChecksum? = nil
    ) {
        self.key = key
        self.upload = upload
        self.initiated = initiated
        self.owner = owner
        self.initiator = initiator
        self.checksum = checksum
    }
}

/// A page of the uploads under way in a bucket.
public struct ListMultipartUploadsResult: Sendable, Equatable {
    /// The last thing on a page: the next one begins behind it.
    public enum Position: Sendable, Equatable {
        case upload(key: [UInt8], UploadID)
        case commonPrefix([UInt8])
    }

    /// In the order of their keys' bytes, those of one key in the order in which they were begun.
    public var uploads: [ListedUpload]
    /// UTF-8, in the order of their bytes.
    public var commonPrefixes: [[UInt8]]
    /// If there are more; nil on the last page.
    public var next: Position?

    public init(uploads: [ListedUpload] = [], commonPrefixes: [[UInt8]] = [], next: Position? = nil) {
        self.uploads = uploads
        self.commonPrefixes = commonPrefixes
        self.next = next
    }
}
