/// Reads one block of keys.
// Safe: the pointers are into `bytes`, whose checksum was compared.
enum KeyReader {
    /// How many keys of the block are before the target; `count` if all are.
    static func lowerBound(
        of target: UnsafeRawBufferPointer, in bytes: HeldBytes, count: Int
    ) -> (index: Int, isFound: Bool) {
        var result = (index: count, isFound: false)
        walk(bytes, count: count) { index, key in
            let order = compareBytes(key, target)
            if order < 0 { return true }
            result = (index, order == 0)
            return false
        }
        return result
    }

    static func key(_ wanted: Int, in bytes: HeldBytes, count: Int) -> [UInt8] {
        var result: [UInt8] = []
        walk(bytes, count: wanted + 1) { index, key in
            if index == wanted { result = Array(key) }
            return true
        }
        return result
    }

    /// Bucket and key of 1,024 bytes at most, with room to spare.
    private static let capacity = 4096

    /// Calls `body` with each key until it returns false.
    static func walk(
        _ bytes: HeldBytes, count: Int, _ body: (Int, UnsafeRawBufferPointer) -> Bool
    ) {
        withUnsafeTemporaryAllocation(byteCount: capacity, alignment: 16) { scratch in
            guard let target = scratch.baseAddress else { return }
            var cursor = ByteCursor(bytes.base)
            var length = 0
            for index in 0..<count {
                let shared = index == 0 ? 0 : min(cursor.varying(), length)
                let rest = min(cursor.varying(), capacity - shared)
                (target + shared).copyMemory(from: cursor.place, byteCount: rest)
                cursor.place += rest
                length = shared + rest
                guard body(index, UnsafeRawBufferPointer(start: target, count: length)) else { return }
            }
        }
    }
}
