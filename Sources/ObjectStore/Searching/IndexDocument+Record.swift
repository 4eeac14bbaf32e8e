public import Core
public import Metadata
import S3
public import SearchIndex

extension IndexDocument {
    /// What the index is to know of an object's current version.
    public init(bucket: BucketID, key: [UInt8], _ record: ObjectRecord) {
        let type = record.standardFields.first { $0.field == ObjectMetadata.StandardField.contentType.rawValue }
        self.init(
            bucket: bucket, key: key, sizeBytes: record.summary.sizeBytes,
            modifiedMilliseconds: Int64(clamping: record.summary.lastModified.milliseconds),
            contentType: type?.value ?? "", entityTag: record.summary.entityTag.text, owner: record.owner,
            userMetadata: record.userMetadata.map { Field($0.name, $0.value) },
            tags: record.tags.map { Field($0.key, $0.value) })
    }
}

/// The bytes of a bucket's search schema in its configuration row: version 1 u8, list of (source u8, name, kind u8),
/// stemmer (empty: none).
extension SearchSchema {
    private static let formatVersion: UInt8 = 1

    public var encoded: [UInt8] {
        var writer = ByteWriter(reserving: 64)
        writer.write(Self.formatVersion)
        writer.write(list: fields) { writer, field in
            writer.write(field.name.source.rawValue)
            writer.write(field.name.name)
            writer.write(field.kind.rawValue)
        }
        writer.write(stemmer ?? "")
        return writer.bytes
    }

    public init(_ bytes: [UInt8]) throws(CodecError) {
        var reader = ByteReader(bytes)
        let version: UInt8 = try reader.read()
        guard version == Self.formatVersion else { throw .newerVersion(UInt16(version)) }
        let fields = try reader.readList { (reader) throws(CodecError) in
            guard let source = MetadataName.Source(rawValue: try reader.read()) else {
                throw .field("source of a field")
            }
            let name = try reader.readString()
            guard let kind = Kind(rawValue: try reader.read()) else { throw .field("kind of a field") }
            return DeclaredField(MetadataName(source, name), kind)
        }
        let stemmer = try reader.readString()
        try reader.expectEnd()
        self.init(fields: fields, stemmer: stemmer.isEmpty ? nil : stemmer)
    }
}
