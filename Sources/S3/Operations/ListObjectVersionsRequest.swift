/// Of a bucket without versioning every object has one version, `null`, which is the latest.
///
/// Source: Amazon S3 API Reference, `ListObjectVersions` (`API_ListObjectVersions.html`).
public struct ListObjectVersionsRequest: Sendable, Equatable {
    public var bucket: BucketName
    /// UTF-8; empty: every key.
    public var prefix: [UInt8]
    /// UTF-8; empty: no common prefixes.
    public var delimiter: [UInt8]
    /// 0 to 1,000.
    public var maximumKeys: Int
    /// UTF-8. Only keys behind it; a common prefix that is not greater is left out.
    public var keyMarker: [UInt8]
    /// As sent: the version of the marker's key behind which the page begins. `null` is the only one.
    public var versionMarker: String?
    /// `encoding-type=url`.
    public var encodesKeys: Bool

    public init(
        bucket: BucketName, prefix: [UInt8] = [], delimiter: [UInt8] = [],
        maximumKeys: Int = ListObjectsRequest.maximumPage, keyMarker: [UInt8] = [], versionMarker: String? = nil,
        encodesKeys: Bool = false
    ) {
        self.bucket = bucket
        self.prefix = prefix
        self.delimiter = delimiter
        self.maximumKeys = maximumKeys
        self.keyMarker = keyMarker
        self.versionMarker = versionMarker
        self.encodesKeys = encodesKeys
    }

    /// The listing of objects that has the same page.
    public var objects: ListObjectsRequest {
        ListObjectsRequest(
            bucket: bucket, version: .v1, prefix: prefix, delimiter: delimiter, maximumKeys: maximumKeys,
            start: keyMarker.isEmpty ? .beginning : .after(keyMarker), wantsOwner: true, encodesKeys: encodesKeys)
    }
}
