import Core
import KeyValue
import TestSupport
import Testing

@testable import Metadata

@Suite("Multipart uploads")
struct UploadTests {
    static let key = Array("big".utf8)

    static func begin(_ shard: inout ShardHarness, _ key: [UInt8] = key) throws -> UploadName {
        try shard.apply(.openBucket(bucket: ShardHarness.bucket))
        let record = UploadRecord(owner: "o", checksumAlgorithm: 3, checksumType: 2, isChecksumDeclared: false)
        let result = try shard.apply(
            .upload(.create(bucket: ShardHarness.bucket, key: key, number: 1, record: record)))
        guard case .uploadCreated(let upload) = result else { throw CodecError.field("upload") }
        return UploadName(bucket: ShardHarness.bucket, key: key, upload: upload)
    }

    static func part(_ number: Int, size: UInt64 = 5 << 20) -> PartRecord {
        let digest = Digest.of([UInt8(number & 255), UInt8(number >> 8)], .md5)
        return PartRecord(
            md5: digest, checksum: Array(digest.prefix(8)),
            reference: BlobReference(
                blob: BlobID(high: 9, low: UInt64(number)), pool: 0, dataCount: 4, parityCount: 2,
                stripeSizeBytes: 8 << 20, sizeBytes: size))
    }

    static func complete(
        _ shard: inout ShardHarness, _ name: UploadName, _ numbers: [Int], condition: Condition = .none
    ) throws -> (result: CommandResult, commandBytes: Int) {
        let outcome = try selection(numbers, of: name, in: shard)
        let command = Command.upload(
            .complete(
                UploadCompletion(
                    name: name, numbers: outcome.numbers, rowsDigest: outcome.rowsDigest,
                    listDigest: NamedPart.digest(
                        of: numbers.map { NamedPart(number: UInt16($0), md5: part($0).md5) }),
                    tag: [UInt8](repeating: 1, count: 16), checksum: [], condition: condition)))
        return (try shard.apply(command), command.encoded().count)
    }

    private static func selection(
        _ numbers: [Int], of name: UploadName, in shard: ShardHarness
    ) throws -> (numbers: PartNumbers, rowsDigest: [UInt8]) {
        var selection = PartSelection()
        let wanted = Set(numbers)
        var after: UInt16 = 0
        while true {
            let page = try shard.state.reader.parts(of: name, after: after, limit: 1000)
            for part in page.parts where wanted.contains(Int(part.number)) { selection.add(part) }
            guard page.hasMore, let last = page.parts.last else { return selection.finish() }
            after = last.number
        }
    }

    /// 10,000 parts: a small command, pages that a byte or a number finds, and one garbage row for all when it goes.
    @Test func tenThousandParts() throws {
        var shard = try ShardHarness()
        let name = try Self.begin(&shard)
        let numbers = Array(1...10_000)
        for number in numbers {
            try shard.apply(.upload(.putPart(name, number: UInt16(number), Self.part(number))))
        }
        let (result, commandBytes) = try Self.complete(&shard, name, numbers)
        guard case .completed(let record) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(commandBytes < 1024 && record.partCount == 10_000 && record.sizeBytes == 10_000 * (5 << 20))
        try expectTable(shard, numbers)
        #expect(try shard.state.reader.parts(of: name, after: 0, limit: 10).parts.isEmpty)

        let before = shard.rows.all(.rows).count { $0.key[4] != RowKind.change.rawValue }
        try shard.apply(ShardHarness.delete("big"))
        // The entry went, one garbage row came.
        #expect(shard.rows.all(.rows).count { $0.key[4] != RowKind.change.rawValue } == before)
        let garbage = try shard.state.reader.garbage(after: nil, limit: 10).map(\.item.name.subject)
        #expect(garbage == [.table(ordinal: record.ordinal)])
        for _ in 0..<20 {
            let pages = try shard.state.reader.tablePages(
                ShardHarness.bucket, Self.key, ordinal: record.ordinal, limit: 1)
            let page = try #require(pages.first)
            let garbage = GarbageName(
                bucket: ShardHarness.bucket, key: Self.key, subject: .table(ordinal: record.ordinal))
            try shard.apply(.clearParts(garbage, through: page.page))
        }
        #expect(!shard.state.reader.hasGarbage)
        #expect(try RowInvariants.problems(shard.rows, expected: []) == [])
    }

