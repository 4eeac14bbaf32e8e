/// Documents are looked at 4,096 at a time: as many as a column's chunk has, so that bits and scores stay in the nearest
/// cache.
enum Window {
    static let documents: UInt32 = 4096
    static let words = 64

    typealias Bits = UnsafeMutablePointer<UInt64>
    typealias Scores = UnsafeMutablePointer<Double>

    @inline(__always)
    static func clear(_ bits: Bits) { bits.update(repeating: 0, count: words) }

    @inline(__always)
    static func isEmpty(_ bits: Bits) -> Bool {
        let raw = UnsafeRawPointer(bits)
        var any = SIMD8<UInt64>.zero
        for group in 0..<8 { any |= raw.loadUnaligned(fromByteOffset: group &* 64, as: SIMD8<UInt64>.self) }
        return any == .zero
    }

    @inline(__always)
    static func count(_ bits: Bits) -> Int {
        var sum = 0
        for word in 0..<words { sum &+= bits[word].nonzeroBitCount }
        return sum
    }

    /// Sets the bits of [from, to), of which only those in the window count.
    static func set(_ bits: Bits, base: UInt32, from: UInt32, to: UInt32) {
        let first = Int(max(from, base) &- base)
        let end = Int(min(to, base &+ documents)) - Int(base)
        guard first < end else { return }
        let (low, high) = (first >> 6, (end - 1) >> 6)
        let (lowMask, highMask) = (UInt64.max << UInt64(first & 63), UInt64.max >> UInt64(63 - (end - 1) & 63))
        if low == high {
            bits[low] |= lowMask & highMask
        } else {
            bits[low] |= lowMask
            for word in low + 1..<high { bits[word] = .max }
            bits[high] |= highMask
        }
    }

    @inline(__always)
    static func forEach(_ bits: Bits, _ body: (Int) -> Void) {
        for word in 0..<words {
            var rest = bits[word]
            while rest != 0 {
                body(word &* 64 &+ rest.trailingZeroBitCount)
                rest &= rest &- 1
            }
        }
    }
}

/// Memory that a plan's nodes write to; freed with the plan.
final class PlanScratch {
    private var allocations: [UnsafeMutableRawPointer] = []
    let term = TermScratch()
    deinit { for allocation in allocations { allocation.deallocate() } }

    private func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        allocations.append(memory)
        return memory
    }

    func bits() -> Window.Bits { allocate(Window.words * 8).assumingMemoryBound(to: UInt64.self) }
    /// Not cleared: who adds up in it clears what it uses.
    func scores() -> Window.Scores {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: Int(Window.documents) * 8, alignment: 64)
        allocations.append(memory)
        return memory.assumingMemoryBound(to: Double.self)
    }
    func cursor() -> UnsafeMutablePointer<UInt32> { allocate(1024 + 64).assumingMemoryBound(to: UInt32.self) }
    func keep(_ cursor: PostingsCursor) -> UnsafeMutablePointer<PostingsCursor> {
        let memory = allocate(MemoryLayout<PostingsCursor>.stride).assumingMemoryBound(to: PostingsCursor.self)
        memory.initialize(to: cursor)
        return memory
    }
    func words(_ count: Int) -> UnsafeMutablePointer<UInt32> {
        allocate(count * 4).assumingMemoryBound(to: UInt32.self)
    }
    func bits(of documents: Int) -> Window.Bits {
        allocate((documents + 4095) / 4096 * 512 + 512).assumingMemoryBound(to: UInt64.self)
    }
    func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
        allocate(count * 4).assumingMemoryBound(to: Float.self)
    }
    func floats(_ values: [Float]) -> UnsafePointer<Float> {
        let memory = allocate(values.count * 4).assumingMemoryBound(to: Float.self)
        for (index, value) in values.enumerated() { memory[index] = value }
        return UnsafePointer(memory)
    }
}
