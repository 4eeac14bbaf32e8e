private import HTTP

/// Answers of the operations on buckets: the shapes of the API pages that each function names.
extension S3Response {
    /// `API_ListBuckets.html`.
    public static func listBuckets(_ result: ListBucketsResult, to request: ListBucketsRequest) -> S3Response {
        var writer = XMLWriter(reserving: 512 + result.buckets.count * 128)
        writer.open("ListAllMyBucketsResult", namespace: XMLWriter.s3Namespace)
        writer.owner(result.owner)
        writer.open("Buckets")
        for bucket in result.buckets {
            writer.open("Bucket")
            writer.element("Name", bucket.name.text)
            writer.element("CreationDate", bucket.created)
            writer.close("Bucket")
        }
        writer.close("Buckets")
        if result.isTruncated, let last = result.buckets.last {
            writer.element("ContinuationToken", ContinuationToken.encode(.key(Array(last.name.text.utf8))))
        }
        if let prefix = request.prefix { writer.element("Prefix", prefix) }
        writer.close("ListAllMyBucketsResult")
        return .document(writer.bytes)
    }

    /// `API_CreateBucket.html`.
    public static func createBucket(_ request: CreateBucketRequest) -> S3Response {
        .empty(status: 200, headers: ["location": "/\(request.bucket.text)"])
    }

    /// `API_HeadBucket.html`.
    public static func headBucket(region: String) -> S3Response {
        .empty(status: 200, headers: ["x-amz-bucket-region": region, "x-amz-access-point-alias": "false"])
    }

    /// `API_DeleteBucket.html`.
    public static func deleteBucket() -> S3Response { .empty(status: 204) }

    /// `API_GetBucketLocation.html`. A bucket in us-east-1 has an empty constraint.
    public static func bucketLocation(region: String) -> S3Response {
        var writer = XMLWriter()
        writer.open("LocationConstraint", namespace: XMLWriter.s3Namespace)
        writer.text(region == "us-east-1" ? "" : region)
        writer.close("LocationConstraint")
        return .document(writer.bytes)
    }
}

extension XMLWriter {
    mutating func owner(_ owner: Owner, _ name: StaticString = "Owner") {
        open(name)
        element("ID", owner.id)
        element("DisplayName", owner.displayName)
        close(name)
    }
}
