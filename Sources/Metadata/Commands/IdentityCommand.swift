import Core

/// A change of users and access keys, in the system shard. Numbers 48 to 63 of the log's format. Names and IDs have 1 to
/// 255 bytes; others are not understood.
public enum IdentityCommand: Sendable, Equatable {
    /// Refused if the name is taken.
    case createUser(name: String, description: String)
    /// nil leaves what is there.
    case updateUser(name: String, status: IdentityStatus?, description: String?)
    /// Refused while the user has access keys.
    case deleteUser(name: String)
    /// Refused if the ID is taken, or there is no such user.
    case createAccessKey(id: String, user: String, sealedSecret: [UInt8])
    /// nil leaves what is there; another secret is the same one sealed under another key.
    case updateAccessKey(id: String, status: IdentityStatus?, sealedSecret: [UInt8]?)
    case deleteAccessKey(id: String)

    static let numbers: ClosedRange<UInt8> = 48...63
    static let lengths = 1...255

    func encode(to writer: inout ByteWriter) {
        switch self {
        case .createUser(let name, let description):
            writer.write(UInt8(48))
            writer.write(name)
            writer.write(description)
        case .updateUser(let name, let status, let description):
            writer.write(UInt8(49))
            writer.write(name)
            writer.write(optional: status) { $0.write($1.rawValue) }
            writer.write(optional: description) { $0.write($1) }
        case .deleteUser(let name):
            writer.write(UInt8(50))
            writer.write(name)
        case .createAccessKey(let id, let user, let sealedSecret):
            writer.write(UInt8(51))
            writer.write(id)
            writer.write(user)
            writer.write(sealedSecret)
        case .updateAccessKey(let id, let status, let sealedSecret):
            writer.write(UInt8(52))
            writer.write(id)
            writer.write(optional: status) { $0.write($1.rawValue) }
            writer.write(optional: sealedSecret) { $0.write($1) }
        case .deleteAccessKey(let id):
            writer.write(UInt8(53))
            writer.write(id)
        }
    }

    init(number: UInt8, from reader: inout ByteReader) throws(CodecError) {
        let name = try reader.readString()
        guard Self.lengths.contains(name.utf8.count) else { throw .field("length of a name") }
        switch number {
        case 48: self = .createUser(name: name, description: try reader.readString())
        case 49:
            self = .updateUser(
                name: name,
                status: try reader.readOptional { (reader) throws(CodecError) in try IdentityStatus(from: &reader) },
                description: try reader.readOptional { (reader) throws(CodecError) in try reader.readString() })
        case 50: self = .deleteUser(name: name)
        case 51: self = .createAccessKey(id: name, user: try reader.readString(), sealedSecret: try reader.readBytes())
        case 52:
            self = .updateAccessKey(
                id: name,
                status: try reader.readOptional { (reader) throws(CodecError) in try IdentityStatus(from: &reader) },
                sealedSecret: try reader.readOptional { (reader) throws(CodecError) in try reader.readBytes() })
        case 53: self = .deleteAccessKey(id: name)
        default: throw .field("command")
        }
    }
}
