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
        do {
            return try listing(query)
        } catch let error as KeyValueError {
            throw .store(error)
        } catch let error as CodecError {
            throw .undecodable(error)
        } catch {
            throw .undecodable(.field("listing"))
        }
    }

    private func listing(_ query: ListingQuery) throws -> ListingPage {
        var page = ListingPage()
        let scope = keys.prefix(.entry, query.bucket, query.prefix)
        let cursor = try rows.cursor(.rows, end: keyAfter(prefix: scope))
        guard let start = firstRow(query, scope: scope) else { return page }
        var isThere = try cursor.seek(start)
        while isThere {
            let key = try cursor.withKey { (row) throws(CodecError) in try Self.plainKey(row) }
            if let common = commonPrefix(of: key, query) {
                if case .after(let after) = query.start, !after.lexicographicallyPrecedes(common) {
                    // The page before ended within or behind this common prefix.
                } else {
                    if page.items.count == query.limit { page.hasMore = true; return page }
                    page.items.append(.commonPrefix(common))
                }
                guard let next = keyAfter(prefix: keys.prefix(.entry, query.bucket, common)) else { return page }
                isThere = try cursor.seek(next)
                continue
            }
            if page.items.count == query.limit { page.hasMore = true; return page }
            page.items.append(
                .object(key: key, try cursor.withValue { (row) throws(CodecError) in try Self.summary(row) }))
            isThere = try cursor.next()
        }
        return page
    }

    private func firstRow(_ query: ListingQuery, scope: [UInt8]) -> [UInt8]? {
        let start: [UInt8]?
        switch query.start {
        case .beginning: return scope
        case .after(let key): start = keys.entry(query.bucket, key) + [0]
        case .afterPrefix(let prefix): start = keyAfter(prefix: keys.prefix(.entry, query.bucket, prefix))
        }
        guard let start else { return nil }
        return start.lexicographicallyPrecedes(scope) ? scope : start
    }

    /// The key up to and with the first delimiter behind the prefix.
    private func commonPrefix(of key: [UInt8], _ query: ListingQuery) -> [UInt8]? {
        guard !query.delimiter.isEmpty else { return nil }
        var index = query.prefix.count
        if query.delimiter.count == 1 {
            let delimiter = query.delimiter[0]
            while index < key.count {
                if key[index] == delimiter { return Array(key[...index]) }
                index += 1
            }
            return nil
        }
        while index + query.delimiter.count <= key.count {
            if key[index..<index + query.delimiter.count].elementsEqual(query.delimiter) {
                return Array(key[..<(index + query.delimiter.count)])
            }
            index += 1
        }
        return nil
    }

    /// The object key of an entry row, which ends with 00 01.
    private static func plainKey(_ row: UnsafeRawBufferPointer) throws(CodecError) -> [UInt8] {
        guard row.count >= RowKeys.bucketBytes + 2 else { throw .truncated }
        let escaped = row[RowKeys.bucketBytes..<row.count - 2]
        if !escaped.contains(0) { return Array(escaped) }
        return try RowKeys.decode(Array(row)).key
    }

    private static func summary(_ value: UnsafeRawBufferPointer) throws(CodecError) -> ObjectRecord.Summary {
        var reader = ByteReader(Array(value.prefix(64)))
        return try ObjectRecord.summary(from: &reader)
    }
}
