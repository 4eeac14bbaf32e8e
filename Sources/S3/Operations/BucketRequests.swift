/// Source: Amazon S3 API Reference, `ListBuckets` (`API_ListBuckets.html`).
public struct ListBucketsRequest: Sendable, Equatable {
    /// 1 to 10,000; nil: all.
    public var maximumBuckets: Int?
    /// Only names that begin with this.
    public var prefix: String?
    /// The last name of the page before: only names after it.
    public var startAfter: String?

    public init(maximumBuckets: Int? = nil, prefix: String? = nil, startAfter: String? = nil) {
        self.maximumBuckets = maximumBuckets
        self.prefix = prefix
        self.startAfter = startAfter
    }
}

/// Source: Amazon S3 API Reference, `CreateBucket` (`API_CreateBucket.html`).
public struct CreateBucketRequest: Sendable, Equatable {
    public var bucket: BucketName
    /// From the request's document; nil if there is none or it names none.
    public var locationConstraint: String?

    public init(bucket: BucketName, locationConstraint: String? = nil) {
        self.bucket = bucket
        self.locationConstraint = locationConstraint
    }
}

/// Source: Amazon S3 API Reference, `HeadBucket` (`API_HeadBucket.html`).
public struct HeadBucketRequest: Sendable, Equatable {
    public var bucket: BucketName

    public init(bucket: BucketName) { self.bucket = bucket }
}

/// Source: Amazon S3 API Reference, `DeleteBucket` (`API_DeleteBucket.html`).
public struct DeleteBucketRequest: Sendable, Equatable {
    public var bucket: BucketName

    public init(bucket: BucketName) { self.bucket = bucket }
}

/// Source: Amazon S3 API Reference, `GetBucketLocation` (`API_GetBucketLocation.html`).
public struct GetBucketLocationRequest: Sendable, Equatable {
    public var bucket: BucketName

    public init(bucket: BucketName) { self.bucket = bucket }
}
