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
    case getBucketTagging(BucketRequest)
    case putBucketTagging(PutBucketTaggingRequest)
    case deleteBucketTagging(BucketRequest)
    case getBucketACL(BucketRequest)
    case putBucketACL(PutBucketACLRequest)
    case configuration(ConfigurationRequest)
    case listObjects(ListObjectsRequest)
    case listObjectVersions(ListObjectVersionsRequest)
    case listMultipartUploads(ListMultipartUploadsRequest)
    case deleteObjects(DeleteObjectsRequest)
    case postObject(PostObjectRequest)
    case putObject(PutObjectRequest)
    case copyObject(CopyObjectRequest)
    case getObject(GetObjectRequest)
    case headObject(GetObjectRequest)
    case getObjectAttributes(GetObjectAttributesRequest)
    case deleteObject(DeleteObjectRequest)
    case getObjectTagging(ObjectRequest)
    case putObjectTagging(PutObjectTaggingRequest)
    case deleteObjectTagging(ObjectRequest)
    case getObjectACL(ObjectRequest)
    case putObjectACL(PutObjectACLRequest)
    case createMultipartUpload(CreateMultipartUploadRequest)
    case uploadPart(UploadPartRequest)
    case uploadPartCopy(UploadPartCopyRequest)
    case completeMultipartUpload(CompleteMultipartUploadRequest)
    case abortMultipartUpload(AbortMultipartUploadRequest)
    case listParts(ListPartsRequest)
    case search(SearchRequest)
    case searchConfiguration(SearchConfigurationRequest)
    case events(EventsRequest)

    /// What the gateway does with the request's body before it carries the operation out.
    public enum Body: Sendable, Equatable {
        /// There is none to be read; what comes is discarded.
        case none
        /// A document to be read whole (its length is checked already), proved by a `PayloadVerifier` like an object,
        /// then handed to `accept(document:)`.
        case document(PayloadDescription)
        /// The object's bytes, to be passed through a `PayloadDecoder` and a `PayloadVerifier`.
        case object(PayloadDescription)
        /// A form: a `FormDecoder` reads its fields, by which `SigV4Verifier.verify(form:)` says who sent it and what is
        /// to be stored; the file's bytes follow.
        case form(PostObjectRequest)
    }

    public var body: Body {
        switch self {
        case .createBucket(let request): .document(request.document)
        case .putBucketTagging(let request): .document(request.document)
        case .putBucketACL(let request): .document(request.document)
        case .deleteObjects(let request): .document(request.document)
        case .putObjectTagging(let request): .document(request.document)
        case .putObjectACL(let request): .document(request.document)
        case .completeMultipartUpload(let request): .document(request.document)
        case .putObject(let request): .object(request.payload)
        case .uploadPart(let request): .object(request.payload)
        case .postObject(let request): .form(request)
        case .search(let request): request.document.map { .document($0) } ?? .none
        case .searchConfiguration(let request):
            if case .put(let document) = request.action { .document(document) } else { .none }
        case .listBuckets, .headBucket, .deleteBucket, .getBucketLocation, .getBucketTagging, .deleteBucketTagging,
            .getBucketACL, .configuration, .listObjects, .listObjectVersions, .listMultipartUploads, .copyObject,
            .getObject, .headObject, .getObjectAttributes, .deleteObject, .getObjectTagging, .deleteObjectTagging,
            .getObjectACL, .createMultipartUpload, .uploadPartCopy, .abortMultipartUpload, .listParts,
            .events:
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
        case .getBucketTagging: .getBucketTagging
        case .putBucketTagging: .putBucketTagging
        case .deleteBucketTagging: .deleteBucketTagging
        case .getBucketACL: .getBucketACL
        case .putBucketACL: .putBucketACL
        case .configuration(let request): request.name
        case .listObjects(let request): request.version == .v1 ? .listObjects : .listObjectsV2
        case .listObjectVersions: .listObjectVersions
        case .listMultipartUploads: .listMultipartUploads
        case .deleteObjects: .deleteObjects
        case .postObject: .postObject
        case .putObject: .putObject
        case .copyObject: .copyObject
        case .getObject: .getObject
        case .headObject: .headObject
        case .getObjectAttributes: .getObjectAttributes
        case .deleteObject: .deleteObject
        case .getObjectTagging: .getObjectTagging
        case .putObjectTagging: .putObjectTagging
        case .deleteObjectTagging: .deleteObjectTagging
        case .getObjectACL: .getObjectACL
        case .putObjectACL: .putObjectACL
        case .createMultipartUpload: .createMultipartUpload
        case .uploadPart: .uploadPart
        case .uploadPartCopy: .uploadPartCopy
        case .completeMultipartUpload: .completeMultipartUpload
        case .abortMultipartUpload: .abortMultipartUpload
        case .listParts: .listParts
        case .search: .search
        case .searchConfiguration(let request): request.name
        case .events: .events
        }
    }

    public var bucket: BucketName? {
        switch self {
        case .listBuckets: nil
        case .createBucket(let request): request.bucket
        case .headBucket(let request): request.bucket
        case .deleteBucket(let request): request.bucket
        case .getBucketLocation(let request): request.bucket
        case .getBucketTagging(let request), .deleteBucketTagging(let request), .getBucketACL(let request):
            request.bucket
        case .putBucketTagging(let request): request.bucket
        case .putBucketACL(let request): request.bucket
        case .configuration(let request): request.bucket
        case .listObjects(let request): request.bucket
        case .listObjectVersions(let request): request.bucket
        case .listMultipartUploads(let request): request.bucket
        case .deleteObjects(let request): request.bucket
        case .postObject(let request): request.bucket
        case .putObject(let request): request.bucket
        case .copyObject(let request): request.bucket
        case .getObject(let request), .headObject(let request): request.bucket
        case .getObjectAttributes(let request): request.bucket
        case .deleteObject(let request): request.bucket
        case .getObjectTagging(let request), .deleteObjectTagging(let request), .getObjectACL(let request):
            request.bucket
        case .putObjectTagging(let request): request.bucket
        case .putObjectACL(let request): request.bucket
        case .createMultipartUpload(let request): request.bucket
        case .uploadPart(let request): request.bucket
        case .uploadPartCopy(let request): request.bucket
        case .completeMultipartUpload(let request): request.bucket
        case .abortMultipartUpload(let request): request.bucket
        case .listParts(let request): request.bucket
        case .search(let request): request.bucket
        case .searchConfiguration(let request): request.bucket
        case .events(let request): request.bucket
        }
    }
}
