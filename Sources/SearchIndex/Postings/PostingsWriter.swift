/// Growing arrays without checks of uniqueness: one term's documents, frequencies and positions on their way.
struct WordBuffer: ~Copyable {
    private(set) var base: UnsafeMutablePointer<UInt32>
    private var capacity: Int
    var count = 0

    init(_ capacity: Int = 256) {
        self.capacity = capacity
        base = .allocate(capacity: capacity)
    }

    deinit { base.deallocate() }

    @inline(__always)
    mutating func append(_ value: UInt32) {
        if count == capacity { grow(1) }
        base[count] = value
        count &+= 1
    }

    mutating func reserve(_ extra: Int) { if count + extra > capacity { grow(extra) } }

    @inline(never)
    private mutating func grow(_ extra: Int) {
        capacity = max(capacity * 2, count + extra)
        let larger = UnsafeMutablePointer<UInt32>.allocate(capacity: capacity)
        larger.update(from: base, count: count)
        base.deallocate()
        base = larger
    }

    @inline(__always)
    subscript(_ index: Int) -> UInt32 {
        get { base[index] }
        set { base[index] = newValue }
    }
}

/// One term's list. Frequencies run beside the documents; positions follow each other, as many for a document as its
/// frequency says, ascending.
struct PostingList: ~Copyable {
    var documents = WordBuffer()
    var frequencies = WordBuffer()
    var positions = WordBuffer()

    /// Adds a position of the last document in its place, unless it is there.
    mutating func insert(_ position: UInt32) -> Bool {
        let first = positions.count - Int(frequencies[frequencies.count - 1])
        var place = positions.count
        while place > first, positions[place - 1] > position { place -= 1 }
        if place > first, positions[place - 1] == position { return false }
        positions.append(position)
        var moved = positions.count - 1
        while moved > place {
            positions[moved] = positions[moved - 1]
            moved -= 1
        }
        positions[place] = position
        return true
    }

    mutating func removeAll() {
        documents.count = 0
        frequencies.count = 0
        positions.count = 0
    }
}

/// The form of lists of two documents and more; Sources/SearchIndex/SearchIndex.md has the tables.
enum PostingsFormat {
    static let block = BitPacking.run
    static let bitset: UInt8 = 0x80
    /// Pairs of frequency and length that a block keeps for its bound.
    static let impacts = 4

    static func skipBytes(_ blocks: Int, _ kind: TermKind) -> Int {
        switch kind {
        case .plain: blocks * 8
        case .counted: blocks * 8
        case .positioned: blocks * 20
        }
    }

    /// - Parameter length: the length byte of the list's document at an index; asked for scored lists only.
    static func write(
        _ list: borrowing PostingList, kind: TermKind, to sink: inout ByteSink, positions: inout ByteSink,
        length: (Int) -> UInt8
    ) {
        let count = list.documents.count
        let (start, positionsStart) = (sink.end, positions.end)
        let blocks = (count + block - 1) / block
        let skip = count >= block ? skipBytes(blocks, kind) : 0
        if skip > 0 { _ = sink.extend(by: skip) }
        let blocksStart = sink.end
        var (base, position) = (UInt32(0), 0)
        for index in 0..<blocks {
            let first = index * block
            let size = min(block, count - first)
            let last = list.documents[first + size - 1]
            if skip > 0 {
                sink.patch(last, at: start + index * 4)
                sink.patch(UInt32(sink.end - blocksStart), at: start + (blocks + index) * 4)
                if kind == .positioned {
                    sink.patch(UInt32(positions.end - positionsStart), at: start + (blocks * 2 + index) * 4)
                    sink.patch(
                        frontier(list, first, size, length: length), at: start + blocks * 12 + index * 8)
                }
            }
            writeDocuments(list.documents.base + first, size, base: base, to: &sink)
            if kind != .plain { writeFrequencies(list.frequencies.base + first, size, to: &sink) }
            if kind == .positioned {
                position = writePositions(list, first, size, from: position, to: &positions)
            }
            base = last + 1
        }
    }

