/// What a decoder found wrong. Never a reason to crash: the caller decides between repair, refusal and quarantine.
public enum CodecError: Error, Equatable, Sendable {
    /// The bytes end before the value does.
    case truncated
    /// A field holds what its format does not allow; the name says which.
    case invalid(StaticStringName)
    /// The format version is newer than this program.
    case newerVersion(UInt16)

    public static func field(_ name: StaticString) -> CodecError { .invalid(StaticStringName(name)) }
}

/// The name of a field, for messages.
public struct StaticStringName: Equatable, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ name: StaticString) { description = "\(name)" }
}

/// Reads what `ByteWriter` wrote. Every read is checked against the end; lengths that the input claims are compared
/// with what is there before anything is allocated.
public struct ByteReader: Sendable {
    public let bytes: [UInt8]
    public private(set) var offset: Int
    public let end: Int

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        self.offset = 0
        self.end = bytes.count
    }

    public init(_ bytes: [UInt8], in range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "range outside of the bytes")
        self.bytes = bytes
        self.offset = range.lowerBound
        self.end = range.upperBound
    }

    public var remaining: Int { end - offset }
    public var isAtEnd: Bool { offset == end }

    @inlinable
    public mutating func read<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type = T.self) throws(CodecError) -> T {
        T(littleEndian: try raw(type))
    }

    @inlinable
    public mutating func readBigEndian<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type = T.self)
        throws(CodecError) -> T
    {
        T(bigEndian: try raw(type))
    }

    @usableFromInline
    mutating func raw<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) throws(CodecError) -> T {
        let width = MemoryLayout<T>.size
        guard remaining >= width else { throw .truncated }
        let value = bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: T.self)
        offset += width
        return value
    }

    public mutating func readBool() throws(CodecError) -> Bool {
        switch try read(UInt8.self) {
        case 0: return false
        case 1: return true
        default: throw .field("boolean")
        }
    }

    public mutating func readRaw(_ count: Int) throws(CodecError) -> [UInt8] {
        guard count >= 0, remaining >= count else { throw .truncated }
        defer { offset += count }
        return Array(bytes[offset..<offset + count])
    }

    public mutating func readBytes() throws(CodecError) -> [UInt8] { try readRaw(Int(read(UInt32.self))) }

    /// A string must be valid UTF-8: what is not was never written by us.
    public mutating func readString() throws(CodecError) -> String {
        let raw = try readBytes()
        guard let string = String(validating: raw, as: UTF8.self) else { throw .field("UTF-8 string") }
        return string
    }

    public mutating func readOptional<T>(
        _ decode: (inout ByteReader) throws(CodecError) -> T
    ) throws(CodecError) -> T? {
        try readBool() ? try decode(&self) : nil
    }

    public mutating func readList<T>(
        _ decode: (inout ByteReader) throws(CodecError) -> T
    ) throws(CodecError) -> [T] {
        let count = Int(try read(UInt32.self))
        guard count <= remaining else { throw .truncated }
        var list: [T] = []
        list.reserveCapacity(min(count, 4096))
        for _ in 0..<count { list.append(try decode(&self)) }
        return list
    }

    public mutating func skip(_ count: Int) throws(CodecError) {
        guard count >= 0, remaining >= count else { throw .truncated }
        offset += count
    }

    /// Formats of a fixed shape end where their bytes end.
    public func expectEnd() throws(CodecError) {
        guard isAtEnd else { throw .field("trailing bytes") }
    }
}
