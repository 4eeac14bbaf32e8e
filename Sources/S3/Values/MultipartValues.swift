/// Names a multipart upload to its client: opaque text, made by the store and given back as it was.
///
/// Source: Amazon S3 API Reference, `CreateMultipartUpload` (`API_CreateMultipartUpload.html`, "UploadId").
public struct UploadID: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    public init(text: String) { self.text = text }

    public var description: String { text }
}

/// The number of a part: 1 to 10,000.
///
/// Source: Amazon S3 User Guide, "Amazon S3 multipart upload limits" (`qfacts.html`).
public struct PartNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    public static let maximum = 10_000

    public let value: Int

    /// nil outside of 1 to 10,000.
    public init?(_ value: Int) {
        guard (1...Self.maximum).contains(value) else { return nil }
        self.value = value
    }

    /// nil unless the text is such a number in digits alone.
    public init?(_ text: some StringProtocol) {
        guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let value = Int(text)
        else { return nil }
        self.init(value)
    }

    public var description: String { "\(value)" }
    public static func < (left: PartNumber, right: PartNumber) -> Bool { left.value < right.value }
}

/// The limits of multipart uploads.
///
/// Source: Amazon S3 User Guide, "Amazon S3 multipart upload limits" (`qfacts.html`).
public enum MultipartLimits {
    /// Bytes of every part but the last, at least.
    public static let minimumPartBytes: UInt64 = 5 << 20
    /// Bytes of a part at most: 5 GiB.
    public static let maximumPartBytes: UInt64 = 5 << 30
    /// Bytes of an object at most: 10,000 parts of 5 GiB.
    public static let maximumObjectBytes: UInt64 = maximumPartBytes * UInt64(PartNumber.maximum)
}

/// The checksum that an upload was begun with: what its parts and the object will have.
public struct MultipartChecksum: Sendable, Equatable {
    public var algorithm: ChecksumAlgorithm
    public var type: ChecksumType

    public init(_ algorithm: ChecksumAlgorithm, _ type: ChecksumType) {
        self.algorithm = algorithm
        self.type = type
    }
}
