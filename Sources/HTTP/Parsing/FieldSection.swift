/// Limits on what a head may cost before anything is known of its sender. All are in bytes or fields, inclusive.
public struct HeadLimits: Sendable, Equatable {
    /// The request or status line. S3 keys of 1,024 bytes, percent-encoded, with a presigned query, need about 8 KiB.
    public var startLineBytes: Int
    /// Start line and all fields together, with their CRLFs.
    public var headBytes: Int
    public var fields: Int

    public init(startLineBytes: Int = 16 << 10, headBytes: Int = 64 << 10, fields: Int = 128) {
        self.startLineBytes = startLineBytes
        self.headBytes = headBytes
        self.fields = fields
    }
}

/// Parses field lines (RFC 9112 section 5), for heads and trailers.
struct FieldSection: Sendable {
    /// Fields that decide about framing and persistence: most messages have few of them, and looking for the others in
    /// vain would cost more than parsing.
    struct Special: OptionSet, Sendable {
        let rawValue: UInt8
        static let host = Special(rawValue: 1)
        static let contentLength = Special(rawValue: 2)
        static let transferEncoding = Special(rawValue: 4)
        static let connection = Special(rawValue: 8)
        static let expect = Special(rawValue: 16)
    }

    private(set) var headers = Headers()
    private(set) var special: Special = []
    private var count = 0

    /// - Parameter line: one line without its CRLF; not empty.
    mutating func add(_ line: Span<UInt8>, limits: HeadLimits) throws(ParseError) {
        guard !Characters.isBlank(line[0]) else { throw .foldedField }
        count += 1
        guard count <= limits.fields else { throw .tooManyFields }
        var colon = 0
        while colon < line.count, Characters.isToken(line[unchecked: colon]) { colon &+= 1 }
        guard colon > 0, colon < line.count, line[colon] == UInt8(ascii: ":") else { throw .fieldName }
        var start = colon + 1
        var end = line.count
        while start < end, Characters.isBlank(line[unchecked: start]) { start &+= 1 }
        while end > start, Characters.isBlank(line[unchecked: end &- 1]) { end &-= 1 }
        guard let value = fieldValue(line.extracting(start..<end)) else { throw .fieldValue }
        let name = lowercasedName(line.extracting(0..<colon))
        note(name)
        headers.append(lowercaseName: name, value: value)
    }

    private mutating func note(_ name: String) {
        switch name.utf8.count {
        case 4 where name == "host": special.insert(.host)
        case 6 where name == "expect": special.insert(.expect)
        case 10 where name == "connection": special.insert(.connection)
        case 14 where name == "content-length": special.insert(.contentLength)
        case 17 where name == "transfer-encoding": special.insert(.transferEncoding)
        default: break
        }
    }
}

/// nil if the octets hold a control or are not UTF-8. Eight octets at a time while they are plain ASCII.
private func fieldValue(_ octets: Span<UInt8>) -> String? {
    let raw = octets.bytes
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs = ones << 7
    var isASCII = true
    var index = 0
    while index < octets.count {
        if index &+ 8 <= octets.count {
            // Safe: the eight octets lie within the span by the condition.
            let word = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
            let deletes = word ^ (ones &* 0x7F)
            // A set high bit: an octet below 0x20, DEL, or one above ASCII ("Hacker's Delight", section 6-1).
            if ((word &- ones &* 0x20) | (deletes &- ones) | word) & highs == 0 {
                index &+= 8
                continue
            }
        }
        let octet = octets[unchecked: index]
        guard Characters.isFieldValue(octet) else { return nil }
        isASCII = isASCII && octet < 0x80
        index &+= 1
    }
    return isASCII ? asciiText(octets) : text(octets)
}

/// nil if the octets are not UTF-8.
func text(_ octets: Span<UInt8>) -> String? {
    octets.withUnsafeBufferPointer { String(validating: $0, as: UTF8.self) }
}

/// - Parameter octets: known to be ASCII. (The general way looks generic types up at run time.)
func asciiText(_ octets: Span<UInt8>) -> String {
    String(unsafeUninitializedCapacity: octets.count) { target in
        octets.withUnsafeBufferPointer { _ = target.update(fromContentsOf: $0) }
        return octets.count
    }
}

/// - Parameter octets: tokens, hence ASCII.
private func lowercasedName(_ octets: Span<UInt8>) -> String {
    String(unsafeUninitializedCapacity: octets.count) { target in
        for index in 0..<octets.count { target[index] = Characters.lowercased(octets[unchecked: index]) }
        return octets.count
    }
}
