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
    private(set) var headers = Headers()
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
        var index = start
        while index < end {
            guard Characters.isFieldValue(line[unchecked: index]) else { throw .fieldValue }
            index &+= 1
        }
        guard let value = text(line.extracting(start..<end)) else { throw .fieldValue }
        headers.append(lowercaseName: lowercasedName(line.extracting(0..<colon)), value: value)
    }
}

/// nil if the octets are not UTF-8.
func text(_ octets: Span<UInt8>) -> String? {
    octets.withUnsafeBufferPointer { String(validating: $0, as: UTF8.self) }
}

/// - Parameter octets: tokens, hence ASCII.
private func lowercasedName(_ octets: Span<UInt8>) -> String {
    String(unsafeUninitializedCapacity: octets.count) { target in
        for index in 0..<octets.count { target[index] = Characters.lowercased(octets[unchecked: index]) }
        return octets.count
    }
}
