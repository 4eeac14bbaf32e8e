public import Core

/// Number u8, then the fields. Sources/README.md, "Commands".
extension Command {
    public func encoded() -> [UInt8] {
        var writer = ByteWriter(reserving: 256)
        switch self {
        case .openSession(let owner, let session):
            writer.write(UInt8(1))
            owner.encode(to: &writer)
            writer.write(session)
        case .putObject(let bucket, let key, let record, let body, let condition):
            writer = ByteWriter(reserving: 512 + key.count + (body?.count ?? 0))
            writer.write(UInt8(2))
            bucket.encode(to: &writer)
            writer.write(key)
            record.encode(to: &writer)
            writer.write(optional: body) { $0.write($1) }
            condition.encode(to: &writer)
        case .deleteObject(let bucket, let key, let condition):
            writer.write(UInt8(3))
            bucket.encode(to: &writer)
            writer.write(key)
            condition.encode(to: &writer)
        case .openBucket(let bucket): Self.write(4, bucket, to: &writer)
        case .closeBucket(let bucket): Self.write(5, bucket, to: &writer)
        case .forgetBucket(let bucket): Self.write(6, bucket, to: &writer)
        case .reserveBucketName(let name, let bucket, let owner, let region):
            writer.write(UInt8(7))
            writer.write(name)
            bucket.encode(to: &writer)
            writer.write(owner)
            writer.write(region)
        case .setBucketState(let name, let bucket, let state):
            writer.write(UInt8(8))
            writer.write(name)
            bucket.encode(to: &writer)
            writer.write(state.rawValue)
        case .removeBucketName(let name, let bucket):
            writer.write(UInt8(9))
            writer.write(name)
            bucket.encode(to: &writer)
        case .clearGarbage(let names):
            writer.write(UInt8(10))
            writer.write(list: names) { $1.encode(to: &$0) }
        case .condemn(let bucket, let key, let blob):
            writer.write(UInt8(11))
            bucket.encode(to: &writer)
            writer.write(key)
            blob.encode(to: &writer)
        case .clearParts(let name, let through):
            writer.write(UInt8(12))
            name.encode(to: &writer)
            writer.write(through)
        case .deleteObjects(let bucket, let deletes):
            writer.write(UInt8(13))
            bucket.encode(to: &writer)
            writer.write(list: deletes) { writer, delete in
                writer.write(delete.key)
                delete.condition.encode(to: &writer)
            }
        case .rewriteMetadata(let rewrite):
            writer.write(UInt8(14))
            rewrite.encode(to: &writer)
        case .setTags(let bucket, let key, let tags):
            writer.write(UInt8(15))
            bucket.encode(to: &writer)
            writer.write(key)
            ObjectRecord.encode(tags, to: &writer)
        case .configureBucket(let name, let bucket, let kind, let bytes):
            writer.write(UInt8(16))
            writer.write(name)
            bucket.encode(to: &writer)
            writer.write(kind)
            writer.write(optional: bytes) { $0.write($1) }
        case .setSearchSchema(let bucket, let bytes):
            Self.write(17, bucket, to: &writer)
            writer.write(optional: bytes) { $0.write($1) }
        case .upload(let command): command.encode(to: &writer)
        case .identity(let command): command.encode(to: &writer)
        }
        return writer.bytes
    }

    private static func write(_ number: UInt8, _ bucket: BucketID, to writer: inout ByteWriter) {
        writer.write(number)
        bucket.encode(to: &writer)
    }

    public init(_ bytes: [UInt8]) throws(CodecError) {
        var reader = ByteReader(bytes)
        let number: UInt8 = try reader.read()
        if UploadCommand.numbers.contains(number) {
            self = .upload(try UploadCommand(number: number, from: &reader))
        } else if IdentityCommand.numbers.contains(number) {
            self = .identity(try IdentityCommand(number: number, from: &reader))
        } else {
            self = try Self.decode(number, &reader)
        }
        try reader.expectEnd()
    }

    private static func decode(_ number: UInt8, _ reader: inout ByteReader) throws(CodecError) -> Command {
        switch number {
        case 1: return .openSession(owner: try UniqueID(from: &reader), session: try reader.read())
        case 2:
            return .putObject(
                bucket: try BucketID(from: &reader), key: try reader.readBytes(),
                record: try ObjectRecord(from: &reader),
                body: try reader.readOptional { (reader) throws(CodecError) in try reader.readBytes() },
                condition: try Condition(from: &reader))
        case 3:
            return .deleteObject(
                bucket: try BucketID(from: &reader), key: try reader.readBytes(),
                condition: try Condition(from: &reader))
        case 4: return .openBucket(bucket: try BucketID(from: &reader))
        case 5: return .closeBucket(bucket: try BucketID(from: &reader))
        case 6: return .forgetBucket(bucket: try BucketID(from: &reader))
        case 7:
            return .reserveBucketName(
                name: try reader.readString(), bucket: try BucketID(from: &reader), owner: try reader.readString(),
                region: try reader.readString())
        case 8:
            let name = try reader.readString()
            let bucket = try BucketID(from: &reader)
            guard let state = BucketState(rawValue: try reader.read()) else { throw .field("bucket state") }
            return .setBucketState(name: name, bucket: bucket, state: state)
        case 9: return .removeBucketName(name: try reader.readString(), bucket: try BucketID(from: &reader))
        case 10:
            return .clearGarbage(
                try reader.readList { (reader) throws(CodecError) in try GarbageName(from: &reader) })
        case 11:
            return .condemn(
                bucket: try BucketID(from: &reader), key: try reader.readBytes(), blob: try BlobID(from: &reader))
        case 12: return .clearParts(try GarbageName(from: &reader), through: try reader.read())
        case 13:
            return .deleteObjects(
                bucket: try BucketID(from: &reader),
                try reader.readList { (reader) throws(CodecError) in
                    ConditionalDelete(key: try reader.readBytes(), condition: try Condition(from: &reader))
                })
        case 14: return .rewriteMetadata(try MetadataRewrite(from: &reader))
        case 15:
            return .setTags(
                bucket: try BucketID(from: &reader), key: try reader.readBytes(),
                tags: try ObjectRecord.tags(from: &reader))
        case 16:
            return .configureBucket(
                name: try reader.readString(), bucket: try BucketID(from: &reader), kind: try reader.read(),
                bytes: try reader.readOptional { (reader) throws(CodecError) in try reader.readBytes() })
        case 17:
            return .setSearchSchema(
                bucket: try BucketID(from: &reader),
                bytes: try reader.readOptional { (reader) throws(CodecError) in try reader.readBytes() })
        default: throw .field("command")
        }
    }
}
