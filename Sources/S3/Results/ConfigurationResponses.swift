extension S3Response {
    /// The fixed answer to a probe, once the bucket is known to exist. The codes and documents are those of the API page
    /// of each operation.
    /// - Throws: the error for a configuration that is not there.
    public static func configuration(_ request: ConfigurationRequest) throws(S3Error) -> S3Response {
        if let code = missing(request.name) { throw S3Error(code, details: [.init("BucketName", request.bucket.text)]) }
        switch request.name {
        case .getObjectLegalHold, .getObjectRetention:
            throw .invalidRequest("Bucket is missing Object Lock Configuration")
        // Nothing was there, nothing is there: AWS answers so too.
        case .deleteBucketCORS, .deleteBucketEncryption, .deleteBucketLifecycle, .deleteBucketOwnershipControls,
            .deleteBucketPolicy, .deleteBucketReplication, .deleteBucketWebsite, .deletePublicAccessBlock:
            return .empty(status: 204)
        default:
            return .document(document(request.name))
        }
    }

    private static func missing(_ name: OperationName) -> S3ErrorCode? {
        switch name {
        case .getBucketCORS: .noSuchCORSConfiguration
        case .getBucketEncryption: .encryptionConfigurationNotFound
        case .getBucketLifecycleConfiguration: .noSuchLifecycleConfiguration
        case .getBucketPolicy, .getBucketPolicyStatus: .noSuchBucketPolicy
        case .getBucketReplication: .replicationConfigurationNotFound
        case .getBucketWebsite: .noSuchWebsiteConfiguration
        case .getObjectLockConfiguration: .objectLockConfigurationNotFound
        case .getPublicAccessBlock: .noSuchPublicAccessBlock
        case .getBucketAnalyticsConfiguration, .getBucketIntelligentTieringConfiguration,
            .getBucketInventoryConfiguration, .getBucketMetricsConfiguration, .deleteBucketAnalyticsConfiguration,
            .deleteBucketIntelligentTieringConfiguration, .deleteBucketInventoryConfiguration,
            .deleteBucketMetricsConfiguration:
            .noSuchConfiguration
        default: nil
        }
    }

    private static func document(_ name: OperationName) -> [UInt8] {
        var writer = XMLWriter()
        switch name {
        case .getBucketABAC:
            writer.wrapped("AbacStatus") { $0.element("Status", "Disabled") }
        case .getBucketAccelerateConfiguration: writer.wrapped("AccelerateConfiguration")
        case .getBucketLogging: writer.wrapped("BucketLoggingStatus")
        case .getBucketNotificationConfiguration: writer.wrapped("NotificationConfiguration")
        case .getBucketOwnershipControls:
            // Access control lists are not kept, which is what this setting says.
            writer.wrapped("OwnershipControls") { writer in
                writer.open("Rule")
                writer.element("ObjectOwnership", "BucketOwnerEnforced")
                writer.close("Rule")
            }
        case .getBucketRequestPayment:
            writer.wrapped("RequestPaymentConfiguration") { $0.element("Payer", "BucketOwner") }
        case .getBucketVersioning: writer.wrapped("VersioningConfiguration")
        case .listBucketAnalyticsConfigurations: writer.emptyList("ListBucketAnalyticsConfigurationResult")
        case .listBucketIntelligentTieringConfigurations:
            writer.emptyList("ListBucketIntelligentTieringConfigurationsOutput")
        case .listBucketInventoryConfigurations: writer.emptyList("ListInventoryConfigurationsResult")
        case .listBucketMetricsConfigurations: writer.emptyList("ListMetricsConfigurationsResult")
        default: preconditionFailure("\(name.rawValue) has no fixed document")
        }
        return writer.bytes
    }
}

extension XMLWriter {
    fileprivate mutating func wrapped(_ name: StaticString, _ content: (inout XMLWriter) -> Void = { _ in }) {
        open(name, namespace: Self.s3Namespace)
        content(&self)
        close(name)
    }

    fileprivate mutating func emptyList(_ name: StaticString) {
        wrapped(name) { $0.element("IsTruncated", false) }
    }
}
