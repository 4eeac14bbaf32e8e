public import Core

/// One version of an object as its row holds it. What a listing shows comes first, so that it can stop reading there.
///
/// Format version 1: Sources/README.md, "Rows".
public struct ObjectRecord: Sendable, Equatable {
    static let formatVersion: UInt8 = 1

    /// What a listing shows.
    public struct Summary: Sendable, Equatable {
        /// Microseconds since 1970, raised so that it grows with every version of the shard: order of versions and
        /// time of the last change in one.
        public var ordinal: UInt64
        public var sizeBytes: UInt64
        /// The entity tag's digest, and the number of parts of a multipart upload (0: none).
        public var tag: [UInt8]
        public var partCount: UInt16
        /// S3's number of the algorithm and of the type; 0: no checksum.
        public var checksumAlgorithm: UInt8
        public var checksumType: UInt8

        public var lastModified: WallTime { WallTime(milliseconds: ordinal / 1000) }

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
    /// Names the rows that hold the version's inline bytes or part table: the ordinal of the write that brought them,
    /// which stays when a later write changes the metadata alone. Set when a command is applied.
    public var bodyOrdinal: UInt64
    public var owner: String
    public var checksum: [UInt8]
    /// (number of the header field, value).
    public var standardFields: [StandardField]
    public var userMetadata: [UserField]
    /// At most 10.
    public var tags: [Tag]

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

    public struct Tag: Sendable, Equatable {
        public var key: String
        public var value: String
        public init(_ key: String, _ value: String) {
            self.key = key
            self.value = value
        }
    }

    public init(
        summary: Summary, versionID: UInt64 = 0, isDeleteMarker: Bool = false, location: ObjectLocation,
        bodyOrdinal: UInt64 = 0, owner: String, checksum: [UInt8], standardFields: [StandardField] = [],
        userMetadata: [UserField] = [], tags: [Tag] = []
    ) {
        self.summary = summary
        self.versionID = versionID
        self.isDeleteMarker = isDeleteMarker
        self.location = location
        self.bodyOrdinal = bodyOrdinal
        self.owner = owner
        self.checksum = checksum
        self.standardFields = standardFields
        self.userMetadata = userMetadata
        self.tags = tags
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
        location.encode(to: &writer)
        writer.write(bodyOrdinal)
        writer.write(owner)
        writer.write(UInt8(checksum.count))
        writer.writeRaw(checksum)
        Self.encode(standardFields, to: &writer)
        Self.encode(userMetadata, to: &writer)
        Self.encode(tags, to: &writer)
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
        location = try ObjectLocation(from: &reader)
        bodyOrdinal = try reader.read()
        owner = try reader.readString()
        checksum = try reader.readRaw(Int(try reader.read(UInt8.self)))
        standardFields = try Self.standardFields(from: &reader)
        userMetadata = try Self.userFields(from: &reader)
        tags = try Self.tags(from: &reader)
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

/// The lists that uploads and rewrites share with objects.
extension ObjectRecord {
    static func encode(_ fields: [StandardField], to writer: inout ByteWriter) {
        writer.write(list: fields) { writer, entry in
            writer.write(entry.field)
            writer.write(entry.value)
        }
    }

    static func encode(_ fields: [UserField], to writer: inout ByteWriter) {
        writer.write(list: fields) { writer, entry in
            writer.write(entry.name)
            writer.write(entry.value)
        }
    }

    static func encode(_ tags: [Tag], to writer: inout ByteWriter) {
        writer.write(list: tags) { writer, tag in
            writer.write(tag.key)
            writer.write(tag.value)
        }
    }

    static func standardFields(from reader: inout ByteReader) throws(CodecError) -> [StandardField] {
        try reader.readList { (reader) throws(CodecError) in
            StandardField(try reader.read(), try reader.readString())
        }
    }

    static func userFields(from reader: inout ByteReader) throws(CodecError) -> [UserField] {
        try reader.readList { (reader) throws(CodecError) in
            UserField(try reader.readString(), try reader.readString())
        }
    }

    static func tags(from reader: inout ByteReader) throws(CodecError) -> [Tag] {
        try reader.readList { (reader) throws(CodecError) in
            Tag(try reader.readString(), try reader.readString())
        }
    }
}
