import Core
import KeyValue
import TestSupport
import Testing

@testable import Metadata

/// Random commands against a model of a few lines: answers, what readers see, and the rows' invariants after each step.
@Suite("Shard against its model")
struct ShardModelTests {
    @Test(arguments: 1...30)
    func agrees(seed: UInt64) throws {
        var run = try ModelRun(seed: seed)
        for step in 0..<200 {
            try run.step()
            let context = "seed \(seed), step \(step): \(run.last)"
            let problems = try RowInvariants.problems(run.shard.rows, expected: Set(run.owners.keys))
            #expect(problems == [], "\(context)")
            try run.compareObjects(context)
            if !problems.isEmpty { return }
        }
    }
}

private struct ModelRun {
    struct Object {
        var ordinal: UInt64
        var tag: [UInt8]
        var partCount: UInt16
        var body: [UInt8] = []
        var blobs: [BlobID] = []
        var colour: String
        var tags: [ObjectRecord.Tag] = []
    }

    struct Upload {
        var key: String
        var parts: [UInt16: PartRecord] = [:]
        var colour: String
    }

    struct Logged {
        var time: UInt64
        var command: Command
        var result: CommandResult
    }

    static let keys = ["a", "a\u{0}b", "a/b", "b"]

    let seed: UInt64
    var random: SplitMix64
    var shard: ShardHarness
    var objects: [String: Object] = [:]
    var uploads: [UniqueID: Upload] = [:]
    var completions: [UniqueID: (list: [NamedPart], record: CompletionRecord, key: String)] = [:]
    /// Blobs that were given to the shard and not collected, with their keys.
    var owners: [BlobID: String] = [:]
    /// The last command and its answer, for messages.
    var last = ""
    var log: [Logged] = []
    private var nextBlob: UInt64 = 1

    init(seed: UInt64) throws {
        self.seed = seed
        random = SplitMix64(seed: seed)
        shard = try ShardHarness()
        try apply(.openBucket(bucket: ShardHarness.bucket))
    }

    @discardableResult
    mutating func apply(_ command: Command) throws -> CommandResult {
        let result = try shard.apply(command)
        log.append(Logged(time: shard.time, command: command, result: result))
        last = "\(command) -> \(result)".prefix(400).description
        return result
    }

    mutating func step() throws {
        switch random.below(16) {
        case 0, 1: try putObject()
        case 2: try deleteObject()
        case 3: try deleteObjects()
        case 4: try createUpload()
        case 5, 6, 7: try putPart()
        case 8, 9: try complete()
        case 10: try abort()
        case 11: try rewrite()
        case 12: try collect()
        case 13: try condemn()
        case 14: try repeatCommand()
        default: try crash()
        }
    }

    // MARK: Values

    var key: String { mutating get { Self.keys[random.below(Self.keys.count)] } }
    var colour: String { mutating get { "c\(random.below(1000))" } }

    mutating func newReference(size: UInt64) -> BlobReference {
        nextBlob += 1
        return BlobReference(
            blob: BlobID(high: nextBlob, low: seed), pool: 0, dataCount: 4, parityCount: 2,
            stripeSizeBytes: 8 << 20, sizeBytes: size)
    }

    mutating func condition(_ current: Object?) -> Condition {
        switch random.below(6) {
        case 0: .absent
        case 1: .present
        case 2: .tag(random.bytes(16), parts: 0)
        case 3: current.map { .tag($0.tag, parts: $0.partCount) } ?? .tag([1], parts: 1)
        default: .none
        }
    }

    static func refusal(_ condition: Condition, _ current: Object?) -> CommandResult? {
        switch (condition, current) {
        case (.none, _), (.absent, nil), (.present, .some): nil
        case (.absent, .some): .conditionFailed
        case (.present, nil), (.tag, nil): .noSuchKey
        case (.tag(let tag, let parts), .some(let object)):
            object.tag == tag && object.partCount == parts ? nil : .conditionFailed
        }
    }

    // MARK: Objects

