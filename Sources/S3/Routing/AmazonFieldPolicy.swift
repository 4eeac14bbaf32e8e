/// What becomes of each `x-amz-*` field of a request: served, known to be harmless, or refused. What is not listed is
/// refused: a client that asks for encryption or a lock and hears nothing would believe that it has it.
///
/// Source: Amazon S3 API Reference, "Common request headers" (`RESTCommonRequestHeaders.html`) and the request syntax
/// of each operation.
enum AmazonFieldPolicy {
    /// Fields that an operation reads, or that change nothing that Roost does.
    private static let served: Set<String> = [
        // Of authentication and of the body's form.
        "x-amz-date", "x-amz-content-sha256", "x-amz-security-token", "x-amz-decoded-content-length", "x-amz-trailer",
        "x-amz-sdk-checksum-algorithm", "x-amz-checksum-mode",
        // Who sends, and who pays: nobody is billed here.
        "x-amz-user-agent", "x-amz-request-payer", "x-amz-te",
        // Elements of a listing that would be there if objects had them.
        "x-amz-optional-object-attributes",
    ]

    /// Fields of some operations alone.
    private static func isServed(_ name: String, by operation: OperationName) -> Bool {
        switch operation {
        case .createMultipartUpload:
            name == "x-amz-tagging" || name == "x-amz-checksum-algorithm" || name == "x-amz-checksum-type"
        case .putObject:
            // Some SDKs name the algorithm here too; what they send of it counts.
            name == "x-amz-tagging" || name == "x-amz-checksum-algorithm" || name == "x-amz-checksum-type"
        case .completeMultipartUpload: name == "x-amz-mp-object-size" || name == "x-amz-checksum-type"
        case .copyObject:
            name == "x-amz-tagging" || name == "x-amz-checksum-algorithm" || copyFields.contains(name)
                || copySourceFields.contains(name)
        case .uploadPartCopy: name == "x-amz-copy-source-range" || copySourceFields.contains(name)
        case .getObjectAttributes: attributeFields.contains(name)
        case .putBucketACL, .putObjectACL: AccessGrant.headers.contains { $0.name == name }
        default: false
        }
    }

    private static let copyFields: Set<String> = ["x-amz-metadata-directive", "x-amz-tagging-directive"]

    private static let copySourceFields: Set<String> = [
        "x-amz-copy-source", "x-amz-copy-source-if-match", "x-amz-copy-source-if-none-match",
        "x-amz-copy-source-if-modified-since", "x-amz-copy-source-if-unmodified-since",
    ]

    private static let attributeFields: Set<String> = [
        "x-amz-object-attributes", "x-amz-max-parts", "x-amz-part-number-marker",
    ]

    /// - Throws: `NotImplemented` with the name of the first field that is not served; `InvalidArgument` and
    ///   `InvalidStorageClass` for values that S3 does not know.
    static func check(_ fields: RequestFields, for operation: OperationName) throws(S3Error) {
        try fields.forEachAmazonField { (name, value) throws(S3Error) in
            if name.hasASCIIPrefix("x-amz-meta-") || served.contains(name) { return }
            if ChecksumAlgorithm(field: name) != nil || isServed(name, by: operation) { return }
            guard try isDefault(name, value, operation) else { throw .notImplemented(header: name) }
        }
    }

    /// True if the field asks for what Roost does anyhow.
    private static func isDefault(
        _ name: String, _ value: String, _ operation: OperationName
    ) throws(S3Error) -> Bool {
        switch name {
        case "x-amz-acl":
            guard acls.contains(value) else {
                throw .invalidArgument("Invalid canned ACL", name: name, value: value)
            }
            // Objects belong to the bucket's owner: both mean that nobody else may read.
            return value == "private" || (value == "bucket-owner-full-control" && !bucketOperations.contains(operation))
        case "x-amz-storage-class":
            guard storageClasses.contains(value) else {
                throw S3Error(
                    .invalidStorageClass, details: [S3Error.Detail("StorageClassRequested", value)])
            }
            return value == "STANDARD"
        case "x-amz-object-ownership": return value == "BucketOwnerEnforced"
        case "x-amz-bucket-namespace": return value == "global"
        case "x-amz-bucket-object-lock-enabled", "x-amz-bypass-governance-retention",
            "x-amz-server-side-encryption-bucket-key-enabled":
            return value.lowercased() == "false"
        default: return false
        }
    }

    private static let bucketOperations: Set<OperationName> = [.createBucket, .putBucketACL]

    private static let acls: Set<String> = [
        "private", "public-read", "public-read-write", "authenticated-read", "aws-exec-read", "bucket-owner-read",
        "bucket-owner-full-control", "log-delivery-write",
    ]

    private static let storageClasses: Set<String> = [
        "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER",
        "DEEP_ARCHIVE", "OUTPOSTS", "GLACIER_IR", "SNOW", "EXPRESS_ONEZONE", "FSX_OPENZFS", "FSX_ONTAP",
    ]
}
