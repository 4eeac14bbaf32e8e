/// Finds the lines of a head or of chunk framing. A line ends in CRLF; a lone LF or CR is refused, because
/// intermediaries disagree about it (RFC 9112 section 2.2).
struct LineScanner: Sendable {
    /// Octets of the unfinished line that hold no LF: they are not searched again when more arrive.
    private var searched = 0

    /// The length of the line that begins at `start`, without its CRLF; nil if its end has not arrived.
    mutating func lineLength(in input: Span<UInt8>, from start: Int) throws(ParseError) -> Int? {
        guard let end = Self.firstLineFeed(in: input, from: start + searched) else {
            searched = input.count - start
            return nil
        }
        searched = 0
        guard end > start, input[end - 1] == Characters.carriageReturn else { throw .bareLineFeed }
        return end - 1 - start
    }

    /// Octets of the unfinished line so far.
    var pending: Int { searched }

    /// Eight octets at a time: LF is where `word ^ pattern` has a zero octet ("Hacker's Delight", section 6-1).
    private static func firstLineFeed(in input: Span<UInt8>, from start: Int) -> Int? {
        let raw = input.bytes
        let pattern: UInt64 = 0x0A0A_0A0A_0A0A_0A0A
        var index = start
        while index &+ 8 <= input.count {
            // Safe: the eight octets lie within the span by the loop's condition.
            let word = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self).littleEndian
            let difference = word ^ pattern
            let zeros = (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
            if zeros != 0 { return index &+ zeros.trailingZeroBitCount / 8 }
            index &+= 8
        }
        while index < input.count {
            if input[unchecked: index] == Characters.lineFeed { return index }
            index &+= 1
        }
        return nil
    }
}
