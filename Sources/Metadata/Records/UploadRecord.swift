public import Core

/// Names a multipart upload.
public struct UploadName: Sendable, Hashable {
    public var bucket: BucketID
    public var key: [UInt8]
    /// Among those of the key: the ordinal of its beginning, then a number of the gateway's choice. Ordered as the
    /// uploads began.
    public var upload: UniqueID

    public init(bucket: BucketID, key: [UInt8], upload: UniqueID) {
        self.bucket = bucket
        self.key = key
        self.upload = upload
    }

    func encode(to writer: inout ByteWriter) {
        bucket.encode(to: &writer)
        writer.write(key)
        upload.encode(to: &writer)
    }

    init(from reader: inout ByteReader) throws(CodecError) {
        bucket = try BucketID(from: &reader)
        key = try reader.readBytes()
        upload = try UniqueID(from: &reader)
    }
}

/// A multipart upload that is open: what its object will have. Format version 1: Sources/README.md, "Uploads and parts".
public struct UploadRecord: Sendable, Equatable {
    static let formatVersion: UInt8 = 1

    /// When it began.
    public var initiated: WallTime
    public var owner: String
    /// Of every part and of the object; S3's numbers.
    public var checksumAlgorithm: UInt8
    public var checksumType: UInt8
    /// False: the client named no algorithm, and this is the store's own choice.
    public var isChecksumDeclared: Bool
    public var standardFields: [ObjectRecord.StandardField]
    public var userMetadata: [ObjectRecord.UserField]
    public var tags: [ObjectRecord.Tag]

    /// `initiated` is set when the upload is created.
    public init(
        initiated: WallTime = WallTime(milliseconds: 0), owner: String, checksumAlgorithm: UInt8, checksumType: UInt8,
        isChecksumDeclared: Bool, standardFields: [ObjectRecord.StandardField] = [],
        userMetadata: [ObjectRecord.UserField] = [], tags: [ObjectRecord.Tag] = []
    ) {
        self.initiated = initiated
        self.owner = owner
        self.checksumAlgorithm = checksumAlgorithm
        self.checksumType = checksumType
        self.isChecksumDeclared = isChecksumDeclared
        self.standardFields = standardFields
        self.userMetadata = userMetadata
        self.tags = tags
    }

    func encode(to writer: inout ByteWriter) {
        writer.write(Self.formatVersion)
        writer.write(initiated.milliseconds)
        writer.write(owner)
        writer.write(checksumAlgorithm)
        writer.write(checksumType)
        writer.write(isChecksumDeclared)
        ObjectRecord.encode(standardFields, to: &writer)
        ObjectRecord.encode(userMetadata, to: &writer)
        ObjectRecord.encode(tags, to: &writer)
    }

    init(from reader: inout ByteReader) throws(CodecError) {
        let version: UInt8 = try reader.read()
        guard version == Self.formatVersion else { throw .newerVersion(UInt16(version)) }
        initiated = WallTime(milliseconds: try reader.read())
        owner = try reader.readString()
        checksumAlgorithm = try reader.read()
        checksumType = try reader.read()
        isChecksumDeclared = try reader.readBool()
        standardFields = try ObjectRecord.standardFields(from: &reader)
        userMetadata = try ObjectRecord.userFields(from: &reader)
        tags = try ObjectRecord.tags(from: &reader)
    }

    var encoded: [UInt8] {
        var writer = ByteWriter(reserving: 128)
        encode(to: &writer)
        return writer.bytes
    }

    init(_ bytes: [UInt8]) throws(CodecError) {
        var reader = ByteReader(bytes)
        try self.init(from: &reader)
        try reader.expectEnd()
    }
}

/// A part of an open upload. Always a blob, also when it is small: only an upload's last part may be under 5 MiB, and
/// bytes within rows would need a second kind of garbage. A blob of no bytes has no fragments.
///
/// Format version 1: Sources/README.md, "Uploads and parts".
public struct PartRecord: Sendable, Equatable {
    static let formatVersion: UInt8 = 1

    /// Set when the part is put: milliseconds since 1970, growing within the shard.
    public var ordinal: UInt64
    public var md5: [UInt8]
    /// With the upload's algorithm.
    public var checksum: [UInt8]
    public var reference: BlobReference

