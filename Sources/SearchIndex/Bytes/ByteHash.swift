/// A 64-bit hash of bytes: eight at a time, each mixed by a 128-bit product. Part of the format: the filter of keys is
/// made of it. Source of the mixing: wyhash (Wang Yi), its `mum` step.
enum ByteHash {
    private static let first: UInt64 = 0x9E37_79B9_7F4A_7C15
    private static let second: UInt64 = 0xD6E8_FEB8_6659_FD93

    @inline(__always)
    static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }

    @inline(__always)
    static func of(_ base: UnsafeRawPointer, _ count: Int) -> UInt64 {
        var hash = first ^ UInt64(count)
        var place = 0
        while place &+ 8 <= count {
            let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            hash = mix(hash ^ word, second)
            place &+= 8
        }
        if place < count {
            var word: UInt64 = 0
            var shift: UInt64 = 0
            while place < count {
                word |= UInt64(base.load(fromByteOffset: place, as: UInt8.self)) &<< shift
                place &+= 1
                shift &+= 8
            }
            hash = mix(hash ^ word, second)
        }
        return mix(hash ^ (hash &>> 32), first)
    }
}

@inline(__always)
func compareBytes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
    let common = min(left.count, right.count)
    if common > 0, let first = left.baseAddress, let second = right.baseAddress {
        var place = 0
        while place &+ 8 <= common {
            let (a, b) = (
                first.loadUnaligned(fromByteOffset: place, as: UInt64.self),
                second.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            )
            if a != b { return a.bigEndian < b.bigEndian ? -1 : 1 }
            place &+= 8
        }
        while place < common {
            let (a, b) = (
                first.load(fromByteOffset: place, as: UInt8.self), second.load(fromByteOffset: place, as: UInt8.self)
            )
            if a != b { return a < b ? -1 : 1 }
            place &+= 1
        }
    }
    return left.count == right.count ? 0 : (left.count < right.count ? -1 : 1)
}

@inline(__always)
func commonPrefix(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
    let common = min(left.count, right.count)
    guard common > 0, let first = left.baseAddress, let second = right.baseAddress else { return 0 }
    var place = 0
    while place &+ 8 <= common {
        let difference =
            UInt64(littleEndian: first.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            ^ UInt64(littleEndian: second.loadUnaligned(fromByteOffset: place, as: UInt64.self))
        if difference != 0 { return place &+ difference.trailingZeroBitCount / 8 }
        place &+= 8
    }
    while place < common,
        first.load(fromByteOffset: place, as: UInt8.self) == second.load(fromByteOffset: place, as: UInt8.self)
    { place &+= 1 }
    return place
}
