/// Inputs by their current key or term, the least on top; ties by number of input. The first eight bytes decide most
/// comparisons.
struct MergeQueue {
    private struct Item {
        var prefix: UInt64
        var input: Int
        // Safe: the input's memory, which outlives the queue, and whose contents change only when the item does.
        var bytes: UnsafeRawBufferPointer
    }

    private var heap: [Item] = []

    init(_ capacity: Int) { heap.reserveCapacity(capacity) }

    var top: Int? { heap.first?.input }

    private static func item(_ input: Int, _ bytes: UnsafeRawBufferPointer) -> Item {
        var prefix: UInt64 = 0
        if bytes.count >= 8 {
            prefix = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        } else {
            for (place, byte) in bytes.enumerated() { prefix |= UInt64(byte) << UInt64(56 - 8 * place) }
        }
        return Item(prefix: prefix, input: input, bytes: bytes)
    }

    @inline(__always)
    private static func precedes(_ left: Item, _ right: Item) -> Bool {
        if left.prefix != right.prefix { return left.prefix < right.prefix }
        let order = compareBytes(left.bytes, right.bytes)
        return order != 0 ? order < 0 : left.input < right.input
    }

    mutating func push(_ input: Int, _ bytes: UnsafeRawBufferPointer) {
        heap.append(Self.item(input, bytes))
        var place = heap.count - 1
        while place > 0, Self.precedes(heap[place], heap[(place - 1) / 2]) {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    /// True if no other input has what the least one has.
    var isTopUnique: Bool {
        for child in 1..<max(min(3, heap.count), 1)
        where heap[child].prefix == heap[0].prefix && compareBytes(heap[child].bytes, heap[0].bytes) == 0 {
            return false
        }
        return true
    }

    mutating func pop() {
        let last = heap.removeLast()
        if heap.isEmpty { return }
        heap[0] = last
        sink()
    }

    /// The least input has moved on.
    mutating func replaceTop(_ bytes: UnsafeRawBufferPointer) {
        heap[0] = Self.item(heap[0].input, bytes)
        sink()
    }

    private mutating func sink() {
        heap.withUnsafeMutableBufferPointer { heap in
            let item = heap[0]
            var place = 0
            while true {
                var child = place * 2 + 1
                guard child < heap.count else { break }
                if child + 1 < heap.count, Self.precedes(heap[child + 1], heap[child]) { child += 1 }
                guard Self.precedes(heap[child], item) else { break }
                heap[place] = heap[child]
                place = child
            }
            heap[place] = item
        }
    }
}

/// Brings a list that was put together from several runs into the order of documents.
struct PairSorter {
    private var pairs: [UInt64] = []
    private var other: [UInt64] = []
    private var starts: [Int] = []

    mutating func sort(_ list: inout PostingList, kind: TermKind, into target: inout PostingList) {
        let count = list.documents.count
        pairs.removeAll(keepingCapacity: true)
        var largest: UInt32 = 0
        for index in 0..<count {
            let document = list.documents[index]
            largest |= document
            pairs.append(UInt64(document) << 32 | UInt64(index))
        }
        if count < 96 { pairs.sort() } else { radixSort(bits: 32 - largest.leadingZeroBitCount) }
        target.removeAll()
        target.documents.reserve(count)
        if kind == .positioned {
            starts.removeAll(keepingCapacity: true)
            var start = 0
            for index in 0..<count {
                starts.append(start)
                start += Int(list.frequencies[index])
            }
            target.positions.reserve(start)
        }
        for pair in pairs {
            target.documents.append(UInt32(truncatingIfNeeded: pair >> 32))
            guard kind != .plain else { continue }
            let index = Int(pair & 0xFFFF_FFFF)
            let frequency = list.frequencies[index]
            target.frequencies.append(frequency)
            guard kind == .positioned else { continue }
            for place in starts[index]..<starts[index] + Int(frequency) {
                target.positions.append(list.positions[place])
            }
        }
    }

    private mutating func radixSort(bits: Int) {
        let digit = bits <= 11 ? 11 : bits <= 22 ? (bits + 1) / 2 : (bits + 2) / 3
        let mask = UInt64(1 << digit - 1)
        other = pairs
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 1 << digit) { counts in
            for shift in stride(from: 32, to: 32 + bits, by: digit) {
                counts.update(repeating: 0)
                pairs.withUnsafeBufferPointer { source in
                    other.withUnsafeMutableBufferPointer { target in
                        for pair in source { counts[Int(pair &>> UInt64(shift) & mask)] &+= 1 }
                        var sum = 0
                        for index in 0..<counts.count { (counts[index], sum) = (sum, sum &+ counts[index]) }
                        for pair in source {
                            let slot = Int(pair &>> UInt64(shift) & mask)
                            target[counts[slot]] = pair
                            counts[slot] &+= 1
                        }
                    }
                }
                swap(&pairs, &other)
            }
        }
    }
}
