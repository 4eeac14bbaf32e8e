import Core
import Metadata
public import S3

/// The tags of a bucket, in a row of the system shard: version 1 u8, then a list (count u32) of key and value (length
/// u32, UTF-8).
public struct BucketTagging: Sendable {
    private static let formatVersion: UInt8 = 1

    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    /// - Throws: `NoSuchTagSet` if there are none.
    public func get(_ request: BucketRequest) async throws(S3Error) -> TagSet {
        let bucket = try await context.activeBucket(request.bucket)
        let bytes: [UInt8]?
        do throws(MetadataError) {
            bytes = try await context.metadata.bucketConfiguration(
                bucket.bucket, kind: BucketConfigurationKind.tags.rawValue)
        } catch {
            throw S3Error(error)
        }
        guard let bytes else {
            throw S3Error(.noSuchTagSet, details: [S3Error.Detail("BucketName", request.bucket.text)])
        }
        guard let tags = try? Self.decode(bytes) else {
            throw S3Error(.internalError, "The tags of the bucket cannot be read.")
        }
        return try TagSet(tags, of: .bucket)
    }

    public func put(_ request: PutBucketTaggingRequest) async throws(S3Error) {
        try await set(request.tags.isEmpty ? nil : Self.encode(request.tags), of: request.bucket)
    }

    public func delete(_ request: BucketRequest) async throws(S3Error) { try await set(nil, of: request.bucket) }

    private func set(_ bytes: [UInt8]?, of name: BucketName) async throws(S3Error) {
        let bucket = try await context.activeBucket(name)
        let result = try await context.execute(
            .configureBucket(
                name: bucket.name, bucket: bucket.bucket, kind: BucketConfigurationKind.tags.rawValue, bytes: bytes),
            at: .system)
        switch result {
        case .done: return
        case .noSuchBucket: throw .noSuchBucket(name)
        case let other: throw ObjectStoreContext.unexpected(other)
        }
    }

    private static func encode(_ tags: TagSet) -> [UInt8] {
        var writer = ByteWriter(reserving: 256)
        writer.write(formatVersion)
        writer.write(list: tags.tags) { writer, tag in
            writer.write(tag.key)
            writer.write(tag.value)
        }
        return writer.bytes
    }

    private static func decode(_ bytes: [UInt8]) throws(CodecError) -> [Tag] {
        var reader = ByteReader(bytes)
        let version: UInt8 = try reader.read()
        guard version == formatVersion else { throw .newerVersion(UInt16(version)) }
        let tags = try reader.readList { (reader) throws(CodecError) in
            Tag(try reader.readString(), try reader.readString())
        }
        try reader.expectEnd()
        return tags
    }
}
