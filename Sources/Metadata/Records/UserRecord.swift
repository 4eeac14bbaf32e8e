public import Core

/// Whether a user, or one of its access keys, may ask for anything.
public enum IdentityStatus: UInt8, Sendable {
    case disabled = 0
    case active = 1
}

/// Somebody who owns access keys. Format version 1: Sources/README.md, "Users".
public struct UserRecord: Sendable, Equatable {
    static let formatVersion: UInt8 = 1

    /// 1 to 255 bytes.
    public var name: String
    public var created: WallTime
    public var status: IdentityStatus
    public var description: String

    init(name: String, created: WallTime, status: IdentityStatus, description: String) {
        self.name = name
        self.created = created
        self.status = status
        self.description = description
    }

    var encoded: [UInt8] {
        var writer = ByteWriter(reserving: 64)
        writer.write(Self.formatVersion)
        writer.write(created.milliseconds)
        writer.write(status.rawValue)
        writer.write(description)
        return writer.bytes
    }

    init(name: String, _ bytes: [UInt8]) throws(CodecError) {
        var reader = ByteReader(bytes)
        let version: UInt8 = try reader.read()
        guard version == Self.formatVersion else { throw .newerVersion(UInt16(version)) }
        self.name = name
        created = WallTime(milliseconds: try reader.read())
        status = try IdentityStatus(from: &reader)
        description = try reader.readString()
        try reader.expectEnd()
    }
}

/// An access key. The secret is sealed above this layer, which keeps bytes that it cannot read. Format version 1:
/// Sources/README.md, "Users".
public struct AccessKeyRecord: Sendable, Equatable {
    static let formatVersion: UInt8 = 1

    /// 1 to 255 bytes.
    public var id: String
    public var user: String
    public var created: WallTime
    public var status: IdentityStatus
    public var sealedSecret: [UInt8]

    init(id: String, user: String, created: WallTime, status: IdentityStatus, sealedSecret: [UInt8]) {
        self.id = id
        self.user = user
        self.created = created
        self.status = status
        self.sealedSecret = sealedSecret
    }

    var encoded: [UInt8] {
        var writer = ByteWriter(reserving: 160)
        writer.write(Self.formatVersion)
        writer.write(user)
        writer.write(created.milliseconds)
        writer.write(status.rawValue)
        writer.write(sealedSecret)
        return writer.bytes
    }

    init(id: String, _ bytes: [UInt8]) throws(CodecError) {
        var reader = ByteReader(bytes)
        let version: UInt8 = try reader.read()
        guard version == Self.formatVersion else { throw .newerVersion(UInt16(version)) }
        self.id = id
        user = try reader.readString()
        created = WallTime(milliseconds: try reader.read())
        status = try IdentityStatus(from: &reader)
        sealedSecret = try reader.readBytes()
        try reader.expectEnd()
    }
}

extension IdentityStatus {
    init(from reader: inout ByteReader) throws(CodecError) {
        guard let status = IdentityStatus(rawValue: try reader.read()) else { throw .field("status") }
        self = status
    }
}
