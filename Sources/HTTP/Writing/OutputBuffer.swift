internal import Core

/// Bytes on their way to a stream: appended here, written as one slice, and used again after the write has returned.
struct OutputBuffer {
    private var buffer: IOBuffer
    private(set) var count = 0

    init(capacity: Int) { buffer = IOBuffer(capacity: capacity) }

    var isEmpty: Bool { count == 0 }

    /// What was appended since the last `clear`. Valid until the next change.
    var slice: IOSlice { IOSlice(buffer, offset: 0, count: count) }

    mutating func clear() { count = 0 }

    mutating func append(_ octet: UInt8) {
        reserve(1)
        buffer.withMutableBytes { $0[count] = octet }
        count += 1
    }

    mutating func append(_ text: StaticString) {
        // Safe: the static string's octets live for ever.
        unsafe append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(_ text: String) {
        let wasContiguous: Void? = text.utf8.withContiguousStorageIfAvailable { append(UnsafeRawBufferPointer($0)) }
        if wasContiguous == nil { append([UInt8](text.utf8)) }
    }

    mutating func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count)
        buffer.withMutableBytes { target in
            UnsafeMutableRawBufferPointer(rebasing: target[count...]).copyMemory(from: bytes)
        }
        count += bytes.count
    }

    /// In decimal.
    mutating func append(decimal value: UInt64) {
        var digits: InlineArray<20, UInt8> = .init(repeating: 0)
        var start = 20
        var rest = value
        repeat {
            start -= 1
            digits[start] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        } while rest > 0
        for index in start..<20 { append(digits[index]) }
    }

    /// In lower-case hexadecimal without leading zeros.
    mutating func append(hexadecimal value: UInt64) {
        var shift = value == 0 ? 0 : (63 - value.leadingZeroBitCount) / 4 * 4
        while shift >= 0 {
            let digit = UInt8(value >> UInt64(shift) & 15)
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            shift -= 4
        }
    }

    private mutating func reserve(_ more: Int) {
        guard count + more > buffer.capacity else { return }
        let larger = IOBuffer(capacity: max(buffer.capacity * 2, count + more))
        larger.withMutableBytes { target in
            slice.withBytes { UnsafeMutableRawBufferPointer(rebasing: target[..<count]).copyMemory(from: $0) }
        }
        buffer = larger
    }
}
