/// An upload from an HTML form. The head says only where the form goes: its fields, which a `FormDecoder` reads, hold
/// the rest, the proof of who sent it included.
///
/// Source: Amazon S3 API Reference, "POST Object" (`RESTObjectPOST.html`).
public struct PostObjectRequest: Sendable, Equatable {
    /// Of all that comes before the file, in bytes.
    public static let maximumFieldBytes = 20 << 10

    public var bucket: BucketName
    /// Divides the parts of the form: 1 to 70 bytes (RFC 2046, section 5.1.1).
    public var boundary: [UInt8]
    /// Bytes of the whole form.
    public var length: UInt64

    public init(bucket: BucketName, boundary: [UInt8], length: UInt64) {
        self.bucket = bucket
        self.boundary = boundary
        self.length = length
    }
}
