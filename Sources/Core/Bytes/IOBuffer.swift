/// Memory on a 4 KiB boundary, for direct I/O and for bytes that travel between sockets and drives without a copy.
///
/// A buffer has one owner at a time: who holds it may write to it until it is handed on (to a drive, a stream or a
/// consumer), and again when that call has returned. That rule, not a lock, makes it `Sendable`.
// Safe: @unchecked because of the single-owner rule above; the memory lives exactly as long as the object.
public final class IOBuffer: @unchecked Sendable {
    /// Alignment of every buffer, in bytes: what O_DIRECT asks for on all disks that we know.
    public static let alignment = 4096

    /// Bytes that can be used; a multiple of the alignment.
    public let capacity: Int

    let base: UnsafeMutableRawPointer

    /// - Parameter capacity: in bytes, rounded up to the alignment; the memory is not cleared.
    public init(capacity: Int) {
        precondition(capacity >= 0, "negative capacity")
        self.capacity = max(Self.alignment, (capacity + Self.alignment - 1) & ~(Self.alignment - 1))
        self.base = .allocate(byteCount: self.capacity, alignment: Self.alignment)
    }

    public convenience init(copying bytes: [UInt8]) {
        self.init(capacity: bytes.count)
        bytes.withUnsafeBytes { source in
            UnsafeMutableRawBufferPointer(start: base, count: capacity).copyMemory(from: source)
        }
    }

    deinit { base.deallocate() }

    /// The whole memory. The pointer must not outlive `body`.
    @inlinable
    public func withMutableBytes<R, E: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try body(mutablePointer)
    }

    @usableFromInline var mutablePointer: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: base, count: capacity)
    }

    public func slice(_ range: Range<Int>) -> IOSlice { IOSlice(self, offset: range.lowerBound, count: range.count) }

    public var all: IOSlice { IOSlice(self, offset: 0, count: capacity) }
}

/// A range of an `IOBuffer`.
public struct IOSlice: Sendable {
    public let buffer: IOBuffer
    public let offset: Int
    public let count: Int

    /// - Precondition: the range lies in the buffer.
    public init(_ buffer: IOBuffer, offset: Int, count: Int) {
        precondition(offset >= 0 && count >= 0 && offset + count <= buffer.capacity, "slice outside its buffer")
        self.buffer = buffer
        self.offset = offset
        self.count = count
    }

    public init(copying bytes: [UInt8]) { self.init(IOBuffer(copying: bytes), offset: 0, count: bytes.count) }

    /// The slice's bytes. The pointer must not outlive `body`.
    @inlinable
    public func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try body(UnsafeRawBufferPointer(rebasing: buffer.mutablePointer[offset..<offset + count]))
    }

    @inlinable
    public func withMutableBytes<R, E: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try body(UnsafeMutableRawBufferPointer(rebasing: buffer.mutablePointer[offset..<offset + count]))
    }

    public func prefix(_ length: Int) -> IOSlice { IOSlice(buffer, offset: offset, count: min(length, count)) }

    public func dropFirst(_ length: Int) -> IOSlice {
        let dropped = min(length, count)
        return IOSlice(buffer, offset: offset + dropped, count: count - dropped)
    }

    public var bytes: [UInt8] { withBytes { Array($0) } }
}
