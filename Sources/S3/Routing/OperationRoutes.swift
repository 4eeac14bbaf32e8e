import HTTP

/// Which operation a method, a kind of resource and a subresource name.
///
/// Source: Amazon S3 API Reference, "Actions": the request syntax of each page.
enum OperationRoutes {
    /// Finds the operation.
    /// - Throws: `MethodNotAllowed` with `Allow`, `InvalidArgument` if two subresources conflict, `AccessForbidden` for
    ///   a preflight request.
    static func name(
        method: String, _ address: RequestAddress, _ query: QueryItems, _ fields: RequestFields
    ) throws(S3Error) -> OperationName {
        if method == "OPTIONS" { throw S3Error(.accessForbidden) }
        switch address {
        case .service:
            if query.contains("search") {
                guard method == "GET" || method == "POST" else {
                    throw notAllowed(method, "SERVICE", allow: ["GET", "POST"])
                }
                return .search
            }
            if method == "GET" { return .listBuckets }
            throw notAllowed(method, "SERVICE", allow: ["GET"])
        case .bucket(let bucket):
            if method == "POST", bucket == "WriteGetObjectResponse" { return .writeGetObjectResponse }
            return try bucketOperation(method, query)
        case .object:
            return try objectOperation(method, query, fields)
        }
    }

    // MARK: Buckets

    private static func bucketOperation(_ method: String, _ query: QueryItems) throws(S3Error) -> OperationName {
        if let subresource = try subresource(query, of: bucketSubresources) {
            let row = bucketSubresources[subresource] ?? [:]
            let isList = listsWithoutID[subresource] != nil && method == "GET" && !query.contains("id")
            if isList, let list = listsWithoutID[subresource] { return list }
            guard let name = row[method] else { throw notAllowed(method, "BUCKET", allow: row.keys.sorted()) }
            if name == .search, method == "GET", query["search"] == "configuration" { return .getSearchConfiguration }
            return name
        }
        switch method {
        case "GET": return query["list-type"] == "2" ? .listObjectsV2 : .listObjects
        case "HEAD": return .headBucket
        case "PUT": return .createBucket
        case "DELETE": return .deleteBucket
        case "POST": return .postObject
        default: throw notAllowed(method, "BUCKET", allow: ["DELETE", "GET", "HEAD", "POST", "PUT"])
        }
    }

    private static let bucketSubresources: [String: [String: OperationName]] = [
        "abac": ["GET": .getBucketABAC, "PUT": .putBucketABAC],
        "accelerate": ["GET": .getBucketAccelerateConfiguration, "PUT": .putBucketAccelerateConfiguration],
        "acl": ["GET": .getBucketACL, "PUT": .putBucketACL],
        "analytics": [
            "DELETE": .deleteBucketAnalyticsConfiguration, "GET": .getBucketAnalyticsConfiguration,
            "PUT": .putBucketAnalyticsConfiguration,
        ],
        "cors": ["DELETE": .deleteBucketCORS, "GET": .getBucketCORS, "PUT": .putBucketCORS],
        "delete": ["POST": .deleteObjects],
        "encryption": ["DELETE": .deleteBucketEncryption, "GET": .getBucketEncryption, "PUT": .putBucketEncryption],
        "intelligent-tiering": [
            "DELETE": .deleteBucketIntelligentTieringConfiguration,
            "GET": .getBucketIntelligentTieringConfiguration, "PUT": .putBucketIntelligentTieringConfiguration,
        ],
        "events": ["GET": .events],
        "inventory": [
            "DELETE": .deleteBucketInventoryConfiguration, "GET": .getBucketInventoryConfiguration,
            "PUT": .putBucketInventoryConfiguration,
        ],
        "lifecycle": [
            "DELETE": .deleteBucketLifecycle, "GET": .getBucketLifecycleConfiguration,
            "PUT": .putBucketLifecycleConfiguration,
        ],
        "location": ["GET": .getBucketLocation],
        "logging": ["GET": .getBucketLogging, "PUT": .putBucketLogging],
        "metadataAnnotationTable": ["PUT": .updateBucketMetadataAnnotationTableConfiguration],
        "metadataConfiguration": [
            "DELETE": .deleteBucketMetadataConfiguration, "GET": .getBucketMetadataConfiguration,
            "POST": .createBucketMetadataConfiguration,
        ],
        "metadataInventoryTable": ["PUT": .updateBucketMetadataInventoryTableConfiguration],
        "metadataJournalTable": ["PUT": .updateBucketMetadataJournalTableConfiguration],
        "metadataTable": [
            "DELETE": .deleteBucketMetadataTableConfiguration, "GET": .getBucketMetadataTableConfiguration,
            "POST": .createBucketMetadataTableConfiguration,
        ],
        "metrics": [
            "DELETE": .deleteBucketMetricsConfiguration, "GET": .getBucketMetricsConfiguration,
            "PUT": .putBucketMetricsConfiguration,
        ],
        "notification": ["GET": .getBucketNotificationConfiguration, "PUT": .putBucketNotificationConfiguration],
        "object-lock": ["GET": .getObjectLockConfiguration, "PUT": .putObjectLockConfiguration],
        "ownershipControls": [
            "DELETE": .deleteBucketOwnershipControls, "GET": .getBucketOwnershipControls,
            "PUT": .putBucketOwnershipControls,
        ],
        "policy": ["DELETE": .deleteBucketPolicy, "GET": .getBucketPolicy, "PUT": .putBucketPolicy],
        "policyStatus": ["GET": .getBucketPolicyStatus],
        "publicAccessBlock": [
            "DELETE": .deletePublicAccessBlock, "GET": .getPublicAccessBlock, "PUT": .putPublicAccessBlock,
        ],
        "replication": [
            "DELETE": .deleteBucketReplication, "GET": .getBucketReplication, "PUT": .putBucketReplication,
        ],
        "requestPayment": ["GET": .getBucketRequestPayment, "PUT": .putBucketRequestPayment],
        "search": [
            "DELETE": .deleteSearchConfiguration, "GET": .search, "POST": .search, "PUT": .putSearchConfiguration,
        ],
        "session": ["GET": .createSession],
        "tagging": ["DELETE": .deleteBucketTagging, "GET": .getBucketTagging, "PUT": .putBucketTagging],
        "uploads": ["GET": .listMultipartUploads],
        "versioning": ["GET": .getBucketVersioning, "PUT": .putBucketVersioning],
        "versions": ["GET": .listObjectVersions],
        "website": ["DELETE": .deleteBucketWebsite, "GET": .getBucketWebsite, "PUT": .putBucketWebsite],
    ]

