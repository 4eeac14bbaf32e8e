/// Every operation of Amazon S3 by its name, so that a request for one that Roost does not serve yet is answered with
/// that name.
///
/// Source: Amazon S3 API Reference, "Actions" (`API_Operations_Amazon_Simple_Storage_Service.html`).
public enum OperationName: String, Sendable, CaseIterable {
    case abortMultipartUpload = "AbortMultipartUpload"
    case completeMultipartUpload = "CompleteMultipartUpload"
    case copyObject = "CopyObject"
    case createBucket = "CreateBucket"
    case createBucketMetadataConfiguration = "CreateBucketMetadataConfiguration"
    case createBucketMetadataTableConfiguration = "CreateBucketMetadataTableConfiguration"
    case createMultipartUpload = "CreateMultipartUpload"
    case createSession = "CreateSession"
    case deleteBucket = "DeleteBucket"
    case deleteBucketAnalyticsConfiguration = "DeleteBucketAnalyticsConfiguration"
    case deleteBucketCORS = "DeleteBucketCors"
    case deleteBucketEncryption = "DeleteBucketEncryption"
    case deleteBucketIntelligentTieringConfiguration = "DeleteBucketIntelligentTieringConfiguration"
    case deleteBucketInventoryConfiguration = "DeleteBucketInventoryConfiguration"
    case deleteBucketLifecycle = "DeleteBucketLifecycle"
    case deleteBucketMetadataConfiguration = "DeleteBucketMetadataConfiguration"
    case deleteBucketMetadataTableConfiguration = "DeleteBucketMetadataTableConfiguration"
    case deleteBucketMetricsConfiguration = "DeleteBucketMetricsConfiguration"
    case deleteBucketOwnershipControls = "DeleteBucketOwnershipControls"
    case deleteBucketPolicy = "DeleteBucketPolicy"
    case deleteBucketReplication = "DeleteBucketReplication"
    case deleteBucketTagging = "DeleteBucketTagging"
    case deleteBucketWebsite = "DeleteBucketWebsite"
    case deleteObject = "DeleteObject"
    case deleteObjectAnnotation = "DeleteObjectAnnotation"
    case deleteObjects = "DeleteObjects"
    case deleteObjectTagging = "DeleteObjectTagging"
    case deletePublicAccessBlock = "DeletePublicAccessBlock"
    case getBucketABAC = "GetBucketAbac"
    case getBucketAccelerateConfiguration = "GetBucketAccelerateConfiguration"
    case getBucketACL = "GetBucketAcl"
    case getBucketAnalyticsConfiguration = "GetBucketAnalyticsConfiguration"
    case getBucketCORS = "GetBucketCors"
    case getBucketEncryption = "GetBucketEncryption"
    case getBucketIntelligentTieringConfiguration = "GetBucketIntelligentTieringConfiguration"
    case getBucketInventoryConfiguration = "GetBucketInventoryConfiguration"
    case getBucketLifecycleConfiguration = "GetBucketLifecycleConfiguration"
    case getBucketLocation = "GetBucketLocation"
    case getBucketLogging = "GetBucketLogging"
    case getBucketMetadataConfiguration = "GetBucketMetadataConfiguration"
    case getBucketMetadataTableConfiguration = "GetBucketMetadataTableConfiguration"
    case getBucketMetricsConfiguration = "GetBucketMetricsConfiguration"
    case getBucketNotificationConfiguration = "GetBucketNotificationConfiguration"
    case getBucketOwnershipControls = "GetBucketOwnershipControls"
    case getBucketPolicy = "GetBucketPolicy"
    case getBucketPolicyStatus = "GetBucketPolicyStatus"
    case getBucketReplication = "GetBucketReplication"
    case getBucketRequestPayment = "GetBucketRequestPayment"
    case getBucketTagging = "GetBucketTagging"
    case getBucketVersioning = "GetBucketVersioning"
    case getBucketWebsite = "GetBucketWebsite"
    case getObject = "GetObject"
    case getObjectACL = "GetObjectAcl"
    case getObjectAnnotation = "GetObjectAnnotation"
    case getObjectAttributes = "GetObjectAttributes"
    case getObjectLegalHold = "GetObjectLegalHold"
    case getObjectLockConfiguration = "GetObjectLockConfiguration"
    case getObjectRetention = "GetObjectRetention"
    case getObjectTagging = "GetObjectTagging"
    case getObjectTorrent = "GetObjectTorrent"
    case getPublicAccessBlock = "GetPublicAccessBlock"
    case headBucket = "HeadBucket"
    case headObject = "HeadObject"
    case listBucketAnalyticsConfigurations = "ListBucketAnalyticsConfigurations"
    case listBucketIntelligentTieringConfigurations = "ListBucketIntelligentTieringConfigurations"
    case listBucketInventoryConfigurations = "ListBucketInventoryConfigurations"
    case listBucketMetricsConfigurations = "ListBucketMetricsConfigurations"
    case listBuckets = "ListBuckets"
    case listMultipartUploads = "ListMultipartUploads"
    case listObjectAnnotations = "ListObjectAnnotations"
    case listObjects = "ListObjects"
    case listObjectsV2 = "ListObjectsV2"
    case listObjectVersions = "ListObjectVersions"
    case listParts = "ListParts"
    case postObject = "PostObject"
    case putBucketABAC = "PutBucketAbac"
    case putBucketAccelerateConfiguration = "PutBucketAccelerateConfiguration"
    case putBucketACL = "PutBucketAcl"
    case putBucketAnalyticsConfiguration = "PutBucketAnalyticsConfiguration"
    case putBucketCORS = "PutBucketCors"
    case putBucketEncryption = "PutBucketEncryption"
    case putBucketIntelligentTieringConfiguration = "PutBucketIntelligentTieringConfiguration"
    case putBucketInventoryConfiguration = "PutBucketInventoryConfiguration"
    case putBucketLifecycleConfiguration = "PutBucketLifecycleConfiguration"
    case putBucketLogging = "PutBucketLogging"
    case putBucketMetricsConfiguration = "PutBucketMetricsConfiguration"
    case putBucketNotificationConfiguration = "PutBucketNotificationConfiguration"
    case putBucketOwnershipControls = "PutBucketOwnershipControls"
    case putBucketPolicy = "PutBucketPolicy"
    case putBucketReplication = "PutBucketReplication"
    case putBucketRequestPayment = "PutBucketRequestPayment"
    case putBucketTagging = "PutBucketTagging"
    case putBucketVersioning = "PutBucketVersioning"
    case putBucketWebsite = "PutBucketWebsite"
    case putObject = "PutObject"
    case putObjectACL = "PutObjectAcl"
    case putObjectAnnotation = "PutObjectAnnotation"
    case putObjectLegalHold = "PutObjectLegalHold"
    case putObjectLockConfiguration = "PutObjectLockConfiguration"
    case putObjectRetention = "PutObjectRetention"
    case putObjectTagging = "PutObjectTagging"
    case putPublicAccessBlock = "PutPublicAccessBlock"
    case renameObject = "RenameObject"
    case restoreObject = "RestoreObject"
    case selectObjectContent = "SelectObjectContent"
    case updateBucketMetadataAnnotationTableConfiguration = "UpdateBucketMetadataAnnotationTableConfiguration"
    case updateBucketMetadataInventoryTableConfiguration = "UpdateBucketMetadataInventoryTableConfiguration"
    case updateBucketMetadataJournalTableConfiguration = "UpdateBucketMetadataJournalTableConfiguration"
    case updateObjectEncryption = "UpdateObjectEncryption"
    case uploadPart = "UploadPart"
    case uploadPartCopy = "UploadPartCopy"
    case writeGetObjectResponse = "WriteGetObjectResponse"

