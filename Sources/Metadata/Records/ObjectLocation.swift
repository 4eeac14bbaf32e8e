public import Core

/// Where the bytes of a version are.
public enum ObjectLocation: Sendable, Equatable {
    /// In the body row of the same key and of the record's body ordinal.
    case inline
    case blob(BlobReference)
    /// In the blobs that the rows of the version's part table name.
    case parts(PartTable)
}

/// A blob and all that is needed to find its fragments.
public struct BlobReference: Sendable, Hashable {
    public var blob: BlobID
    public var pool: UInt16
    public var dataCount: UInt8
    public var parityCount: UInt8
    public var stripeSizeBytes: UInt32
    public var sizeBytes: UInt64

    public init(
        blob: BlobID, pool: UInt16, dataCount: UInt8, parityCount: UInt8, stripeSizeBytes: UInt32, sizeBytes: UInt64
    ) {
        self.blob = blob
        self.pool = pool
        self.dataCount = dataCount
        self.parityCount = parityCount
        self.stripeSizeBytes = stripeSizeBytes
        self.sizeBytes = sizeBytes
    }

    public func encode(to writer: inout ByteWriter) {
        blob.encode(to: &writer)
        writer.write(pool)
        writer.write(dataCount)
        writer.write(parityCount)
        writer.write(stripeSizeBytes)
        writer.write(sizeBytes)
    }

    public init(from reader: inout ByteReader) throws(CodecError) {
        blob = try BlobID(from: &reader)
        pool = try reader.read()
        dataCount = try reader.read()
        parityCount = try reader.read()
        stripeSizeBytes = try reader.read()
        sizeBytes = try reader.read()
    }
}

extension ObjectLocation {
    func encode(to writer: inout ByteWriter) {
        switch self {
        case .inline: writer.write(UInt8(0))
        case .blob(let reference):
            writer.write(UInt8(1))
            reference.encode(to: &writer)
        case .parts(let table):
            writer.write(UInt8(2))
            table.encode(to: &writer)
        }
    }

    init(from reader: inout ByteReader) throws(CodecError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .inline
        case 1: self = .blob(try BlobReference(from: &reader))
        case 2: self = .parts(try PartTable(from: &reader))
        default: throw .field("object location")
        }
    }
}
