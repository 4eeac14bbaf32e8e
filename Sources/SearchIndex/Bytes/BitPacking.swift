/// Numbers in as few bits as the largest of them needs.
///
/// Runs of 128 are packed in four lanes, so that one vector operation unpacks four (Lemire, Boytsov: "Decoding billions of
/// integers per second through vectorization", 2015, SIMD-BP128 without its differential step); shorter runs one after
/// the other.
enum BitPacking {
    static let run = 128

    @inline(__always)
    static func width(of largest: UInt32) -> Int { 32 - largest.leadingZeroBitCount }

    static func packedBytes(_ count: Int, width: Int) -> Int {
        count == run ? width * 16 : (count * width + 7) / 8
    }

    static func pack(_ values: UnsafePointer<UInt32>, _ count: Int, width: Int, into sink: inout ByteSink) {
        guard width > 0 else { return }
        let bytes = packedBytes(count, width: width)
        let target = sink.extend(by: bytes)
        if count == run { packRun(values, width, target) } else { packRow(values, count, width, target, bytes) }
    }

    private static func packRow(
        _ values: UnsafePointer<UInt32>, _ count: Int, _ width: Int, _ target: UnsafeMutableRawPointer, _ bytes: Int
    ) {
        var (pending, held, place) = (UInt64(0), 0, 0)
        for index in 0..<count {
            pending |= UInt64(values[index]) &<< UInt64(held)
            held += width
            while held >= 8 {
                target.storeBytes(of: UInt8(truncatingIfNeeded: pending), toByteOffset: place, as: UInt8.self)
                place += 1
                pending >>= 8
                held -= 8
            }
        }
        if place < bytes {
            target.storeBytes(of: UInt8(truncatingIfNeeded: pending), toByteOffset: place, as: UInt8.self)
        }
    }

    private static func packRun(
        _ values: UnsafePointer<UInt32>, _ width: Int, _ target: UnsafeMutableRawPointer
    ) {
        let source = UnsafeRawPointer(values)
        var (pending, held, place) = (SIMD4<UInt32>.zero, 0, 0)
        for group in 0..<32 {
            let value = source.loadUnaligned(fromByteOffset: group * 16, as: SIMD4<UInt32>.self)
            pending |= value &<< SIMD4(repeating: UInt32(held))
            held += width
            if held >= 32 {
                target.storeBytes(of: pending, toByteOffset: place, as: SIMD4<UInt32>.self)
                place += 16
                held -= 32
                pending = held > 0 ? value &>> SIMD4(repeating: UInt32(width - held)) : .zero
            }
        }
    }

    /// `target` has room for 128 whatever `count` is.
    @inline(__always)
    static func unpack(
        _ source: UnsafeRawPointer, _ count: Int, width: Int, into target: UnsafeMutablePointer<UInt32>
    ) {
        if width == 0 {
            UnsafeMutableRawPointer(target).initializeMemory(as: UInt32.self, repeating: 0, count: count)
        } else if count == run {
            unpackRun(source, width, target)
        } else {
            for index in 0..<count { target[index] = one(source, index, width: width) }
        }
    }

    @inline(never)
    private static func unpackRun(
        _ source: UnsafeRawPointer, _ width: Int, _ target: UnsafeMutablePointer<UInt32>
    ) {
        let raw = UnsafeMutableRawPointer(target)
        let mask = SIMD4<UInt32>(repeating: width == 32 ? .max : (1 &<< UInt32(width)) &- 1)
        var held = source.loadUnaligned(as: SIMD4<UInt32>.self)
        var (shift, place) = (0, 16)
        for group in 0..<32 {
            var value = held &>> SIMD4(repeating: UInt32(truncatingIfNeeded: shift))
            shift &+= width
            if shift >= 32 {
                shift &-= 32
                // Behind the last group this looks into the slack of the memory.
                held = source.loadUnaligned(fromByteOffset: place, as: SIMD4<UInt32>.self)
                place &+= 16
                if shift > 0 { value |= held &<< SIMD4(repeating: UInt32(truncatingIfNeeded: width &- shift)) }
            }
            raw.storeBytes(of: value & mask, toByteOffset: group &* 16, as: SIMD4<UInt32>.self)
        }
    }

    /// One of a row (not of a run of 128).
    @inline(__always)
    static func one(_ source: UnsafeRawPointer, _ index: Int, width: Int) -> UInt32 {
        let bit = index &* width
        let word = UInt64(littleEndian: source.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self))
        return UInt32(truncatingIfNeeded: (word &>> UInt64(bit & 7)) & ((1 &<< UInt64(width)) &- 1))
    }

    /// One of a row of up to 64 bits each.
    @inline(__always)
    static func long(_ source: UnsafeRawPointer, _ index: Int, width: Int) -> UInt64 {
        let bit = index &* width
        let (place, shift) = (bit >> 3, UInt64(bit & 7))
        let low = UInt64(littleEndian: source.loadUnaligned(fromByteOffset: place, as: UInt64.self)) &>> shift
        if width <= 57 { return low & ((1 &<< UInt64(width)) &- 1) }
        let high = UInt64(source.load(fromByteOffset: place + 8, as: UInt8.self))
        let value = shift == 0 ? low : low | high &<< (64 &- shift)
        return width == 64 ? value : value & ((1 &<< UInt64(width)) &- 1)
    }

    static func packLong(_ values: UnsafePointer<UInt64>, _ count: Int, width: Int, into sink: inout ByteSink) {
        guard width > 0 else { return }
        let bytes = (count * width + 7) / 8
        let target = sink.extend(by: bytes)
        target.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        for index in 0..<count {
            var (value, left) = (values[index], width)
            var bit = index * width
            while left > 0 {
                let (place, shift) = (bit >> 3, bit & 7)
                let taken = min(8 - shift, left)
                let byte = target.load(fromByteOffset: place, as: UInt8.self)
                let part = UInt8(truncatingIfNeeded: value) & UInt8((1 << taken) - 1)
                target.storeBytes(of: byte | part << UInt8(shift), toByteOffset: place, as: UInt8.self)
                value >>= UInt64(taken)
                left -= taken
                bit += taken
            }
        }
    }
}
