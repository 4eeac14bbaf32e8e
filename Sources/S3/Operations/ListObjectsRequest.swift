/// ListObjects and ListObjectsV2, which differ in how a page is continued and in some elements of the answer.
///
/// Source: Amazon S3 API Reference, `ListObjectsV2` (`API_ListObjectsV2.html`), `ListObjects` (`API_ListObjects.html`).
public struct ListObjectsRequest: Sendable, Equatable {
    public enum Version: Sendable, Equatable {
        case v1, v2
    }

    /// Where the page begins.
    public enum Start: Sendable, Equatable {
        case beginning
        /// Behind this key: `start-after`, or `marker`. A common prefix that is not greater is left out.
        case after([UInt8])
        /// From a continuation token: behind this key, or behind every key that begins with this common prefix.
        case resume(ListPosition)
    }

    /// Keys and common prefixes of one page at most.
    public static let maximumPage = 1000

    public var bucket: BucketName
    public var version: Version
    /// UTF-8; empty: every key.
    public var prefix: [UInt8]
    /// UTF-8; empty: no common prefixes.
    public var delimiter: [UInt8]
    /// 0 to 1,000; what the client asked for is cut to that.
    public var maximumKeys: Int
    public var start: Start
    /// Owners are wanted (V1 always has them).
    public var wantsOwner: Bool
    /// `encoding-type=url`: keys and prefixes are percent-encoded in the answer.
    public var encodesKeys: Bool
    /// As sent: the answer repeats it.
    public var echo: Echo

    /// What the answer repeats as it was sent.
    public struct Echo: Sendable, Equatable {
        /// V1; UTF-8.
        public var marker: [UInt8]?
        /// V2; UTF-8.
        public var startAfter: [UInt8]?
        public var continuationToken: String?

        public init(marker: [UInt8]? = nil, startAfter: [UInt8]? = nil, continuationToken: String? = nil) {
            self.marker = marker
            self.startAfter = startAfter
            self.continuationToken = continuationToken
        }
    }

    public init(
        bucket: BucketName, version: Version = .v2, prefix: [UInt8] = [], delimiter: [UInt8] = [],
        maximumKeys: Int = maximumPage, start: Start = .beginning, wantsOwner: Bool = false, encodesKeys: Bool = false,
        echo: Echo = Echo()
    ) {
        self.bucket = bucket
        self.version = version
        self.prefix = prefix
        self.delimiter = delimiter
        self.maximumKeys = maximumKeys
        self.start = start
        self.wantsOwner = wantsOwner
        self.encodesKeys = encodesKeys
        self.echo = echo
    }
}

/// The last thing on a page of a listing: the next page begins behind it.
public enum ListPosition: Sendable, Equatable {
    case key([UInt8])
    /// Behind every key that begins with it.
    case commonPrefix([UInt8])

    public var bytes: [UInt8] {
        switch self {
        case .key(let bytes), .commonPrefix(let bytes): bytes
        }
    }
}