    /// Numbers with gaps: the index knows the page of each number and of each byte.
    @Test func gaps() throws {
        var shard = try ShardHarness()
        let name = try Self.begin(&shard)
        let numbers = (0..<1201).map { 3 + $0 * 8 }
        for number in numbers + [1, 2, 9999] {
            try shard.apply(.upload(.putPart(name, number: UInt16(number), Self.part(number))))
        }
        let (result, commandBytes) = try Self.complete(&shard, name, numbers)
        guard case .completed = result else {
            Issue.record("\(result)")
            return
        }
        #expect(commandBytes < 8 << 10)
        try expectTable(shard, numbers)
        // Parts that were not named are garbage, under one row.
        let garbage = try shard.state.reader.garbage(after: nil, limit: 10).map(\.item.name.subject)
        #expect(garbage == [.parts(of: name.upload)])
        let left = try shard.state.reader.parts(of: name, after: 0, limit: 10).parts.map(\.number)
        #expect(left == [1, 2, 9999])
        let blobs = Set((numbers + [1, 2, 9999]).map { Self.part($0).reference.blob })
        #expect(try RowInvariants.problems(shard.rows, expected: blobs) == [])
    }

    private func expectTable(_ shard: ShardHarness, _ numbers: [Int]) throws {
        let record = try #require(try shard.object("big")).record
        guard case .parts(let table) = record.location else {
            Issue.record("\(record.location)")
            return
        }
        #expect(table.count == numbers.count && table.pageCount == (numbers.count + 499) / 500)
        for (index, number) in numbers.enumerated() where index % 97 == 0 || index % 500 < 2 || index % 500 == 499 {
            let byPart = table.page(ofPart: UInt16(number))
            let offset = UInt64(index) * (5 << 20)
            #expect(byPart == index / 500)
            #expect(table.page(holding: offset) == byPart && table.page(holding: offset + (5 << 20) - 1) == byPart)
            let page = try #require(
                try shard.state.reader.tablePage(
                    ShardHarness.bucket, Self.key, ordinal: record.bodyOrdinal, page: byPart))
            let found = page.ranges.first { $0.part.number == number }
            #expect(found?.range == offset..<offset + (5 << 20))
            #expect(found?.part.reference.blob == Self.part(number).reference.blob)
        }
    }

    /// A request to clear parts takes nothing that is in use.
    @Test func clearingTakesOnlyGarbage() throws {
        var shard = try ShardHarness()
        let name = try Self.begin(&shard)
        try shard.apply(.upload(.putPart(name, number: 1, Self.part(1))))
        let parts = GarbageName(bucket: name.bucket, key: name.key, subject: .parts(of: name.upload))
        try shard.apply(.clearParts(parts, through: .max))
        #expect(try shard.state.reader.parts(of: name, after: 0, limit: 9).parts.count == 1)
        guard case .completed(let record) = try Self.complete(&shard, name, [1]).result else { return }
        let table = GarbageName(bucket: name.bucket, key: name.key, subject: .table(ordinal: record.ordinal))
        try shard.apply(.clearParts(table, through: .max))
        try expectTable(shard, [1])
    }

    @Test func bucketsWithUploadsDoNotClose() throws {
        var shard = try ShardHarness()
        let name = try Self.begin(&shard)
        try shard.apply(.upload(.putPart(name, number: 1, Self.part(1))))
        #expect(try shard.apply(.closeBucket(bucket: ShardHarness.bucket)) == .bucketNotEmpty)
        try shard.apply(.upload(.abort(name)))
        #expect(try shard.apply(.closeBucket(bucket: ShardHarness.bucket)) == .done)
        // Late requests of a closed bucket leave their blobs to the collector.
        #expect(try shard.apply(.upload(.putPart(name, number: 2, Self.part(2)))) == .noSuchBucket)
        #expect(
            try RowInvariants.problems(
                shard.rows, expected: [Self.part(1).reference.blob, Self.part(2).reference.blob]) == [])
    }

    /// What the collector reads to forget old results: in pages, with the time of each.
    @Test func completionsInPages() throws {
        var shard = try ShardHarness()
        var wanted: [UploadName] = []
        for number in 1...5 {
            let name = try Self.begin(&shard)
            try shard.apply(.upload(.putPart(name, number: UInt16(number), Self.part(number))))
            #expect(try Self.complete(&shard, name, [number]).result.isCompleted)
            wanted.append(name)
        }
        var (found, position) = ([UploadName](), [UInt8]?.none)
        while true {
            let page = try shard.state.reader.completions(after: position, limit: 2)
            guard let last = page.last else { break }
            #expect(page.count <= 2 && last.completed.milliseconds <= shard.time)
            found += page.map(\.name)
            position = last.row
        }
        #expect(found == wanted)
        try shard.apply(.upload(.forgetCompletions(Array(wanted.prefix(4)))))
        #expect(try shard.state.reader.completions(after: nil, limit: 9).map(\.name) == [wanted[4]])
    }

    /// Of two that complete the same upload at once both get the answer; conditions are decided in log order.
    @Test func racingCompletions() throws {
        var shard = try ShardHarness()
        let first = try Self.begin(&shard)
        let second = try Self.begin(&shard)
        for name in [first, second] {
            let number = name == first ? 1 : 2
            try shard.apply(.upload(.putPart(name, number: UInt16(number), Self.part(number))))
        }
        #expect(try Self.complete(&shard, first, [1], condition: .absent).result.isCompleted)
        #expect(try Self.complete(&shard, second, [2], condition: .absent).result == .conditionFailed)
        // The refused upload is still there.
        #expect(try shard.state.reader.parts(of: second, after: 0, limit: 9).parts.count == 1)
        #expect(try Self.complete(&shard, second, [2]).result.isCompleted)
    }
}

