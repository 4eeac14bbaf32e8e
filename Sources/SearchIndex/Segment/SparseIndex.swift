/// Where the blocks of keys or terms begin, and what each begins with at least.
// Safe: the pointers are into `bytes`, which is held and whose checksum was compared.
struct SparseIndex: Sendable {
    let bytes: HeldBytes
    let count: Int

    init(_ bytes: HeldBytes) {
        self.bytes = bytes
        count = bytes.base.long(0)
    }

    /// True if the numbers fit the bytes there are.
    static func isSound(_ bytes: HeldBytes) -> Bool {
        guard bytes.count >= 16 else { return false }
        let count = bytes.base.long(0)
        guard count >= 0, count < 1 << 40, bytes.count >= 16 + count * 12 else { return false }
        let last = count == 0 ? 0 : (bytes.base + 16 + count * 8).word(count - 1)
        return bytes.count == 16 + count * 12 + last
    }

    func range(of block: Int) -> Range<Int> { bytes.base.long(1 + block)..<bytes.base.long(2 + block) }

    func separator(_ block: Int) -> UnsafeRawBufferPointer {
        let ends = bytes.base + 16 + count * 8
        let start = block == 0 ? 0 : ends.word(block - 1)
        return UnsafeRawBufferPointer(start: ends + count * 4 + start, count: ends.word(block) - start)
    }

    /// The last block whose separator is not greater than the target; nil if there are no blocks.
    func block(for target: UnsafeRawBufferPointer) -> Int? {
        guard count > 0 else { return nil }
        var (low, high) = (1, count)
        while low < high {
            let middle = (low + high) / 2
            if compareBytes(separator(middle), target) <= 0 { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }
}
