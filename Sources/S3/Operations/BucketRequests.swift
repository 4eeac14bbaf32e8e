/// Source: Amazon S3 API Reference, `ListBuckets` (`API_ListBuckets.html`).
public struct ListBucketsRequest: Sendable, Equatable {
    /// 1 to 10,000; nil: all.
    public var maximumBuckets: Int?
    /// Only names that begin with this.
    public var prefix: String?
    /// The last name of the page before: only names after it.
    public var startAfter: String?
    /// Only buckets of this region; nil: of any.
    public var region: String?

    public init(
        maximumBuckets: Int? = nil, prefix: String? = nil, startAfter: String? = nil, region: String? = nil
    ) {
        self.maximumBuckets = maximumBuckets
        self.prefix = prefix
        self.startAfter = startAfter
        self.region = region
    }
}

/// Source: Amazon S3 API Reference, `CreateBucket` (`API_CreateBucket.html`).
public struct CreateBucketRequest: Sendable, Equatable {
    public var bucket: BucketName
    /// How the document arrives; its length is 0 if there is none.
    public var document: PayloadDescription
    /// From the document; nil if there is none or it names none.
    public var locationConstraint: String?

    public init(
        bucket: BucketName, document: PayloadDescription = PayloadDescription(form: .unsigned, length: 0),
        locationConstraint: String? = nil
    ) {
        self.bucket = bucket
        self.document = document
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