    /// Configurations of which a bucket has many: without an ID a GET lists them.
    private static let listsWithoutID: [String: OperationName] = [
        "analytics": .listBucketAnalyticsConfigurations,
        "intelligent-tiering": .listBucketIntelligentTieringConfigurations,
        "inventory": .listBucketInventoryConfigurations,
        "metrics": .listBucketMetricsConfigurations,
    ]

    // MARK: Objects

    private static func objectOperation(
        _ method: String, _ query: QueryItems, _ fields: RequestFields
    ) throws(S3Error) -> OperationName {
        if let subresource = try subresource(query, of: objectSubresources) {
            let row = objectSubresources[subresource] ?? [:]
            guard let name = row[method] else { throw notAllowed(method, "OBJECT", allow: row.keys.sorted()) }
            if name == .getObjectAnnotation, !query.contains("annotationName") { return .listObjectAnnotations }
            return name == .uploadPart && fields["x-amz-copy-source"] != nil ? .uploadPartCopy : name
        }
        switch method {
        case "GET": return .getObject
        case "HEAD": return .headObject
        case "PUT": return fields["x-amz-copy-source"] != nil ? .copyObject : .putObject
        case "DELETE": return .deleteObject
        default: throw notAllowed(method, "OBJECT", allow: ["DELETE", "GET", "HEAD", "PUT"])
        }
    }

    private static let objectSubresources: [String: [String: OperationName]] = [
        "acl": ["GET": .getObjectACL, "PUT": .putObjectACL],
        "annotation": [
            "DELETE": .deleteObjectAnnotation, "GET": .getObjectAnnotation, "PUT": .putObjectAnnotation,
        ],
        "attributes": ["GET": .getObjectAttributes],
        "encryption": ["PUT": .updateObjectEncryption],
        "legal-hold": ["GET": .getObjectLegalHold, "PUT": .putObjectLegalHold],
        "renameObject": ["PUT": .renameObject],
        "restore": ["POST": .restoreObject],
        "retention": ["GET": .getObjectRetention, "PUT": .putObjectRetention],
        "select": ["POST": .selectObjectContent],
        "tagging": ["DELETE": .deleteObjectTagging, "GET": .getObjectTagging, "PUT": .putObjectTagging],
        "torrent": ["GET": .getObjectTorrent],
        "uploadId": [
            "DELETE": .abortMultipartUpload, "GET": .listParts, "POST": .completeMultipartUpload, "PUT": .uploadPart,
        ],
        "uploads": ["POST": .createMultipartUpload],
    ]

    // MARK: Both

    private static func subresource(
        _ query: QueryItems, of table: [String: [String: OperationName]]
    ) throws(S3Error) -> String? {
        var found: String?
        for item in query.items where table[item.name] != nil && item.name != found {
            if let found {
                throw .invalidArgument(
                    "Conflicting query string parameters: \(found), \(item.name)", name: "ResourceType",
                    value: item.name)
            }
            found = item.name
        }
        return found
    }

    private static func notAllowed(_ method: String, _ resource: String, allow: [String]) -> S3Error {
        S3Error(
            .methodNotAllowed,
            details: [S3Error.Detail("Method", method), S3Error.Detail("ResourceType", resource)],
            headers: [S3Error.Detail("allow", allow.joined(separator: ", "))])
    }
}
