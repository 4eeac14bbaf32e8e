/// Characters of a text that may not be UTF-8 at all: each byte that belongs to none is U+FFFD.
struct UTF8Reader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var offset = 0

    static let replacement: UInt32 = 0xFFFD

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func next() -> UInt32? {
        guard offset < bytes.count else { return nil }
        let first = bytes[offset]
        offset += 1
        if first < 0x80 { return UInt32(first) }
        let length: Int
        var character: UInt32
        let least: UInt32
        switch first {
        case 0xC2...0xDF: (length, character, least) = (1, UInt32(first & 0x1F), 0x80)
        case 0xE0...0xEF: (length, character, least) = (2, UInt32(first & 0x0F), 0x800)
        case 0xF0...0xF4: (length, character, least) = (3, UInt32(first & 0x07), 0x1_0000)
        default: return Self.replacement
        }
        guard offset + length <= bytes.count else { return Self.replacement }
        for index in offset..<(offset + length) {
            guard bytes[index] & 0xC0 == 0x80 else { return Self.replacement }
            character = character << 6 | UInt32(bytes[index] & 0x3F)
        }
        guard character >= least, character <= 0x10_FFFF, !(0xD800...0xDFFF).contains(character) else {
            return Self.replacement
        }
        offset += length
        return character
    }

    static func append(_ character: UInt32, to bytes: inout [UInt8]) {
        func continuation(_ shift: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: 0x80 | (character >> shift) & 0x3F) }
        switch character {
        case 0..<0x80: bytes.append(UInt8(truncatingIfNeeded: character))
        case 0x80..<0x800:
            bytes.append(UInt8(truncatingIfNeeded: 0xC0 | character >> 6))
            bytes.append(continuation(0))
        case 0x800..<0x1_0000:
            bytes.append(UInt8(truncatingIfNeeded: 0xE0 | character >> 12))
            bytes.append(continuation(6))
            bytes.append(continuation(0))
        default:
            bytes.append(UInt8(truncatingIfNeeded: 0xF0 | character >> 18))
            bytes.append(continuation(12))
            bytes.append(continuation(6))
            bytes.append(continuation(0))
        }
    }

    /// The longest beginning of at most `limit` bytes that cuts no character.
    static func cut(_ bytes: UnsafeRawBufferPointer, to limit: Int) -> Int {
        guard bytes.count > limit else { return bytes.count }
        var end = limit
        while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        // Four continuation bytes in a row are no UTF-8; then any cut is as good.
        return limit - end > 3 ? limit : end
    }
}
