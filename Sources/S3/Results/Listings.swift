public import Core

/// Who owns a bucket or an object.
public struct Owner: Sendable, Equatable {
    /// The canonical user ID: 64 hexadecimal digits.
    public var id: String
    public var displayName: String

    public init(id: String, displayName: String) {
        self.id = id
        self.displayName = displayName
    }
}

public struct ListedBucket: Sendable, Equatable {
    public var name: BucketName
    public var created: WallTime

    public init(name: BucketName, created: WallTime) {
        self.name = name
        self.created = created
    }
}

/// A page of buckets.
public struct ListBucketsResult: Sendable, Equatable {
    /// In the order of their names.
    public var buckets: [ListedBucket]
    public var owner: Owner
    /// There are more: the next page begins behind the last name here.
    public var isTruncated: Bool

    public init(buckets: [ListedBucket], owner: Owner, isTruncated: Bool = false) {
        self.buckets = buckets
        self.owner = owner
        self.isTruncated = isTruncated
    }
}

/// An object in a listing.
public struct ListedObject: Sendable, Equatable {
    /// UTF-8.
    public var key: [UInt8]
    /// Bytes.
    public var size: UInt64
    public var lastModified: WallTime
    public var tag: EntityTag
    public var checksum: Checksum?

    public struct Checksum: Sendable, Equatable {
        public var algorithm: ChecksumAlgorithm
        public var type: ChecksumType

        public init(_ algorithm: ChecksumAlgorithm, _ type: ChecksumType) {
            self.algorithm = algorithm
            self.type = type
        }
    }

    public init(
        key: [UInt8], size: UInt64, lastModified: WallTime, tag: EntityTag, checksum: Checksum? = nil
    ) {
        self.key = key
        self.size = size
        self.lastModified = lastModified
        self.tag = tag
        self.checksum = checksum
    }
}

/// A page of objects and common prefixes.
public struct ListObjectsResult: Sendable, Equatable {
    /// In the order of their keys' bytes.
    public var objects: [ListedObject]
    /// UTF-8, in the order of their bytes; objects and prefixes together are at most `maximumKeys`.
    public var commonPrefixes: [[UInt8]]
    /// The last key or common prefix of this page if there are more; nil on the last page.
    public var next: ListPosition?
    /// For `fetch-owner` and V1.
    public var owner: Owner?

    public init(
        objects: [ListedObject] = [], commonPrefixes: [[UInt8]] = [], next: ListPosition? = nil, owner: Owner? = nil
    ) {
        self.objects = objects
        self.commonPrefixes = commonPrefixes
        self.next = next
        self.owner = owner
    }
}