    public var sizeBytes: UInt64 { reference.sizeBytes }
    public var lastModified: WallTime { WallTime(milliseconds: ordinal / 1000) }

    public init(ordinal: UInt64 = 0, md5: [UInt8], checksum: [UInt8], reference: BlobReference) {
        self.ordinal = ordinal
        self.md5 = md5
        self.checksum = checksum
        self.reference = reference
    }

    func encode(to writer: inout ByteWriter) {
        precondition(md5.count == 16, "an MD5 has 16 bytes")
        writer.write(Self.formatVersion)
        writer.write(ordinal)
        writer.writeRaw(md5)
        reference.encode(to: &writer)
        writer.write(UInt8(checksum.count))
        writer.writeRaw(checksum)
    }

    init(from reader: inout ByteReader) throws(CodecError) {
        let version: UInt8 = try reader.read()
        guard version == Self.formatVersion else { throw .newerVersion(UInt16(version)) }
        ordinal = try reader.read()
        md5 = try reader.readRaw(16)
        reference = try BlobReference(from: &reader)
        checksum = try reader.readRaw(Int(try reader.read(UInt8.self)))
    }

    var encoded: [UInt8] {
        var writer = ByteWriter(reserving: 96)
        encode(to: &writer)
        return writer.bytes
    }

    init(_ bytes: [UInt8]) throws(CodecError) {
        var reader = ByteReader(bytes)
        try self.init(from: &reader)
        try reader.expectEnd()
    }
}

/// What completing an upload came to, kept for a while: a repeated request gets the same answer, also when the object
/// has been overwritten or deleted since. Format version 1: Sources/README.md, "Uploads and parts".
public struct CompletionRecord: Sendable, Equatable {
    static let formatVersion: UInt8 = 1

    /// Of the list of parts that the client sent.
    public var listDigest: [UInt8]
    /// Of the version that came of it.
    public var ordinal: UInt64
    public var sizeBytes: UInt64
    public var tag: [UInt8]
    public var partCount: UInt16
    public var checksumAlgorithm: UInt8
    public var checksumType: UInt8
    public var checksum: [UInt8]

    public var completed: WallTime { WallTime(milliseconds: ordinal / 1000) }

    public init(
        listDigest: [UInt8], ordinal: UInt64, sizeBytes: UInt64, tag: [UInt8], partCount: UInt16,
        checksumAlgorithm: UInt8, checksumType: UInt8, checksum: [UInt8]
    ) {
        self.listDigest = listDigest
        self.ordinal = ordinal
        self.sizeBytes = sizeBytes
        self.tag = tag
        self.partCount = partCount
        self.checksumAlgorithm = checksumAlgorithm
        self.checksumType = checksumType
        self.checksum = checksum
    }

    func encode(to writer: inout ByteWriter) {
        writer.write(Self.formatVersion)
        writer.write(UInt8(listDigest.count))
        writer.writeRaw(listDigest)
        writer.write(ordinal)
        writer.write(sizeBytes)
        writer.write(UInt8(tag.count))
        writer.writeRaw(tag)
        writer.write(partCount)
        writer.write(checksumAlgorithm)
        writer.write(checksumType)
        writer.write(UInt8(checksum.count))
        writer.writeRaw(checksum)
    }

    init(from reader: inout ByteReader) throws(CodecError) {
        let version: UInt8 = try reader.read()
        guard version == Self.formatVersion else { throw .newerVersion(UInt16(version)) }
        listDigest = try reader.readRaw(Int(try reader.read(UInt8.self)))
        ordinal = try reader.read()
        sizeBytes = try reader.read()
        tag = try reader.readRaw(Int(try reader.read(UInt8.self)))
        partCount = try reader.read()
        checksumAlgorithm = try reader.read()
        checksumType = try reader.read()
        checksum = try reader.readRaw(Int(try reader.read(UInt8.self)))
    }

    var encoded: [UInt8] {
        var writer = ByteWriter(reserving: 128)
        encode(to: &writer)
        return writer.bytes
    }

    init(_ bytes: [UInt8]) throws(CodecError) {
        var reader = ByteReader(bytes)
        try self.init(from: &reader)
        try reader.expectEnd()
    }
}
