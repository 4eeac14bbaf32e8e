/// Memory that lives as long as the object. Decoders may look `slack` bytes beyond what they ask for.
// Safe: @unchecked because the memory is written before it is shared and never after.
final class Allocation: @unchecked Sendable {
    static let slack = 32
    let base: UnsafeMutableRawPointer
    let count: Int

    /// The memory is not cleared, the slack is.
    init(count: Int) {
        self.count = count
        base = .allocate(byteCount: count + Self.slack, alignment: 64)
        (base + count).initializeMemory(as: UInt8.self, repeating: 0, count: Self.slack)
    }

    fileprivate init(taking base: UnsafeMutableRawPointer, count: Int) {
        self.base = base
        self.count = count
    }

    deinit { base.deallocate() }
}

/// A range of an allocation, which it keeps alive.
// Safe: @unchecked because the pointer is into `owner`, which does not change.
struct HeldBytes: @unchecked Sendable {
    let owner: Allocation
    let base: UnsafeRawPointer
    let count: Int

    init(_ owner: Allocation, offset: Int, count: Int) {
        precondition(offset >= 0 && count >= 0 && offset + count <= owner.count, "range outside of its memory")
        self.owner = owner
        self.base = UnsafeRawPointer(owner.base + offset)
        self.count = count
    }

    init(_ owner: Allocation) { self.init(owner, offset: 0, count: owner.count) }

    var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    func slice(_ offset: Int, _ length: Int) -> HeldBytes {
        HeldBytes(owner, offset: Int(bitPattern: base) - Int(bitPattern: owner.base) + offset, count: length)
    }
}

/// Bytes that grow at the end and leave from the start: a section of a segment that is being written. Offsets count from
/// the section's first byte, whatever has left already.
struct ByteSink: ~Copyable {
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    /// Bytes held.
    private(set) var count = 0
    /// Bytes that have left.
    private(set) var drained = 0

    init(reserving capacity: Int = 256) {
        self.capacity = max(capacity, 64)
        base = .allocate(byteCount: self.capacity + Allocation.slack, alignment: 64)
    }

    deinit { base.deallocate() }

    /// Where the next byte goes.
    var end: Int { drained + count }

    @inline(__always)
    mutating func reserve(_ extra: Int) {
        if count + extra > capacity { grow(extra) }
    }

    @inline(never)
    private mutating func grow(_ extra: Int) {
        capacity = max(capacity * 2, count + extra)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity + Allocation.slack, alignment: 64)
        larger.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = larger
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        reserve(1)
        base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    @inline(__always)
    mutating func append<T: FixedWidthInteger & BitwiseCopyable>(fixed value: T) {
        reserve(MemoryLayout<T>.size)
        base.storeBytes(of: value.littleEndian, toByteOffset: count, as: T.self)
        count += MemoryLayout<T>.size
    }

    /// LEB128: seven bits a byte, the lowest first.
    @inline(__always)
    mutating func append(varying value: UInt64) {
        reserve(10)
        var rest = value
        while rest >= 128 {
            base.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 128, toByteOffset: count, as: UInt8.self)
            count += 1
            rest >>= 7
        }
        base.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: count, as: UInt8.self)
        count += 1
    }

    @inline(__always)
    mutating func append(varying value: Int) { append(varying: UInt64(truncatingIfNeeded: value)) }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
        reserve(bytes.count)
        (base + count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    /// Makes room for `length` bytes at the end and returns where they are; valid until the next change.
    mutating func extend(by length: Int) -> UnsafeMutableRawPointer {
        reserve(length)
        defer { count += length }
        return base + count
    }

    /// What is held; valid until the next change.
    var held: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    mutating func patch<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at end: Int) {
        let place = end - drained
        precondition(place >= 0 && place + MemoryLayout<T>.size <= count, "patch outside of what is held")
        base.storeBytes(of: value.littleEndian, toByteOffset: place, as: T.self)
    }

    /// Takes the first bytes out.
    mutating func drain(_ length: Int) -> Allocation {
        precondition(length <= count, "more than is held")
        let taken = Allocation(count: length)
        taken.base.copyMemory(from: base, byteCount: length)
        base.copyMemory(from: base + length, byteCount: count - length)
        count -= length
        drained += length
        return taken
    }

    mutating func removeAll() {
        count = 0
        drained = 0
    }

    /// Keeps the first bytes of what is held.
    mutating func truncate(to length: Int) { count = min(count, length) }

    /// Everything held, in memory of its own size.
    func copied() -> HeldBytes {
        let allocation = Allocation(count: count)
        allocation.base.copyMemory(from: base, byteCount: count)
        return HeldBytes(allocation)
    }
}

/// Reads what `ByteSink` wrote, from bytes whose checksum was compared.
struct ByteCursor {
    var place: UnsafeRawPointer
    init(_ place: UnsafeRawPointer) { self.place = place }

    @inline(__always)
    mutating func varying() -> Int {
        let first = place.load(as: UInt8.self)
        place += 1
        if first < 128 { return Int(first) }
        return rest(Int(first & 127))
    }

    @inline(never)
    private mutating func rest(_ low: Int) -> Int {
        var (value, shift) = (low, 7)
        while shift < 64 {
            let byte = place.load(as: UInt8.self)
            place += 1
            value |= Int(byte & 127) &<< shift
            if byte < 128 { break }
            shift += 7
        }
        return value
    }

    @inline(__always)
    mutating func fixed<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) -> T {
        defer { place += MemoryLayout<T>.size }
        return T(littleEndian: place.loadUnaligned(as: T.self))
    }
}

extension UnsafeRawPointer {
    @inline(__always) func word(_ index: Int) -> Int {
        Int(UInt32(littleEndian: loadUnaligned(fromByteOffset: index &* 4, as: UInt32.self)))
    }
    @inline(__always) func long(_ index: Int) -> Int {
        Int(truncatingIfNeeded: UInt64(littleEndian: loadUnaligned(fromByteOffset: index &* 8, as: UInt64.self)))
    }
}
