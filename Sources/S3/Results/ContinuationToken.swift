import Core

/// The opaque text by which a client asks for the next page of a listing.
///
/// Base64url without padding of: format version 1 (1 byte), kind (1 byte: 0 key, 1 common prefix), the bytes of the
/// last thing on the page, CRC32C of all before (4 bytes, little-endian). The checksum tells a token that was cut or
/// mistyped from one of ours; it is no secret, as a token gives nothing that `start-after` does not.
enum ContinuationToken {
    private static let version: UInt8 = 1

    static func encode(_ position: ListPosition) -> String {
        var writer = ByteWriter(reserving: position.bytes.count + 6)
        writer.write(version)
        switch position {
        case .key: writer.write(UInt8(0))
        case .commonPrefix: writer.write(UInt8(1))
        }
        writer.writeRaw(position.bytes)
        writer.write(CRC32C.of(writer.bytes))
        let text = Base64.encode(writer.bytes).utf8.compactMap { character -> UInt8? in
            switch character {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            case UInt8(ascii: "="): nil
            default: character
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// - Throws: `InvalidArgument` if the token is not one that `encode` made.
    static func decode(_ token: String) throws(S3Error) -> ListPosition {
        let refusal = S3Error.invalidArgument(
            "The continuation token provided is incorrect", name: "continuation-token", value: token)
        guard !token.isEmpty, token.utf8.count <= 2048 else { throw refusal }
        var text = token.utf8.map { character in
            switch character {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: character
            }
        }
        while !text.count.isMultiple(of: 4) { text.append(UInt8(ascii: "=")) }
        guard let bytes = Base64.decode(String(decoding: text, as: UTF8.self)), bytes.count >= 7,
            bytes[0] == version, bytes[1] <= 1
        else { throw refusal }
        let end = bytes.count - 4
        var checksum = ByteReader(bytes, in: end..<bytes.count)
        guard let sum = try? checksum.read(UInt32.self), sum == CRC32C.of(bytes[..<end]) else { throw refusal }
        let position = Array(bytes[2..<end])
        guard String(validating: position, as: UTF8.self) != nil else { throw refusal }
        return bytes[1] == 0 ? .key(position) : .commonPrefix(position)
    }
}
