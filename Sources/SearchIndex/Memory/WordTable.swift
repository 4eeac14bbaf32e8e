/// Different words of a batch of documents, numbered in the order in which they came.
struct WordTable: ~Copyable {
    struct Entry {
        var hash: UInt64
        var start: UInt32
        var count: UInt32
    }

    private var slots: UnsafeMutablePointer<UInt32>
    private var mask: Int
    private(set) var entries: [Entry] = []
    private var bytes = ByteSink(reserving: 1 << 16)

    init(slots count: Int = 1024) {
        mask = count - 1
        slots = .allocate(capacity: count)
        slots.initialize(repeating: .max, count: count)
    }

    deinit { slots.deallocate() }

    var count: Int { entries.count }

    mutating func number(of word: UnsafeRawBufferPointer) -> UInt32 {
        guard let base = word.baseAddress, !word.isEmpty else { return number(hash: 0, UnsafeRawPointer(slots), 0) }
        return number(hash: ByteHash.of(base, word.count), base, word.count)
    }

    private mutating func number(hash: UInt64, _ base: UnsafeRawPointer, _ length: Int) -> UInt32 {
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != .max {
            let entry = entries[Int(slots[slot])]
            if entry.hash == hash, Int(entry.count) == length,
                compareBytes(
                    UnsafeRawBufferPointer(rebasing: bytes.held[Int(entry.start)..<Int(entry.start) + length]),
                    UnsafeRawBufferPointer(start: base, count: length)) == 0
            {
                return slots[slot]
            }
            slot = (slot &+ 1) & mask
        }
        let number = UInt32(entries.count)
        slots[slot] = number
        entries.append(Entry(hash: hash, start: UInt32(bytes.count), count: UInt32(length)))
        bytes.append(UnsafeRawBufferPointer(start: base, count: length))
        if entries.count * 2 > mask { grow() }
        return number
    }

    private mutating func grow() {
        let count = (mask + 1) * 4
        slots.deallocate()
        slots = .allocate(capacity: count)
        slots.initialize(repeating: .max, count: count)
        mask = count - 1
        for (number, entry) in entries.enumerated() {
            var slot = Int(truncatingIfNeeded: entry.hash) & mask
            while slots[slot] != .max { slot = (slot &+ 1) & mask }
            slots[slot] = UInt32(number)
        }
    }

    func word(_ number: UInt32) -> UnsafeRawBufferPointer {
        let entry = entries[Int(number)]
        return UnsafeRawBufferPointer(rebasing: bytes.held[Int(entry.start)..<Int(entry.start + entry.count)])
    }

    /// The place of each word in the order of bytes.
    func ranks() -> [UInt32] {
        struct Item {
            var prefix: UInt64
            var number: UInt32
        }
        let held = bytes.held
        var items = entries.enumerated().map { number, entry -> Item in
            var prefix: UInt64 = 0
            let count = min(8, Int(entry.count))
            for place in 0..<count {
                prefix |= UInt64(held[Int(entry.start) + place]) << UInt64(56 - 8 * place)
            }
            return Item(prefix: prefix, number: UInt32(number))
        }
        items.sort { left, right in
            if left.prefix != right.prefix { return left.prefix < right.prefix }
            let (first, second) = (entries[Int(left.number)], entries[Int(right.number)])
            return compareBytes(
                UnsafeRawBufferPointer(rebasing: held[Int(first.start)..<Int(first.start + first.count)]),
                UnsafeRawBufferPointer(rebasing: held[Int(second.start)..<Int(second.start + second.count)])) < 0
        }
        var ranks = [UInt32](repeating: 0, count: items.count)
        for (rank, item) in items.enumerated() { ranks[Int(item.number)] = UInt32(rank) }
        return ranks
    }
}