    mutating func putObject() throws {
        let (key, colour, condition) = (key, colour, condition(nil))
        let tag = random.bytes(16)
        let body = random.bytes(random.below(4))
        let reference = random.chance(0.5) ? newReference(size: 1 << 20) : nil
        let record = ObjectRecord(
            summary: ObjectRecord.Summary(
                ordinal: 0, sizeBytes: reference?.sizeBytes ?? UInt64(body.count), tag: tag, partCount: 0,
                checksumAlgorithm: 3, checksumType: 1),
            location: reference.map { .blob($0) } ?? .inline, owner: "o", checksum: [1],
            userMetadata: [ObjectRecord.UserField("colour", colour)])
        if let reference { owners[reference.blob] = key }
        let result = try apply(
            ShardHarness.put(key, record, body: reference == nil ? body : nil, condition))
        if let refusal = Self.refusal(condition, objects[key]) {
            #expect(result == refusal, "seed \(seed)")
            return
        }
        guard case .stored(let ordinal) = result else {
            Issue.record("seed \(seed): \(result)")
            return
        }
        objects[key] = Object(
            ordinal: ordinal, tag: tag, partCount: 0, body: reference == nil ? body : [],
            blobs: reference.map { [$0.blob] } ?? [], colour: colour)
    }

    mutating func deleteObject() throws {
        let key = key
        let condition = condition(objects[key])
        let result = try apply(ShardHarness.delete(key, condition))
        let wanted = Self.refusal(condition, objects[key]) ?? .deleted(objects[key] != nil)
        #expect(result == wanted, "seed \(seed)")
        if case .deleted = result { objects[key] = nil }
    }

