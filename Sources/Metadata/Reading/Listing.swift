public import Core
import KeyValue

/// What a page of a listing asks of one shard.
public struct ListingQuery: Sendable, Equatable {
    public var bucket: BucketID
    public var prefix: [UInt8]
    public var delimiter: [UInt8]
    public var limit: Int
    public var start: Start

    public enum Start: Sendable, Equatable {
        case beginning
        /// Only keys greater than this; a common prefix counts if it is greater, too.
        case after([UInt8])
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

public struct ListingPage: Sendable, Equatable {
    public enum Item: Sendable, Equatable {
        case object(key: [UInt8], ObjectRecord.Summary)
        case commonPrefix([UInt8])
    }

    public var items: [Item] = []
    /// There is at least one more item in this shard.
    public var hasMore = false

    public init() {}
}

extension MetadataReader {
    /// A page in key order. Its cost follows the page: a common prefix is passed by one seek, whatever lies below it.
    public func list(_ query: ListingQuery) throws(RowError) -> ListingPage {
        var page = ListingPage()
        let start: [UInt8]?
        var after: [UInt8]?
        switch query.start {
        case .beginning: start = nil
        case .after(let key):
            start = keys.entry(query.bucket, key) + [0]
            after = key
        case .afterPrefix(let prefix):
            guard let row = keyAfter(prefix: keys.prefix(.entry, query.bucket, prefix)) else { return page }
            start = row
        }
        let walk = KeyWalk(
            reader: self, kind: .entry, bucket: query.bucket, prefix: query.prefix, delimiter: query.delimiter)
        try walk.run(from: start, after: after) { item, cursor in
            guard page.items.count < query.limit else {
                page.hasMore = true
                return false
            }
            switch item {
            case .row(let key):
                page.items.append(
                    .object(key: key, try cursor.withValue { (row) throws(CodecError) in try Self.summary(row) }))
            case .commonPrefix(let common): page.items.append(.commonPrefix(common))
            }
            return true
        }
        return page
    }

    private static func summary(_ value: UnsafeRawBufferPointer) throws(CodecError) -> ObjectRecord.Summary {
        var reader = ByteReader(Array(value.prefix(64)))
        return try ObjectRecord.summary(from: &reader)
    }
}
