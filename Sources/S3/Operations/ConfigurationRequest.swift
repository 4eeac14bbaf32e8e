/// A question for, or the removal of, a configuration that buckets of Roost do not have: what SDKs and tools probe
/// before they work with a bucket. The answer is fixed: the document of a bucket without it, or the error that AWS
/// documents for that. It holds for buckets that exist; that is to be checked first.
public struct ConfigurationRequest: Sendable, Equatable {
    /// One of the operations that `isProbe` names.
    public let name: OperationName
    public let bucket: BucketName

    init(name: OperationName, bucket: BucketName) {
        precondition(name.isProbe, "\(name.rawValue) has no fixed answer")
        self.name = name
        self.bucket = bucket
    }
}
