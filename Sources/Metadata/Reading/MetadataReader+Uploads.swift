public import Core
import KeyValue

/// A part row with its number.
public struct NumberedPart: Sendable, Equatable {
    public var number: UInt16
    public var part: PartRecord

    public init(number: UInt16, part: PartRecord) {
        self.number = number
        self.part = part
    }
}

/// What a shard knows of an upload.
public enum UploadState: Sendable, Equatable {
    case open(UploadRecord)
    /// Not long ago.
    case completed(CompletionRecord)
    case unknown
}

public struct PartsPage: Sendable, Equatable {
    public var parts: [NumberedPart] = []
    public var hasMore = false
    public init() {}
}

/// Uploads and the parts of versions. Costs follow what is returned.
extension MetadataReader {
    public func uploadState(_ name: UploadName) throws(RowError) -> UploadState {
        if let record = try upload(name) { return .open(record) }
        if let record = try completion(name) { return .completed(record) }
        return .unknown
    }

    func upload(_ name: UploadName) throws(RowError) -> UploadRecord? {
        guard let row = try get(.rows, keys.upload(name.bucket, name.key, name.upload)) else { return nil }
        do throws(CodecError) { return try UploadRecord(row) } catch { throw .undecodable(error) }
    }

    func completion(_ name: UploadName) throws(RowError) -> CompletionRecord? {
        guard let row = try get(.rows, keys.completion(name)) else { return nil }
        do throws(CodecError) { return try CompletionRecord(row) } catch { throw .undecodable(error) }
    }

    func part(_ name: UploadName, _ number: UInt16) throws(RowError) -> PartRecord? {
        guard let row = try get(.rows, keys.part(name, number)) else { return nil }
        do throws(CodecError) { return try PartRecord(row) } catch { throw .undecodable(error) }
    }

    /// Part rows in the order of their numbers, also of an upload that is garbage.
    public func parts(of name: UploadName, after number: UInt16, limit: Int) throws(RowError) -> PartsPage {
        var page = PartsPage()
        guard number < .max else { return page }
        try scan(.rows, keys.part(name, nil), from: keys.part(name, number + 1)) { (row, value) throws(CodecError) in
            guard page.parts.count < limit else {
                page.hasMore = true
                return false
            }
            page.parts.append(NumberedPart(number: try RowKeys.lastNumber(row), part: try PartRecord(value)))
            return true
        }
        return page
    }

    /// nil: there is no such page, or not any more.
    public func tablePage(
        _ bucket: BucketID, _ key: [UInt8], ordinal: UInt64, page: Int
    ) throws(RowError) -> PartTablePage? {
        guard let row = try get(.rows, keys.table(bucket, key, ordinal: ordinal, page: page)) else { return nil }
        return try decodePage(row)
    }

    public func cachedTablePage(
        _ bucket: BucketID, _ key: [UInt8], ordinal: UInt64, page: Int
    ) throws(RowError) -> Cached<PartTablePage?> {
        switch try cached(.rows, keys.table(bucket, key, ordinal: ordinal, page: page)) {
        case .unknown: return .unknown
        case .missing: return .known(nil)
        case .found(let row): return .known(try decodePage(row))
        }
    }

    private func decodePage(_ row: [UInt8]) throws(RowError) -> PartTablePage {
        do throws(CodecError) { return try PartTablePage(row) } catch { throw .undecodable(error) }
    }

    /// Pages of a part table that is garbage, the first one first.
    public func tablePages(
        _ bucket: BucketID, _ key: [UInt8], ordinal: UInt64, limit: Int
    ) throws(RowError) -> [(page: UInt16, content: PartTablePage)] {
        var pages: [(page: UInt16, content: PartTablePage)] = []
        try scan(.rows, keys.table(bucket, key, ordinal: ordinal, page: nil)) { (row, value) throws(CodecError) in
            pages.append((try RowKeys.lastNumber(row), try PartTablePage(value)))
            return pages.count < limit
        }
        return pages
    }

    /// Results of completed uploads in key order, after `position`.
    public func completions(
        after position: [UInt8]?, limit: Int
    ) throws(RowError) -> [(row: [UInt8], name: UploadName, completed: WallTime)] {
        var list: [(row: [UInt8], name: UploadName, completed: WallTime)] = []
        try scan(.rows, keys.kindPrefix(.completion), after: position) { (row, value) throws(CodecError) in
            list.append((row, try UploadName(row: row), try CompletionRecord(value).completed))
            return list.count < limit
        }
        return list
    }
}

extension UploadName {
    /// From the key of an upload or completion row.
    init(row: [UInt8]) throws(CodecError) {
        let (bucket, key, rest) = try RowKeys.decode(row)
        var reader = ByteReader(Array(rest))
        self.init(
            bucket: bucket, key: key,
            upload: UniqueID(high: try reader.readBigEndian(), low: try reader.readBigEndian()))
        try reader.expectEnd()
    }
}
