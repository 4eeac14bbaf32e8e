/// A request that Roost serves, decoded and validated: what the operations in ObjectStore take.
///
/// Every other operation of S3 is known by name (`OperationName`) and refused with `NotImplemented` before this type
/// is reached.
public enum S3Operation: Sendable, Equatable {
    case listBuckets(ListBucketsRequest)
    case createBucket(CreateBucketRequest)
    case headBucket(HeadBucketRequest)
    case deleteBucket(DeleteBucketRequest)
    case getBucketLocation(GetBucketLocationRequest)
    case listObjects(ListObjectsRequest)
    case putObject(PutObjectRequest)
    case getObject(GetObjectRequest)
    case headObject(GetObjectRequest)
    case deleteObject(DeleteObjectRequest)

    /// What the gateway does with the request's body before it carries the operation out.
    public enum Body: Sendable, Equatable {
        /// There is none to be read; what comes is discarded.
        case none
        /// A document to be read whole (its length is checked already), proved by a `PayloadVerifier` like an object,
        /// then handed to `accept(document:)`.
        case document(PayloadDescription)
        /// The object's bytes, to be passed through a `PayloadDecoder` and a `PayloadVerifier`.
        case object(PayloadDescription)
    }

    public var body: Body {
        switch self {
        case .createBucket(let request): .document(request.document)
        case .putObject(let request): .object(request.payload)
        case .listBuckets, .headBucket, .deleteBucket, .getBucketLocation, .listObjects, .getObject, .headObject,
            .deleteObject:
            .none
        }
    }

    public var name: OperationName {
        switch self {
        case .listBuckets: .listBuckets
        case .createBucket: .createBucket
        case .headBucket: .headBucket
        case .deleteBucket: .deleteBucket
        case .getBucketLocation: .getBucketLocation
        case .listObjects(let request): request.version == .v1 ? .listObjects : .listObjectsV2
        case .putObject: .putObject
        case .getObject: .getObject
        case .headObject: .headObject
        case .deleteObject: .deleteObject
        }
    }

    public var bucket: BucketName? {
        switch self {
        case .listBuckets: nil
        case .createBucket(let request): request.bucket
        case .headBucket(let request): request.bucket
        case .deleteBucket(let request): request.bucket
        case .getBucketLocation(let request): request.bucket
        case .listObjects(let request): request.bucket
        case .putObject(let request): request.bucket
        case .getObject(let request), .headObject(let request): request.bucket
        case .deleteObject(let request): request.bucket
        }
    }
}
