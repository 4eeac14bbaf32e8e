import Core
import FoundationEssentials
import TestSupport
import Testing

@testable import Metadata

/// Rows and commands against bytes that `Fixtures/make_rows.py` wrote from the tables in Sources/README.md.
@Suite("Formats of rows and commands")
struct FormatTests {
    static let files: [String: (key: [UInt8], value: [UInt8])] = {
        let folder = #filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.endIndex)
        let data = FileManager.default.contents(atPath: "\(folder)/Fixtures/rows.txt") ?? Data()
        var blocks: [String: (key: [UInt8], value: [UInt8])] = [:]
        var (name, key) = ("", [UInt8]())
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
            let text = String(line.drop { $0 != ":" }.dropFirst(2))
            if line.hasPrefix("name") { name = text }
            if line.hasPrefix("key") { key = Hexadecimal.decode(text) ?? [] }
            if line.hasPrefix("value") { blocks[name] = (key, Hexadecimal.decode(text) ?? []) }
        }
        return blocks
    }()

    static let bucket = BucketID(0x1122_3344_5566_7788)
    static let key: [UInt8] = [0x61, 0, 0x2F, 0xC3, 0xA9]
    static let keys = RowKeys(store: StoreID(7))
    static let upload = UniqueID(high: 0x18C_0000_0001, low: 0xA1A2_A3A4_A5A6_A7A8)
    static let blob = BlobID(high: 0x0102_0304_0506_0708, low: 0x090A_0B0C_0D0E_0F10)
    static let md5 = [UInt8](0..<16)
    static let name = UploadName(bucket: bucket, key: key, upload: upload)
    static let standard = [ObjectRecord.StandardField(2, "text/plain")]
    static let user = [ObjectRecord.UserField("colour", "blue")]
    static let tags = [ObjectRecord.Tag("k", "v"), ObjectRecord.Tag("é", "")]
    static let eight = [UInt8](repeating: 0xEE, count: 8)

    static func reference(_ size: UInt64, low: UInt64 = blob.low) -> BlobReference {
        BlobReference(
            blob: BlobID(high: blob.high, low: low), pool: 3, dataCount: 4, parityCount: 2, stripeSizeBytes: 8 << 20,
            sizeBytes: size)
    }

    static func entry(_ location: ObjectLocation) -> ObjectRecord {
        ObjectRecord(
            summary: ObjectRecord.Summary(
                ordinal: 1_700_000_000_000, sizeBytes: 12345, tag: md5, partCount: 3, checksumAlgorithm: 5,
                checksumType: 2),
            location: location, bodyOrdinal: 1_600_000_000_000, owner: "owner", checksum: [1, 2, 3, 4, 5, 6, 7, 8],
            standardFields: standard, userMetadata: user, tags: tags)
    }

    static func part(_ low: UInt64, _ size: UInt64) -> PartRecord {
        PartRecord(ordinal: 1_700_000_000_001, md5: md5, checksum: eight, reference: reference(size, low: low))
    }

    static let uploadRecord = UploadRecord(
        initiated: WallTime(milliseconds: upload.high), owner: "owner", checksumAlgorithm: 3, checksumType: 1,
        isChecksumDeclared: true, standardFields: standard, userMetadata: user, tags: tags)

    static let completion = CompletionRecord(
        listDigest: [UInt8](repeating: 0x11, count: 32), ordinal: 1_700_000_000_002, sizeBytes: 10_485_766, tag: md5,
        partCount: 2, checksumAlgorithm: 3, checksumType: 1, checksum: [UInt8](repeating: 0x22, count: 8))

    @Test(arguments: [
        ("entry inline", ObjectLocation.inline), ("entry blob", .blob(reference(12345))),
        (
            "entry parts",
            .parts(
                PartTable(
                    count: 1001,
                    laterPages: [.init(number: 501, offset: 1 << 33), .init(number: 1200, offset: 1 << 34)]
                ))
        ),
    ]) func entries(_ name: String, _ location: ObjectLocation) throws {
        let golden = try #require(Self.files[name])
        #expect(Self.keys.entry(Self.bucket, Self.key) == golden.key)
        #expect(Self.entry(location).encoded == golden.value)
        #expect(try ObjectRecord(golden.value) == Self.entry(location))
    }

    @Test func uploadsAndParts() throws {
        let upload = try #require(Self.files["upload"])
        #expect(Self.keys.upload(Self.bucket, Self.key, Self.upload) == upload.key)
        #expect(try UploadName(row: upload.key) == Self.name)
        #expect(Self.uploadRecord.encoded == upload.value)
        #expect(try UploadRecord(upload.value) == Self.uploadRecord)

        let part = try #require(Self.files["part"])
        #expect(Self.keys.part(Self.name, 9) == part.key)
        #expect(try RowKeys.lastNumber(part.key) == 9)
        #expect(Self.part(9, 6).encoded == part.value)
        #expect(try PartRecord(part.value) == Self.part(9, 6))

        let completion = try #require(Self.files["completion"])
        #expect(Self.keys.completion(Self.name) == completion.key)
        #expect(Self.completion.encoded == completion.value)
        #expect(try CompletionRecord(completion.value) == Self.completion)

        let table = try #require(Self.files["table"])
        let page = PartTablePage(
            startOffset: 1 << 34,
            parts: [
                TablePart(
                    number: 1200, md5: Self.md5, checksum: Self.eight, reference: Self.reference(5 << 20, low: 1)),
                TablePart(number: 1300, md5: Self.md5, checksum: Self.eight, reference: Self.reference(6, low: 2)),
            ])
        #expect(Self.keys.table(Self.bucket, Self.key, ordinal: 1_600_000_000_000, page: 2) == table.key)
        #expect(page.encoded() == table.value)
        #expect(try PartTablePage(table.value) == page)
        let second: UInt64 = (1 << 34) + (5 << 20)
        #expect(page.ranges.map(\.range) == [(1 << 34)..<second, second..<second + 6])

        #expect(Self.keys.body(Self.bucket, Self.key, ordinal: 1_600_000_000_000) == Self.files["body"]?.key)
        #expect(Self.keys.condemned(Self.bucket, Self.key, Self.blob) == Self.files["condemned"]?.key)
        #expect(Self.keys.bucketConfiguration(Self.bucket, 1) == Self.files["bucket configuration"]?.key)
    }

    @Test(arguments: [
        ("garbage blob", GarbageSubject.blob(blob)), ("garbage parts", .parts(of: upload)),
        ("garbage table", .table(ordinal: 1_600_000_000_000)),
    ]) func garbage(_ name: String, _ subject: GarbageSubject) throws {
        let golden = try #require(Self.files[name])
        let garbage = GarbageName(bucket: Self.bucket, key: Self.key, subject: subject)
        let isBlob = if case .blob = subject { true } else { false }
        let record = GarbageRecord(
            name: garbage, since: WallTime(milliseconds: 1_700_000_000_003),
            reference: isBlob ? Self.reference(12345) : nil)
        #expect(Self.keys.garbage(garbage) == golden.key && record.value == golden.value)
        #expect(try GarbageRecord(row: golden.key, value: golden.value) == record)
    }

    @Test func identities() throws {
        let user = try #require(Self.files["user"])
        let time = WallTime(milliseconds: 1_700_000_000_004)
        let jü = UserRecord(name: "jü", created: time, status: .active, description: "works")
        #expect(Self.keys.user("jü") == user.key && jü.encoded == user.value)
        #expect(try UserRecord(name: "jü", user.value) == jü)
        let key = try #require(Self.files["access key"])
        let record = AccessKeyRecord(
            id: "AKIA1", user: "jü", created: time, status: .disabled,
            sealedSecret: [UInt8](repeating: 0x99, count: 5))
        #expect(Self.keys.accessKey("AKIA1") == key.key && record.encoded == key.value)
        #expect(try AccessKeyRecord(id: "AKIA1", key.value) == record)
        #expect(Self.keys.keyOfUser("jü", "AKIA1") == Self.files["key of user"]?.key)
    }

    static let commandCases: [(String, Command)] = [
        (
            "command create upload",
            .upload(.create(bucket: bucket, key: key, number: upload.low, record: uploadRecord))
        ),
        ("command put part", .upload(.putPart(name, number: 9, part(9, 6)))), ("command abort", .upload(.abort(name))),
        ("command forget", .upload(.forgetCompletions([name]))),
        (
            "command clear parts",
            .clearParts(
                GarbageName(bucket: bucket, key: key, subject: .table(ordinal: 1_600_000_000_000)), through: 2)
        ),
        (
            "command clear garbage",
            .clearGarbage([
                GarbageName(bucket: bucket, key: key, subject: .blob(blob)),
                GarbageName(bucket: bucket, key: key, subject: .parts(of: upload)),
            ])
        ),
        (
            "command delete objects",
            .deleteObjects(
                bucket: bucket,
                [ConditionalDelete(key: key), ConditionalDelete(key: [0x62], condition: .tag(md5, parts: 0))])
        ),
        (
            "command rewrite",
            .rewriteMetadata(
                MetadataRewrite(
                    bucket: bucket, key: key, ordinal: 1_700_000_000_000, standardFields: standard,
                    userMetadata: user, tags: tags, condition: .present))
        ), ("command create user", .identity(.createUser(name: "jü", description: "works"))),
        ("command update user", .identity(.updateUser(name: "jü", status: .disabled, description: nil))),
        ("command delete user", .identity(.deleteUser(name: "jü"))),
        (
            "command create access key",
            .identity(.createAccessKey(id: "AKIA1", user: "jü", sealedSecret: [UInt8](repeating: 0x99, count: 5)))
        ),
        ("command update access key", .identity(.updateAccessKey(id: "AKIA1", status: nil, sealedSecret: [0x98]))),
        ("command delete access key", .identity(.deleteAccessKey(id: "AKIA1"))),
        ("command set tags", .setTags(bucket: bucket, key: key, tags: tags)),
        ("command configure bucket", .configureBucket(name: "name", bucket: bucket, kind: 1, bytes: [5, 6])),
        ("command set search schema", .setSearchSchema(bucket: bucket, bytes: [5, 6])),
    ]

    @Test func changes() throws {
        let golden = try #require(Self.files["change"])
        let summary = ObjectRecord.Summary(
            ordinal: 1_700_000_000_006, sizeBytes: 12345, tag: Self.md5, partCount: 3, checksumAlgorithm: 0,
            checksumType: 0)
        let record = ChangeRecord(
            sequence: SequenceNumber(99), time: WallTime(milliseconds: 1_700_000_000_005),
            changes: [
                ChangeRecord.Change(bucket: Self.bucket, key: Self.key, kind: .put(summary)),
                ChangeRecord.Change(bucket: Self.bucket, key: Self.key, kind: .delete),
                ChangeRecord.Change(bucket: Self.bucket, key: [], kind: .schema),
            ])
        #expect(Self.keys.change(SequenceNumber(99)) == golden.key && record.value == golden.value)
        #expect(try ChangeRecord(row: golden.key, value: golden.value) == record)
    }

    @Test(arguments: commandCases) func commands(_ name: String, _ command: Command) throws {
        let golden = try #require(Self.files[name]).value
        #expect(command.encoded() == golden)
        #expect(try Command(golden) == command)
        for cut in golden.indices { #expect(throws: CodecError.self) { try Command(Array(golden[..<cut])) } }
    }

    /// The digests of a completion are those of the specification, computed from part rows and the client's list.
    @Test func completions() throws {
        let list = [
            NamedPart(number: 1, md5: Self.md5), NamedPart(number: 2, md5: Self.md5, checksum: Self.eight),
            NamedPart(number: 9, md5: Self.md5),
        ]
        var selection = PartSelection()
        for (number, size) in [(1, 5 << 20), (2, 5 << 20), (9, 6)] as [(UInt16, UInt64)] {
            selection.add(NumberedPart(number: number, part: Self.part(UInt64(number), size)))
        }
        let outcome = selection.finish()
        let command = Command.upload(
            .complete(
                UploadCompletion(
                    name: Self.name, numbers: outcome.numbers, rowsDigest: outcome.rowsDigest,
                    listDigest: NamedPart.digest(of: list), tag: Self.md5,
                    checksum: [UInt8](repeating: 0x22, count: 8), condition: .tag(Self.md5, parts: 7))))
        let golden = try #require(Self.files["command complete"]).value
        #expect(command.encoded() == golden)
        #expect(try Command(golden) == command)
    }

    @Test(arguments: [
        ("result completed", CommandResult.completed(completion)), ("result upload created", .uploadCreated(upload)),
        ("result deleted each", .deletedEach([.deleted, .missing, .noSuchKey, .conditionFailed])),
    ]) func results(_ name: String, _ result: CommandResult) throws {
        let golden = try #require(Self.files[name]).value
        var writer = ByteWriter()
        result.encode(to: &writer)
        #expect(writer.bytes == golden)
        var reader = ByteReader(golden)
        #expect(try CommandResult(from: &reader) == result)
        #expect(reader.isAtEnd)
    }

    /// No bytes make a decoder crash; what decodes encodes to the same.
    @Test(arguments: 1...20) func mutated(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for (_, golden) in Self.files.sorted(by: { $0.key < $1.key }) {
            var bytes = golden.value
            guard !bytes.isEmpty else { continue }
            for _ in 0...random.below(3) { bytes[random.below(bytes.count)] = random.bytes(1)[0] }
            if let command = try? Command(bytes) { #expect(try Command(command.encoded()) == command) }
            _ = try? ObjectRecord(bytes)
            _ = try? PartTablePage(bytes)
            _ = try? UploadRecord(bytes)
            _ = try? PartRecord(bytes)
            _ = try? CompletionRecord(bytes)
            _ = try? ChangeRecord(row: Self.keys.change(SequenceNumber(1)), value: bytes)
        }
    }
}