    private static func writeDocuments(
        _ documents: UnsafePointer<UInt32>, _ count: Int, base: UInt32, to sink: inout ByteSink
    ) {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: block) { deltas in
            guard let deltas = deltas.baseAddress else { return }
            var (previous, largest) = (base, UInt32(0))
            for index in 0..<count {
                let delta = documents[index] &- previous
                deltas[index] = delta
                largest |= delta
                previous = documents[index] &+ 1
            }
            let width = BitPacking.width(of: largest)
            let words = Int(previous &- base &+ 63) / 64
            if words * 8 + 1 < BitPacking.packedBytes(count, width: width), words < 256 {
                sink.append(bitset)
                sink.append(UInt8(words))
                let target = sink.extend(by: words * 8)
                target.initializeMemory(as: UInt8.self, repeating: 0, count: words * 8)
                for index in 0..<count {
                    let bit = Int(documents[index] &- base)
                    let byte = target.load(fromByteOffset: bit >> 3, as: UInt8.self)
                    target.storeBytes(of: byte | 1 << UInt8(bit & 7), toByteOffset: bit >> 3, as: UInt8.self)
                }
            } else {
                sink.append(UInt8(width))
                BitPacking.pack(deltas, count, width: width, into: &sink)
            }
        }
    }

    private static func writeFrequencies(
        _ frequencies: UnsafePointer<UInt32>, _ count: Int, to sink: inout ByteSink
    ) {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: block) { less in
            guard let less = less.baseAddress else { return }
            var largest: UInt32 = 0
            for index in 0..<count {
                less[index] = frequencies[index] &- 1
                largest |= less[index]
            }
            let width = BitPacking.width(of: largest)
            sink.append(UInt8(width))
            BitPacking.pack(less, count, width: width, into: &sink)
        }
    }

    /// The first position of a document as it is, the others as differences.
    private static func writePositions(
        _ list: borrowing PostingList, _ first: Int, _ size: Int, from start: Int, to sink: inout ByteSink
    ) -> Int {
        var end = start
        for index in first..<first + size { end += Int(list.frequencies[index]) }
        let count = end - start
        return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: max(count, 1)) { deltas in
            guard let deltas = deltas.baseAddress else { return end }
            var (place, largest) = (start, UInt32(0))
            for index in first..<first + size {
                var previous: UInt32 = 0
                for _ in 0..<list.frequencies[index] {
                    let delta = list.positions[place] &- previous
                    deltas[place - start] = delta
                    largest |= delta
                    previous = list.positions[place]
                    place += 1
                }
            }
            let width = BitPacking.width(of: largest)
            sink.append(UInt8(width))
            // Always a row, so that one can be read without the others.
            packRow(deltas, count, width: width, into: &sink)
            return end
        }
    }

    private static func packRow(
        _ values: UnsafePointer<UInt32>, _ count: Int, width: Int, into sink: inout ByteSink
    ) {
        guard count == block else { return BitPacking.pack(values, count, width: width, into: &sink) }
        // As a run and a rest of one it would be packed in lanes: two rows of 64 end on a byte each.
        BitPacking.pack(values, 64, width: width, into: &sink)
        BitPacking.pack(values + 64, 64, width: width, into: &sink)
    }

    /// The pairs that no other pair of the block beats in both frequency and shortness; frequencies falling. Where there
    /// are more than fit, the last stands for all that are left.
    private static func frontier(
        _ list: borrowing PostingList, _ first: Int, _ size: Int, length: (Int) -> UInt8
    ) -> UInt64 {
        // The least length byte of each frequency; those of 15 and more share the place of the highest.
        var least = SIMD16<UInt8>(repeating: 255)
        var highest: UInt32 = 0
        var seen: UInt32 = 0
        for index in first..<first + size {
            let frequency = list.frequencies[index]
            highest = max(highest, frequency)
            let slot = Int(min(frequency, 15))
            seen |= 1 << UInt32(slot)
            least[slot] = min(least[slot], length(index))
        }
        var packed: UInt64 = 0
        var (count, shortest) = (0, 256)
        for slot in stride(from: 15, through: 1, by: -1) where seen & 1 << UInt32(slot) != 0 {
            guard Int(least[slot]) < shortest else { continue }
            shortest = Int(least[slot])
            let frequency = slot == 15 ? UInt64(min(highest, 255)) : UInt64(slot)
            if count < impacts {
                packed |= (frequency | UInt64(shortest) << 8) << UInt64(count * 16)
                count += 1
            } else {
                // The last pair keeps its higher frequency and takes the shorter length.
                packed &= ~(0xFF << UInt64(count * 16 - 8))
                packed |= UInt64(shortest) << UInt64(count * 16 - 8)
            }
        }
        return packed
    }
}
