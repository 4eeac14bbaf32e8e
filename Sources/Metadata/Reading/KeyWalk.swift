import Core
import KeyValue

/// Walks rows of one kind in the order of their object keys, with a prefix and a delimiter as S3 means them: rows below
/// a common prefix are passed by one seek. The rows may have something behind their key.
struct KeyWalk {
    enum Item {
        case row(key: [UInt8])
        case commonPrefix([UInt8])
    }

    let reader: MetadataReader
    let kind: RowKind
    let bucket: BucketID
    let prefix: [UInt8]
    let delimiter: [UInt8]

    /// - Parameters:
    ///   - start: the first row that may be shown; nil is the beginning.
    ///   - after: a common prefix is shown only if it is greater than this: the page before ended within or behind it.
    ///   - body: false ends the walk.
    func run(
        from start: [UInt8]?, after: [UInt8]?,
        _ body: (Item, any KeyValueCursor) throws -> Bool
    ) throws(RowError) {
        do {
            try walk(from: start, after: after, body)
        } catch let error as KeyValueError {
            throw .store(error)
        } catch let error as CodecError {
            throw .undecodable(error)
        } catch {
            throw .undecodable(.field("listing"))
        }
    }

    private func walk(
        from start: [UInt8]?, after: [UInt8]?, _ body: (Item, any KeyValueCursor) throws -> Bool
    ) throws {
        let keys = reader.keys
        let scope = keys.prefix(kind, bucket, prefix)
        let cursor = try reader.rows.cursor(.rows, end: keyAfter(prefix: scope))
        var first = start ?? scope
        if first.lexicographicallyPrecedes(scope) { first = scope }
        var isThere = try cursor.seek(first)
        while isThere {
            let key = try cursor.withKey { (row) throws(CodecError) in try Self.plainKey(row) }
            guard let common = commonPrefix(of: key) else {
                guard try body(.row(key: key), cursor) else { return }
                isThere = try cursor.next()
                continue
            }
            if after.map({ $0.lexicographicallyPrecedes(common) }) ?? true {
                guard try body(.commonPrefix(common), cursor) else { return }
            }
            guard let next = keyAfter(prefix: keys.prefix(kind, bucket, common)) else { return }
            isThere = try cursor.seek(next)
        }
    }

    /// The key up to and with the first delimiter behind the prefix.
    private func commonPrefix(of key: [UInt8]) -> [UInt8]? {
        guard !delimiter.isEmpty else { return nil }
        var index = prefix.count
        if delimiter.count == 1 {
            let delimiter = delimiter[0]
            while index < key.count {
                if key[index] == delimiter { return Array(key[...index]) }
                index += 1
            }
            return nil
        }
        while index + delimiter.count <= key.count {
            if key[index..<index + delimiter.count].elementsEqual(delimiter) {
                return Array(key[..<(index + delimiter.count)])
            }
            index += 1
        }
        return nil
    }

    /// The object key of a row, which ends with 00 01: the only 00 in most rows' keys.
    private static func plainKey(_ row: UnsafeRawBufferPointer) throws(CodecError) -> [UInt8] {
        guard row.count >= RowKeys.bucketBytes + 2 else { throw .truncated }
        let rest = UnsafeRawBufferPointer(rebasing: row[RowKeys.bucketBytes...])
        guard let end = rest.firstIndex(of: 0), end + 1 < rest.count else { throw .truncated }
        if rest[end + 1] == 1 { return Array(rest[..<end]) }
        return try RowKeys.decode(Array(row)).key
    }
}
