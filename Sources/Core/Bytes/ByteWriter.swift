/// Appends values in the little-endian form that every format of Roost uses.
public struct ByteWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init(reserving capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    public var count: Int { bytes.count }

    @inlinable
    public mutating func write<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: value.littleEndian) { appendRaw($0) }
    }

    @inlinable
    public mutating func writeBigEndian<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: value.bigEndian) { appendRaw($0) }
    }

    public mutating func write(_ value: Bool) { bytes.append(value ? 1 : 0) }

    /// The bytes as they are, without a length.
    public mutating func writeRaw(_ raw: some Sequence<UInt8>) { bytes.append(contentsOf: raw) }

    @usableFromInline mutating func appendRaw(_ raw: UnsafeRawBufferPointer) { bytes.append(contentsOf: raw) }

    public mutating func writeRaw(_ raw: UnsafeRawBufferPointer) { bytes.append(contentsOf: raw) }

    /// A 32-bit length, then the bytes.
    public mutating func write(_ value: [UInt8]) {
        write(UInt32(value.count))
        bytes.append(contentsOf: value)
    }

    /// A 32-bit length, then UTF-8.
    public mutating func write(_ value: String) {
        write(UInt32(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    /// A presence byte, then the value.
    public mutating func write<T>(optional value: T?, _ encode: (inout ByteWriter, T) -> Void) {
        write(value != nil)
        if let value { encode(&self, value) }
    }

    /// A 32-bit count, then the elements.
    public mutating func write<C: Collection>(list: C, _ encode: (inout ByteWriter, C.Element) -> Void) {
        write(UInt32(list.count))
        for element in list { encode(&self, element) }
    }

    /// Overwrites bytes that were written before, such as a length or checksum that was left open.
    public mutating func patch<T: FixedWidthInteger>(_ value: T, at offset: Int) {
        precondition(offset >= 0 && offset + T.bitWidth / 8 <= bytes.count, "patch outside of what was written")
        withUnsafeBytes(of: value.littleEndian) { raw in
            for (index, byte) in raw.enumerated() { bytes[offset + index] = byte }
        }
    }
}