    // Roost's own.
    case search = "Search"
    case getSearchConfiguration = "GetSearchConfiguration"
    case putSearchConfiguration = "PutSearchConfiguration"
    case deleteSearchConfiguration = "DeleteSearchConfiguration"
    case events = "Events"
}

extension OperationName {
    /// True if Roost carries the operation out: it has a case in `S3Operation`.
    public var isServed: Bool {
        switch self {
        case .search, .getSearchConfiguration, .putSearchConfiguration, .deleteSearchConfiguration, .events: true
        case .listBuckets, .createBucket, .headBucket, .deleteBucket, .getBucketLocation, .getBucketTagging,
            .putBucketTagging, .deleteBucketTagging, .getBucketACL, .putBucketACL, .listObjects, .listObjectsV2,
            .listObjectVersions, .listMultipartUploads, .deleteObjects, .postObject, .putObject, .copyObject,
            .getObject, .headObject, .getObjectAttributes, .deleteObject, .getObjectTagging, .putObjectTagging,
            .deleteObjectTagging, .getObjectACL, .putObjectACL, .createMultipartUpload, .uploadPart, .uploadPartCopy,
            .completeMultipartUpload, .abortMultipartUpload, .listParts:
            true
        default: isProbe
        }
    }

    /// True if the answer is the same for every bucket, as none has such a configuration (`ConfigurationRequest`).
    var isProbe: Bool {
        switch self {
        case .getBucketABAC, .getBucketAccelerateConfiguration, .getBucketAnalyticsConfiguration, .getBucketCORS,
            .getBucketEncryption, .getBucketIntelligentTieringConfiguration, .getBucketInventoryConfiguration,
            .getBucketLifecycleConfiguration, .getBucketLogging, .getBucketMetricsConfiguration,
            .getBucketNotificationConfiguration, .getBucketOwnershipControls, .getBucketPolicy,
            .getBucketPolicyStatus, .getBucketReplication, .getBucketRequestPayment, .getBucketVersioning,
            .getBucketWebsite, .getObjectLegalHold, .getObjectLockConfiguration, .getObjectRetention,
            .getPublicAccessBlock, .listBucketAnalyticsConfigurations, .listBucketIntelligentTieringConfigurations,
            .listBucketInventoryConfigurations, .listBucketMetricsConfigurations, .deleteBucketAnalyticsConfiguration,
            .deleteBucketCORS, .deleteBucketEncryption, .deleteBucketIntelligentTieringConfiguration,
            .deleteBucketInventoryConfiguration, .deleteBucketLifecycle, .deleteBucketMetricsConfiguration,
            .deleteBucketOwnershipControls, .deleteBucketPolicy, .deleteBucketReplication, .deleteBucketWebsite,
            .deletePublicAccessBlock:
            true
        default: false
        }
    }
}
