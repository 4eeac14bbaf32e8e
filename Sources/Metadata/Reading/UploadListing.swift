public import Core
import KeyValue

/// What a page of ListMultipartUploads asks of one shard.
public struct UploadsQuery: Sendable, Equatable {
    public var bucket: BucketID
    public var prefix: [UInt8]
    public var delimiter: [UInt8]
    public var limit: Int
    public var start: Start

    public enum Start: Sendable, Equatable {
        case beginning
        /// Only uploads of keys greater than this; a common prefix counts if it is greater, too.
        case afterKey([UInt8])
        /// As `afterKey`, and uploads of the key itself that began after this one.
        case afterUpload(key: [UInt8], UniqueID)
        /// Only what comes after every key that begins with this.
        case afterPrefix([UInt8])
    }

    public init(bucket: BucketID, prefix: [UInt8], delimiter: [UInt8], limit: Int, start: Start) {
        self.bucket = bucket
        self.prefix = prefix
        self.delimiter = delimiter
        self.limit = limit
        self.start = start
    }
}

public struct UploadsPage: Sendable, Equatable {
    public enum Item: Sendable, Equatable {
        case upload(UploadName, UploadRecord)
        case commonPrefix([UInt8])
    }

    public var items: [Item] = []
    /// There is at least one more item in this shard.
    public var hasMore = false

    public init() {}
}

extension MetadataReader {
    /// A page in the order of keys, uploads of one key in the order in which they began. Its cost follows the page.
    public func uploads(_ query: UploadsQuery) throws(RowError) -> UploadsPage {
        var page = UploadsPage()
        let start: [UInt8]?
        var after: [UInt8]?
        switch query.start {
        case .beginning: start = nil
        case .afterKey(let key):
            start = keyAfter(prefix: keys.upload(query.bucket, key, nil))
            after = key
        case .afterUpload(let key, let upload):
            start = keys.upload(query.bucket, key, upload) + [0]
            after = key
        case .afterPrefix(let prefix):
            guard let row = keyAfter(prefix: keys.prefix(.upload, query.bucket, prefix)) else { return page }
            start = row
        }
        let walk = KeyWalk(
            reader: self, kind: .upload, bucket: query.bucket, prefix: query.prefix, delimiter: query.delimiter)
        try walk.run(from: start, after: after) { item, cursor in
            guard page.items.count < query.limit else {
                page.hasMore = true
                return false
            }
            switch item {
            case .row: page.items.append(.upload(try UploadName(row: cursor.key), try UploadRecord(cursor.value)))
            case .commonPrefix(let common): page.items.append(.commonPrefix(common))
            }
            return true
        }
        return page
    }
}
