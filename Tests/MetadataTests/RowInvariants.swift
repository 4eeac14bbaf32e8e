import Core
import KeyValue
import TestSupport
import Testing

@testable import Metadata

/// What must hold of a shard's rows between any two commands, read from the rows alone.
struct RowInvariants {
    /// Blobs that rows name, with the rows that name each.
    private(set) var names: [BlobID: [String]] = [:]
    private(set) var problems: [String] = []

    private var entries: [Place: ObjectRecord] = [:]
    private var uploads: Set<UploadName> = []
    private var parts: [UploadName: [UInt16: PartRecord]] = [:]
    private var tables: [Table: [UInt16: PartTablePage]] = [:]
    private var garbage: Set<GarbageName> = []
    private var condemned: Set<BlobID> = []

    private struct Place: Hashable {
        var bucket: BucketID
        var key: [UInt8]
    }

    private struct Table: Hashable {
        var place: Place
        var ordinal: UInt64
    }

    /// - Parameter expected: the blobs that were given to the shard and not yet collected.
    static func problems(_ rows: SimulatedRows, expected: Set<BlobID>) throws -> [String] {
        var check = RowInvariants()
        for (key, value) in rows.all(.rows) { try check.read(key, value) }
        check.compare(bodies: rows.all(.bodies).map(\.key))
        let named = Set(check.names.keys)
        for blob in expected.subtracting(named) { check.problems.append("\(blob) is not named by any row") }
        for blob in named.subtracting(expected) { check.problems.append("\(blob) is named although it is gone") }
        return check.problems.sorted()
    }

    private mutating func name(_ reference: BlobReference, by row: String) {
        names[reference.blob, default: []].append(row)
    }

    private mutating func read(_ row: [UInt8], _ value: [UInt8]) throws {
        let kind = try #require(RowKind(rawValue: row[4]))
        switch kind {
        case .entry:
            let (bucket, key, _) = try RowKeys.decode(row)
            let record = try ObjectRecord(value)
            entries[Place(bucket: bucket, key: key)] = record
            if case .blob(let reference) = record.location { name(reference, by: "entry \(key)") }
        case .upload: uploads.insert(try UploadName(row: row))
        case .part:
            let number = try RowKeys.lastNumber(row)
            let upload = try UploadName(row: Array(row.dropLast(2)))
            let part = try PartRecord(value)
            parts[upload, default: [:]][number] = part
            name(part.reference, by: "part \(number) of \(upload)")
        case .table:
            let (bucket, key, rest) = try RowKeys.decode(row)
            var reader = ByteReader(Array(rest))
            let table = Table(place: Place(bucket: bucket, key: key), ordinal: try reader.readBigEndian())
            let page = try PartTablePage(value)
            tables[table, default: [:]][try reader.readBigEndian()] = page
            for part in page.parts { name(part.reference, by: "table \(table) part \(part.number)") }
        case .garbage:
            let record = try GarbageRecord(row: row, value: value)
            garbage.insert(record.name)
            if let reference = record.reference { name(reference, by: "garbage \(record.name)") }
        case .condemned:
            let (_, _, rest) = try RowKeys.decode(row)
            var reader = ByteReader(Array(rest))
            condemned.insert(BlobID(high: try reader.readBigEndian(), low: try reader.readBigEndian()))
        default: break
        }
    }

    private mutating func compare(bodies: [[UInt8]]) {
        for (blob, rows) in names where rows.count != 1 { problems.append("\(blob) is named by \(rows)") }
        for blob in condemned where names[blob] != nil { problems.append("\(blob) is condemned and named") }
        for (upload, _) in parts {
            let isGarbage = garbage.contains(
                GarbageName(bucket: upload.bucket, key: upload.key, subject: .parts(of: upload.upload)))
            if uploads.contains(upload) == isGarbage { problems.append("parts of \(upload) have no or two owners") }
        }
        for (table, pages) in tables {
            let isGarbage = garbage.contains(
                GarbageName(
                    bucket: table.place.bucket, key: table.place.key, subject: .table(ordinal: table.ordinal)))
            let entry = entries[table.place]
            let isLive = if case .parts = entry?.location { entry?.bodyOrdinal == table.ordinal } else { false }
            if isLive == isGarbage { problems.append("table \(table) has no or two owners") }
            if isLive, let entry, case .parts(let index) = entry.location { compare(index, pages, entry) }
        }
        for name in garbage {
            switch name.subject {
            case .blob: break
            case .parts(let upload):
                if parts[UploadName(bucket: name.bucket, key: name.key, upload: upload)] == nil {
                    problems.append("garbage \(name) without parts")
                }
            case .table(let ordinal):
                if tables[Table(place: Place(bucket: name.bucket, key: name.key), ordinal: ordinal)] == nil {
                    problems.append("garbage \(name) without a table")
                }
            }
        }
        compareEntries(bodies)
    }

    private mutating func compareEntries(_ bodies: [[UInt8]]) {
        var wanted: Set<[UInt8]> = []
        for (place, record) in entries {
            switch record.location {
            case .blob: break
            case .inline:
                if record.summary.sizeBytes > 0 {
                    wanted.insert(
                        RowKeys(store: StoreID(1)).body(place.bucket, place.key, ordinal: record.bodyOrdinal))
                }
            case .parts:
                if tables[Table(place: place, ordinal: record.bodyOrdinal)] == nil {
                    problems.append("object \(place) without its table")
                }
            }
        }
        if wanted != Set(bodies) { problems.append("bodies are not those of the inline objects") }
    }

    /// The record's index of a part table says what its pages are.
    private mutating func compare(_ index: PartTable, _ pages: [UInt16: PartTablePage], _ record: ObjectRecord) {
        if pages.count != index.pageCount { problems.append("\(pages.count) pages, not \(index.pageCount)") }
        var (count, offset, lastNumber) = (0, UInt64(0), UInt16(0))
        for number in 0..<UInt16(index.pageCount) {
            guard let page = pages[number], let first = page.parts.first else {
                problems.append("page \(number) is missing or empty")
                continue
            }
            if page.startOffset != offset { problems.append("page \(number) begins elsewhere") }
            if number > 0, index.laterPages[Int(number) - 1] != .init(number: first.number, offset: offset) {
                problems.append("the index is wrong about page \(number)")
            }
            if page.parts.count > PartTable.partsPerPage { problems.append("page \(number) is too long") }
            for part in page.parts {
                if part.number <= lastNumber { problems.append("part \(part.number) is out of order") }
                lastNumber = part.number
                offset += part.reference.sizeBytes
                count += 1
            }
        }
        if count != Int(index.count) || count != Int(record.summary.partCount) { problems.append("\(count) parts") }
        if offset != record.summary.sizeBytes { problems.append("\(offset) bytes, not \(record.summary.sizeBytes)") }
    }
}
