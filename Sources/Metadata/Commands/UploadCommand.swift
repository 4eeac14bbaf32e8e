public import Core

/// A change of a multipart upload. Numbers 32 to 47 of the log's format.
public enum UploadCommand: Sendable, Equatable {
    /// Begins an upload; the answer has its ID, which ends with `number`.
    case create(bucket: BucketID, key: [UInt8], number: UInt64, record: UploadRecord)
    /// Takes the place of an earlier part of the number, whose blob becomes garbage.
    case putPart(UploadName, number: UInt16, PartRecord)
    case complete(UploadCompletion)
    /// All parts become garbage at once.
    case abort(UploadName)
    /// These results were kept long enough.
    case forgetCompletions([UploadName])

    static let numbers: ClosedRange<UInt8> = 32...47

    func encode(to writer: inout ByteWriter) {
        switch self {
        case .create(let bucket, let key, let number, let record):
            writer.write(UInt8(32))
            bucket.encode(to: &writer)
            writer.write(key)
            writer.write(number)
            record.encode(to: &writer)
        case .putPart(let name, let number, let part):
            writer.write(UInt8(33))
            name.encode(to: &writer)
            writer.write(number)
            part.encode(to: &writer)
        case .complete(let completion):
            writer.write(UInt8(34))
            completion.encode(to: &writer)
        case .abort(let name):
            writer.write(UInt8(35))
            name.encode(to: &writer)
        case .forgetCompletions(let names):
            writer.write(UInt8(36))
            writer.write(list: names) { $1.encode(to: &$0) }
        }
    }

    init(number: UInt8, from reader: inout ByteReader) throws(CodecError) {
        switch number {
        case 32:
            self = .create(
                bucket: try BucketID(from: &reader), key: try reader.readBytes(), number: try reader.read(),
                record: try UploadRecord(from: &reader))
        case 33:
            self = .putPart(
                try UploadName(from: &reader), number: try reader.read(), try PartRecord(from: &reader))
        case 34: self = .complete(try UploadCompletion(from: &reader))
        case 35: self = .abort(try UploadName(from: &reader))
        case 36:
            self = .forgetCompletions(
                try reader.readList { (reader) throws(CodecError) in try UploadName(from: &reader) })
        default: throw .field("command")
        }
    }
}

/// Makes the named parts of an upload the current version. Tag and checksum were computed from the part rows as a
/// gateway read them; the digest over those rows proves that they are the same when the command is applied, so that
/// the command of 10,000 parts is a few hundred bytes and applying it one scan.
public struct UploadCompletion: Sendable, Equatable {
    public var name: UploadName
    public var numbers: PartNumbers
    /// `PartSelection` says over what.
    public var rowsDigest: [UInt8]
    /// Of the client's list (`NamedPart`): a repeated request is known by it.
    public var listDigest: [UInt8]
    /// MD5 of the parts' MD5s.
    public var tag: [UInt8]
    /// Of the object or of the parts' checksums, as the upload's type says.
    public var checksum: [UInt8]
    public var condition: Condition

    public init(
        name: UploadName, numbers: PartNumbers, rowsDigest: [UInt8], listDigest: [UInt8], tag: [UInt8],
        checksum: [UInt8], condition: Condition
    ) {
        self.name = name
        self.numbers = numbers
        self.rowsDigest = rowsDigest
        self.listDigest = listDigest
        self.tag = tag
        self.checksum = checksum
        self.condition = condition
    }

    func encode(to writer: inout ByteWriter) {
        name.encode(to: &writer)
        numbers.encode(to: &writer)
        writer.write(rowsDigest)
        writer.write(listDigest)
        writer.write(tag)
        writer.write(checksum)
        condition.encode(to: &writer)
    }

    init(from reader: inout ByteReader) throws(CodecError) {
        name = try UploadName(from: &reader)
        numbers = try PartNumbers(from: &reader)
        rowsDigest = try reader.readBytes()
        listDigest = try reader.readBytes()
        tag = try reader.readBytes()
        checksum = try reader.readBytes()
        condition = try Condition(from: &reader)
    }
}

/// Part numbers, ascending, as runs: those of an ordinary upload are one.
public struct PartNumbers: Sendable, Equatable {
    /// Ascending, with gaps between them.
    public private(set) var runs: [ClosedRange<UInt16>] = []
    public private(set) var count = 0

    public init() {}

    /// - Precondition: greater than all before.
    public mutating func append(_ number: UInt16) {
        if let last = runs.last {
            precondition(number > last.upperBound, "part numbers ascend")
            count += 1
            if number == last.upperBound + 1 {
                runs[runs.count - 1] = last.lowerBound...number
                return
            }
        } else {
            count = 1
        }
        runs.append(number...number)
    }

    func encode(to writer: inout ByteWriter) {
        writer.write(list: runs) { writer, run in
            writer.write(run.lowerBound)
            writer.write(run.upperBound)
        }
    }

    init(from reader: inout ByteReader) throws(CodecError) {
        runs = try reader.readList { (reader) throws(CodecError) in
            let first: UInt16 = try reader.read()
            let last: UInt16 = try reader.read()
            guard first <= last else { throw .field("run of part numbers") }
            return first...last
        }
        for (run, next) in zip(runs, runs.dropFirst()) {
            guard run.upperBound < next.lowerBound else { throw .field("runs of part numbers") }
        }
        count = runs.reduce(0) { $0 + $1.count }
    }
}
