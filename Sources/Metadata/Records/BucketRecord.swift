public import Core

public enum BucketState: UInt8, Sendable {
    /// Reserved, not yet open in all shards.
    case creating = 0
    case active = 1
    case deleting = 2
}

/// What a bucket can be configured with; the numbers name rows and are never used again.
public enum BucketConfigurationKind: UInt8, Sendable {
    case tags = 1
    /// Declared fields of the search. The shards that cover the bucket have a copy.
    case search = 2
}

/// A bucket as the system shard knows it.
public struct BucketRecord: Sendable, Equatable {
    public var name: String
    public var bucket: BucketID
    public var owner: String
    public var region: String
    public var created: WallTime
    public var state: BucketState

    func encoded() -> [UInt8] {
        var writer = ByteWriter(reserving: 96)
        writer.write(UInt8(1))
        writer.write(name)
        bucket.encode(to: &writer)
        writer.write(owner)
        writer.write(region)
        writer.write(created.milliseconds)
        writer.write(state.rawValue)
        return writer.bytes
    }

    init(
        name: String, bucket: BucketID, owner: String, region: String, created: WallTime, state: BucketState
    ) {
        self.name = name
        self.bucket = bucket
        self.owner = owner
        self.region = region
        self.created = created
        self.state = state
    }

    init(_ bytes: [UInt8]) throws(CodecError) {
        var reader = ByteReader(bytes)
        let version: UInt8 = try reader.read()
        guard version == 1 else { throw .newerVersion(UInt16(version)) }
        name = try reader.readString()
        bucket = try BucketID(from: &reader)
        owner = try reader.readString()
        region = try reader.readString()
        created = WallTime(milliseconds: try reader.read())
        guard let state = BucketState(rawValue: try reader.read()) else { throw .field("bucket state") }
        self.state = state
    }
}
