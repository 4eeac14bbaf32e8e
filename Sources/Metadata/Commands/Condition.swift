import Core

/// What must hold of the current version for a write to be carried out; decided when the command is applied.
public enum Condition: Sendable, Equatable {
    case none
    /// No object under the key.
    case absent
    /// An object with this entity tag (digest, part count).
    case tag([UInt8], parts: UInt16)
    /// Any object.
    case present

    func encode(to writer: inout ByteWriter) {
        switch self {
        case .none: writer.write(UInt8(0))
        case .absent: writer.write(UInt8(1))
        case .tag(let digest, let parts):
            writer.write(UInt8(2))
            writer.write(digest)
            writer.write(parts)
        case .present: writer.write(UInt8(3))
        }
    }

    init(from reader: inout ByteReader) throws(CodecError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .none
        case 1: self = .absent
        case 2: self = .tag(try reader.readBytes(), parts: try reader.read())
        case 3: self = .present
        default: throw .field("condition")
        }
    }
}