    mutating func deleteObjects() throws {
        var deletes: [ConditionalDelete] = []
        var wanted: [DeleteOutcome] = []
        for _ in 0..<random.below(6) {
            let key = key
            let condition = condition(objects[key])
            deletes.append(ConditionalDelete(key: Array(key.utf8), condition: condition))
            switch Self.refusal(condition, objects[key]) {
            case .noSuchKey: wanted.append(.noSuchKey)
            case .conditionFailed: wanted.append(.conditionFailed)
            default: wanted.append(objects.removeValue(forKey: key) == nil ? .missing : .deleted)
            }
        }
        #expect(
            try apply(.deleteObjects(bucket: ShardHarness.bucket, deletes)) == .deletedEach(wanted), "seed \(seed)")
    }

    mutating func rewrite() throws {
        let key = key
        let tags = (0..<random.below(3)).map { ObjectRecord.Tag("t\($0)", "v\(random.below(9))") }
        guard let object = objects[key] else {
            let result = try apply(.setTags(bucket: ShardHarness.bucket, key: Array(key.utf8), tags: tags))
            #expect(result == .noSuchKey)
            return
        }
        if random.chance(0.5) {
            let result = try apply(.setTags(bucket: ShardHarness.bucket, key: Array(key.utf8), tags: tags))
            #expect(result == .stored(ordinal: object.ordinal), "seed \(seed)")
            objects[key]?.tags = tags
            return
        }
        let condition = condition(object)
        let ordinal = random.chance(0.8) ? object.ordinal : object.ordinal - 1
        let colour = colour
        let result = try apply(
            .rewriteMetadata(
                MetadataRewrite(
                    bucket: ShardHarness.bucket, key: Array(key.utf8), ordinal: ordinal, standardFields: [],
                    userMetadata: [ObjectRecord.UserField("colour", colour)], tags: tags, condition: condition)))
        if ordinal != object.ordinal {
            #expect(result == .objectChanged, "seed \(seed)")
        } else if let refusal = Self.refusal(condition, object) {
            #expect(result == refusal, "seed \(seed)")
        } else if case .stored(let ordinal) = result {
            #expect(ordinal > object.ordinal, "seed \(seed)")
            objects[key]?.ordinal = ordinal
            objects[key]?.colour = colour
            objects[key]?.tags = tags
        } else {
            Issue.record("seed \(seed): \(result)")
        }
    }

    // MARK: Uploads

    func name(_ upload: UniqueID, _ key: String) -> UploadName {
        UploadName(bucket: ShardHarness.bucket, key: Array(key.utf8), upload: upload)
    }

    /// An open one, or one that was completed, or one that never was.
    mutating func someUpload() -> (id: UniqueID, key: String) {
        let open = uploads.keys.sorted()
        let past = completions.keys.sorted()
        if !open.isEmpty, random.chance(0.85) {
            let id = open[random.below(open.count)]
            return (id, uploads[id]?.key ?? "")
        }
        if !past.isEmpty, random.chance(0.7) {
            let id = past[random.below(past.count)]
            return (id, completions[id]?.key ?? "")
        }
        return (UniqueID(high: 5, low: random.next()), key)
    }

    mutating func createUpload() throws {
        let (key, colour) = (key, colour)
        let record = UploadRecord(
            owner: "o", checksumAlgorithm: 3, checksumType: 1, isChecksumDeclared: true,
            userMetadata: [ObjectRecord.UserField("colour", colour)])
        let result = try apply(
            .upload(
                .create(
                    bucket: ShardHarness.bucket, key: Array(key.utf8), number: random.next(), record: record)))
        guard case .uploadCreated(let id) = result else {
            Issue.record("seed \(seed): \(result)")
            return
        }
        #expect(uploads.keys.allSatisfy { $0 < id }, "seed \(seed): uploads are ordered as they began")
        uploads[id] = Upload(key: key, colour: colour)
    }

    mutating func putPart() throws {
        let (id, key) = someUpload()
        let number = UInt16(1 + random.below(5))
        let size: UInt64 = random.chance(0.8) ? 5 << 20 : 1000
        let part = PartRecord(md5: random.bytes(16), checksum: random.bytes(8), reference: newReference(size: size))
        owners[part.reference.blob] = key
        let result = try apply(.upload(.putPart(name(id, key), number: number, part)))
        guard uploads[id] != nil else {
            #expect(result == .noSuchUpload, "seed \(seed)")
            return
        }
        guard case .stored(let ordinal) = result else {
            Issue.record("seed \(seed): \(result)")
            return
        }
        var stored = part
        stored.ordinal = ordinal
        uploads[id]?.parts[number] = stored
    }

    /// As a gateway does it: reads the part rows, computes, proposes. Now and then a part changes in between.
    mutating func complete() throws {
        let (id, key) = someUpload()
        if let earlier = completions[id] { return try repeatCompletion(id, earlier) }
        guard let upload = uploads[id] else { return }
        let chosen = upload.parts.keys.sorted().filter { _ in random.chance(0.8) }
        let list = chosen.compactMap { number in
            upload.parts[number].map { NamedPart(number: number, md5: $0.md5) }
        }
        let condition = condition(objects[key])
        guard !chosen.isEmpty else { return }
        var selection = PartSelection()
        for number in chosen {
            if let part = upload.parts[number] { selection.add(NumberedPart(number: number, part: part)) }
        }
        let outcome = selection.finish()
        let tag = random.bytes(16)
        let isChanged = random.chance(0.1)
        if isChanged, let number = chosen.last {
            let part = PartRecord(
                md5: random.bytes(16), checksum: random.bytes(8), reference: newReference(size: 77))
            owners[part.reference.blob] = key
            let result = try apply(.upload(.putPart(name(id, key), number: number, part)))
            guard case .stored(let ordinal) = result else { return }
            uploads[id]?.parts[number] = part
            uploads[id]?.parts[number]?.ordinal = ordinal
        }
        let result = try apply(
            .upload(
                .complete(
                    UploadCompletion(
                        name: name(id, key), numbers: outcome.numbers, rowsDigest: outcome.rowsDigest,
                        listDigest: NamedPart.digest(of: list), tag: tag, checksum: [9, 9], condition: condition))))
        if let refusal = Self.refusal(condition, objects[key]) {
            #expect(result == refusal, "seed \(seed)")
        } else if isChanged {
            #expect(result == .partsChanged, "seed \(seed)")
        } else if case .completed(let record) = result {
            objects[key] = Object(
                ordinal: record.ordinal, tag: tag, partCount: UInt16(chosen.count),
                blobs: chosen.compactMap { upload.parts[$0]?.reference.blob }, colour: upload.colour)
            completions[id] = (list, record, key)
            uploads[id] = nil
        } else {
            Issue.record("seed \(seed): \(result)")
        }
    }

    mutating func repeatCompletion(
        _ id: UniqueID, _ earlier: (list: [NamedPart], record: CompletionRecord, key: String)
    ) throws {
        var list = earlier.list
        let isSame = random.chance(0.7)
        if !isSame { list[0].md5 = random.bytes(16) }
        let command = Command.upload(
            .complete(
                UploadCompletion(
                    name: name(id, earlier.key), numbers: PartNumbers(), rowsDigest: [],
                    listDigest: NamedPart.digest(of: list), tag: [], checksum: [], condition: .absent)))
        #expect(try apply(command) == (isSame ? .completed(earlier.record) : .noSuchUpload), "seed \(seed)")
        if random.chance(0.3) {
            try apply(.upload(.forgetCompletions([name(id, earlier.key)])))
            completions[id] = nil
            #expect(try apply(command) == .noSuchUpload, "seed \(seed)")
        }
    }

    mutating func abort() throws {
        let (id, key) = someUpload()
        let result = try apply(.upload(.abort(name(id, key))))
        #expect(result == (uploads[id] == nil ? .noSuchUpload : .done), "seed \(seed)")
        uploads[id] = nil
    }

    // MARK: Collecting

    /// One step of the collector on one garbage row.
    mutating func collect() throws {
        let found = try shard.state.reader.garbage(after: nil, limit: 100)
        guard !found.isEmpty else { return }
        let item = found[random.below(found.count)].item
        switch item.name.subject {
        case .blob(let blob):
            try apply(.clearGarbage([item.name]))
            owners[blob] = nil
        case .parts(let upload):
            let name = UploadName(bucket: item.name.bucket, key: item.name.key, upload: upload)
            let page = try shard.state.reader.parts(of: name, after: 0, limit: 1 + random.below(3))
            for part in page.parts { owners[part.part.reference.blob] = nil }
            try apply(.clearParts(item.name, through: page.parts.last?.number ?? .max))
        case .table(let ordinal):
            let pages = try shard.state.reader.tablePages(item.name.bucket, item.name.key, ordinal: ordinal, limit: 1)
            for part in pages.first?.content.parts ?? [] { owners[part.reference.blob] = nil }
            try apply(.clearParts(item.name, through: pages.first?.page ?? .max))
        }
    }

    /// A blob that some row names is live; one that none names must never be named again.
    mutating func condemn() throws {
        let named = owners.keys.sorted()
        if !named.isEmpty, random.chance(0.7) {
            let blob = named[random.below(named.count)]
            let key = Array((owners[blob] ?? "").utf8)
            #expect(try apply(.condemn(bucket: ShardHarness.bucket, key: key, blob: blob)) == .live, "seed \(seed)")
            return
        }
        let reference = newReference(size: 10)
        #expect(
            try apply(.condemn(bucket: ShardHarness.bucket, key: Array("b".utf8), blob: reference.blob))
                == .condemned)
        let (id, _) = someUpload()
        let part = PartRecord(md5: random.bytes(16), checksum: [], reference: reference)
        #expect(try apply(.upload(.putPart(name(id, "b"), number: 1, part))) == .blobRefused, "seed \(seed)")
    }

    /// A write whose blob is not collected comes again, outside of any session: it changes nothing.
    mutating func repeatCommand() throws {
        let commands = log.map(\.command).filter { command in
            switch command {
            case .putObject(_, _, let record, _, _):
                if case .blob(let reference) = record.location { owners[reference.blob] != nil } else { false }
            case .upload(.putPart(_, _, let part)): owners[part.reference.blob] != nil
            default: false
            }
        }
        guard !commands.isEmpty else { return }
        let before = shard.rows.all(.rows).dropFirst()
        try apply(commands[random.below(commands.count)])
        let after = shard.rows.all(.rows).dropFirst()
        #expect(before.map(\.key) == after.map(\.key) && before.map(\.value) == after.map(\.value), "seed \(seed)")
    }

    // MARK: Crashes

    /// The rows as some moment since the last flush left them, then the log again: every answer is the one of before.
    mutating func crash() throws {
        if random.chance(0.5) { try shard.rows.flush() }
        var again = try ShardHarness(rows: shard.rows.crashed(seed: random.next()))
        for entry in log.dropFirst(Int(again.state.applied.rawValue)) {
            again.time = entry.time - 1
            #expect(try again.apply(entry.command) == entry.result, "seed \(seed)")
        }
        #expect(again.state.digest == shard.state.digest, "seed \(seed)")
        again.time = shard.time
        shard = again
        last = "crash"
    }

    // MARK: What readers see

    func compareObjects(_ context: String) throws {
        for key in Self.keys {
            let found = try shard.object(key)
            let wanted = objects[key]
            guard let found, let wanted else {
                #expect((found == nil) == (wanted == nil), "\(context)")
                continue
            }
            let record = found.record
            #expect(record.summary.ordinal == wanted.ordinal && record.summary.tag == wanted.tag, "\(context)")
            #expect(record.summary.partCount == wanted.partCount && record.tags == wanted.tags, "\(context)")
            #expect(record.userMetadata == [ObjectRecord.UserField("colour", wanted.colour)], "\(context)")
            switch record.location {
            case .inline: #expect(found.body ?? [] == wanted.body, "\(context)")
            case .blob(let reference): #expect(wanted.blobs == [reference.blob], "\(context)")
            case .parts(let table):
                var blobs: [BlobID] = []
                for page in 0..<table.pageCount {
                    let content = try shard.state.reader.tablePage(
                        ShardHarness.bucket, Array(key.utf8), ordinal: record.bodyOrdinal, page: page)
                    blobs += content?.parts.map(\.reference.blob) ?? []
                }
                #expect(blobs == wanted.blobs, "\(context)")
            }
        }
    }
}