extension CommandResult {
    fileprivate var isCompleted: Bool { if case .completed = self { true } else { false } }
}

@Suite("Listing of uploads")
struct UploadListingTests {
    struct Found: Equatable {
        var key: String
        var upload: UniqueID?
    }

    /// Pages of any size are what sorting gives: keys by their bytes, uploads of a key as they began.
    @Test(arguments: 1...20) func pagesAreWhatSortingGives(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var shard = try ShardHarness()
        let letters = ["a", "b", "/", "é", "\u{0}"]
        var names: [UploadName] = []
        for _ in 0..<40 {
            let key = (0...random.below(4)).map { _ in letters[random.below(letters.count)] }.joined()
            names.append(try UploadTests.begin(&shard, Array(key.utf8)))
        }
        for name in names where random.chance(0.2) {
            try shard.apply(.upload(.abort(name)))
            names.removeAll { $0 == name }
        }
        let prefix = ["", "a", "/"][random.below(3)]
        let delimiter = ["", "/", "b"][random.below(3)]
        let limit = 1 + random.below(5)
        var found: [Found] = []
        var start = UploadsQuery.Start.beginning
        while true {
            let page = try shard.state.reader.uploads(
                UploadsQuery(
                    bucket: ShardHarness.bucket, prefix: Array(prefix.utf8), delimiter: Array(delimiter.utf8),
                    limit: limit, start: start))
            #expect(page.items.count <= limit)
            for item in page.items {
                switch item {
                case .upload(let name, let record):
                    found.append(Found(key: String(decoding: name.key, as: UTF8.self), upload: name.upload))
                    #expect(record.initiated.milliseconds == name.upload.high)
                    start = .afterUpload(key: name.key, name.upload)
                case .commonPrefix(let common):
                    found.append(Found(key: String(decoding: common, as: UTF8.self)))
                    // Both forms of going on come to the same.
                    start = random.chance(0.5) ? .afterPrefix(common) : .afterKey(common)
                }
            }
            if !page.hasMore { break }
        }
        #expect(found == Self.expected(names, prefix, delimiter), "seed \(seed)")

        // A marker without an upload passes all uploads of its key.
        if let name = names.first(where: { $0.key.starts(with: Array(prefix.utf8)) }), delimiter.isEmpty {
            let page = try shard.state.reader.uploads(
                UploadsQuery(
                    bucket: ShardHarness.bucket, prefix: Array(prefix.utf8), delimiter: [], limit: 1000,
                    start: .afterKey(name.key)))
            let wanted = Self.expected(names, prefix, "").filter {
                name.key.lexicographicallyPrecedes(Array($0.key.utf8))
            }
            #expect(page.items.count == wanted.count, "seed \(seed)")
        }
    }

    private static func expected(_ names: [UploadName], _ prefix: String, _ delimiter: String) -> [Found] {
        let sorted = names.sorted {
            $0.key == $1.key ? $0.upload < $1.upload : $0.key.lexicographicallyPrecedes($1.key)
        }
        var list: [Found] = []
        for name in sorted where name.key.starts(with: Array(prefix.utf8)) {
            let rest = name.key.dropFirst(prefix.utf8.count)
            if let delimiter = delimiter.utf8.first, let end = rest.firstIndex(of: delimiter) {
                let common = Found(key: String(decoding: name.key[...end], as: UTF8.self))
                if list.last != common { list.append(common) }
            } else {
                list.append(Found(key: String(decoding: name.key, as: UTF8.self), upload: name.upload))
            }
        }
        return list
    }
}
