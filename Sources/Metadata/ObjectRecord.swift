public import Core

/// Where the bytes of a version are.
public enum ObjectLocation: Sendable, Equatable {
    /// In the body row of the same key and ordinal.
    case inline
    case blob(BlobReference)
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

/// One version of an object as its row holds it. What a listing shows comes first, so that it can stop reading there.
///
/// Format version 1: Sources/README.md, "Rows".
public struct ObjectRecord: Sendable, Equatable {
    static let formatVersion: UInt8 = 1

    /// What a listing shows.
    public struct Summary: Sendable, Equatable {
        /// Milliseconds since 1970, raised so that it grows with every version of the shard: order of versions and
        /// time of the last change in one.
        public var ordinal: UInt64
        public var sizeBytes: UInt64
        /// The entity tag's digest, and the number of parts of a multipart upload (0: none).
        public var tag: [UInt8]
        public var partCount: UInt16
        /// S3's number of the algorithm and of the type; 0: no checksum.
        public var checksumAlgorithm: UInt8
        public var checksumType: UInt8

        public var lastModified: WallTime { WallTime(milliseconds: ordinal) }

        public init(
            ordinal: UInt64, sizeBytes: UInt64, tag: [UInt8], partCount: UInt16, checksumAlgorithm: UInt8,
            checksumType: UInt8
        ) {
            self.ordinal = ordinal
            self.sizeBytes = sizeBytes
            self.tag = tag
            self.partCount = partCount
            self.checksumAlgorithm = checksumAlgorithm
            self.checksumType = checksumType
        }
    }

    public var summary: Summary
    /// 0 is the null version.
    public var versionID: UInt64
    public var isDeleteMarker: Bool
    public var location: ObjectLocation
    public var owner: String
    public var checksum: [UInt8]
    /// (number of the header field, value).
    public var standardFields: [StandardField]
    public var userMetadata: [UserField]

    public struct StandardField: Sendable, Equatable {
        public var field: UInt8
        public var value: String
        public init(_ field: UInt8, _ value: String) {
            self.field = field
            self.value = value
        }
    }

    public struct UserField: Sendable, Equatable {
        public var name: String
        public var value: String
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(
        summary: Summary, versionID: UInt64 = 0, isDeleteMarker: Bool = false, location: ObjectLocation,
        owner: String, checksum: [UInt8], standardFields: [StandardField] = [], userMetadata: [UserField] = []
    ) {
        self.summary = summary
        self.versionID = versionID
        self.isDeleteMarker = isDeleteMarker
        self.location = location
        self.owner = owner
        self.checksum = checksum
        self.standardFields = standardFields
        self.userMetadata = userMetadata
    }

    public func encode(to writer: inout ByteWriter) {
        writer.write(Self.formatVersion)
        writer.write(summary.ordinal)
        writer.write(summary.sizeBytes)
        writer.write(UInt8(summary.tag.count))
        writer.writeRaw(summary.tag)
        writer.write(summary.partCount)
        writer.write(summary.checksumAlgorithm)
        writer.write(summary.checksumType)
        writer.write(versionID)
        writer.write(isDeleteMarker)
        switch location {
        case .inline: writer.write(UInt8(0))
        case .blob(let reference):
            writer.write(UInt8(1))
            reference.encode(to: &writer)
        }
        writer.write(owner)
        writer.write(UInt8(checksum.count))
        writer.writeRaw(checksum)
        writer.write(list: standardFields) { writer, entry in
            writer.write(entry.field)
            writer.write(entry.value)
        }
        writer.write(list: userMetadata) { writer, entry in
            writer.write(entry.name)
            writer.write(entry.value)
        }
    }

    public static func summary(from reader: inout ByteReader) throws(CodecError) -> Summary {
        let version: UInt8 = try reader.read()
        guard version <= Self.formatVersion else { throw .newerVersion(UInt16(version)) }
        let ordinal: UInt64 = try reader.read()
        let size: UInt64 = try reader.read()
        let tag = try reader.readRaw(Int(try reader.read(UInt8.self)))
        return Summary(
            ordinal: ordinal, sizeBytes: size, tag: tag, partCount: try reader.read(),
            checksumAlgorithm: try reader.read(), checksumType: try reader.read())
    }

    public init(from reader: inout ByteReader) throws(CodecError) {
        summary = try Self.summary(from: &reader)
        versionID = try reader.read()
        isDeleteMarker = try reader.readBool()
        switch try reader.read(UInt8.self) {
        case 0: location = .inline
        case 1: location = .blob(try BlobReference(from: &reader))
        default: throw .field("object location")
        }
        owner = try reader.readString()
        checksum = try reader.readRaw(Int(try reader.read(UInt8.self)))
        standardFields = try reader.readList { (reader) throws(CodecError) in
            StandardField(try reader.read(), try reader.readString())
        }
        userMetadata = try reader.readList { (reader) throws(CodecError) in
            UserField(try reader.readString(), try reader.readString())
        }
    }

    public var encoded: [UInt8] {
        var writer = ByteWriter(reserving: 256)
        encode(to: &writer)
        return writer.bytes
    }

    public init(_ bytes: [UInt8]) throws(CodecError) {
        var reader = ByteReader(bytes)
        try self.init(from: &reader)
    }
}
