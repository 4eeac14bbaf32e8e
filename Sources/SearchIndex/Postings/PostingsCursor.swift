/// Walks one term's list in one segment.
// Safe: the pointers are into bytes that the plan holds (`HeldBytes`) and whose checksums were compared; the two buffers
// have room for a block each and are the plan's as well.
struct PostingsCursor {
    /// Where a term's list is, as the dictionary tells.
    let kind: TermKind
    let count: Int
    /// Every document of the segment, and nothing kept of it.
    let isEverything: Bool
    private let blockCount: Int
    private let lastDocuments: UnsafeRawPointer
    private let hasSkips: Bool
    private let blocks: UnsafeRawPointer
    private let positions: UnsafeRawPointer
    let documents: UnsafeMutablePointer<UInt32>
    let frequencies: UnsafeMutablePointer<UInt32>

    /// The block that `documents` holds; -1: none.
    private(set) var block = -1
    private(set) var size = 0
    private var frequencyBytes: UnsafeRawPointer
    private var hasFrequencies = false
    var index = 0
    /// Positions before the document at `countedTo` in the block.
    private var countedTo = 0
    private var counted = 0

    static let end = UInt32.max
    /// Where in the scratch the frequencies are. Behind the documents there are eight more places, which hold numbers that
    /// no document has.
    static let frequencyPlace = 136
    private static let padding = UInt32(Int32.max)

    private func pad() { (documents + size).update(repeating: Self.padding, count: 8) }

    /// - Parameter scratch: room for 272 numbers.
    init(
        kind: TermKind, count: Int, isEverything: Bool, list: UnsafeRawPointer, positions: UnsafeRawPointer,
        scratch: UnsafeMutablePointer<UInt32>
    ) {
        self.init(of: kind, count, isEverything, list, positions, scratch)
        if blockCount == 1 { decode(0) }
    }

    private init(
        of kind: TermKind, _ count: Int, _ isEverything: Bool, _ list: UnsafeRawPointer, _ positions: UnsafeRawPointer,
        _ scratch: UnsafeMutablePointer<UInt32>
    ) {
        self.kind = kind
        self.count = count
        self.isEverything = isEverything
        self.positions = positions
        documents = scratch
        frequencies = scratch + Self.frequencyPlace
        hasSkips = count >= PostingsFormat.block && !isEverything
        blockCount = isEverything ? 0 : (count + PostingsFormat.block - 1) / PostingsFormat.block
        lastDocuments = list
        blocks = list + (hasSkips ? PostingsFormat.skipBytes(blockCount, kind) : 0)
        frequencyBytes = list
    }

    /// A list of one, which the dictionary holds itself.
    init(
        kind: TermKind, document: UInt32, frequency: UInt32, positions: UnsafeRawPointer,
        scratch: UnsafeMutablePointer<UInt32>
    ) {
        self.init(of: kind, 1, false, positions, positions, scratch)
        documents[0] = document
        frequencies[0] = frequency
        block = 0
        size = 1
        pad()
        hasFrequencies = true
    }

    var blocksInList: Int { blockCount }

    @inline(__always)
    func lastDocument(ofBlock block: Int) -> UInt32 {
        hasSkips ? UInt32(truncatingIfNeeded: lastDocuments.word(block)) : documents[size &- 1]
    }

    /// The frontier of a block; nil for lists too short to have any.
    @inline(__always)
    func impacts(ofBlock block: Int) -> UInt64? {
        guard hasSkips, kind == .positioned else { return nil }
        return UInt64(
            littleEndian: (lastDocuments + blockCount &* 12).loadUnaligned(
                fromByteOffset: block &* 8, as: UInt64.self))
    }

    /// The first block from `from` on whose last document is at least `target`; `blocksInList` if there is none.
    @inline(__always)
    func firstBlock(reaching target: UInt32, from: Int) -> Int {
        if !hasSkips {
            guard blockCount == 1, from == 0 else { return blockCount }
            // A short list is decoded before anything is asked of it.
            return documents[size &- 1] >= target ? 0 : 1
        }
        var step = 1
        var (low, high) = (from, from)
        while high < blockCount, lastDocument(ofBlock: high) < target {
            low = high &+ 1
            high &+= step
            step &*= 2
        }
        high = min(high, blockCount)
        while low < high {
            let middle = (low &+ high) / 2
            if lastDocument(ofBlock: middle) < target { low = middle &+ 1 } else { high = middle }
        }
        return low
    }

    /// Decodes the documents of a block, unless they are there.
    @inline(__always)
    mutating func load(_ target: Int) {
        if target != block { decode(target) }
    }

    @inline(never)
    private mutating func decode(_ target: Int) {
        block = target
        index = 0
        (countedTo, counted) = (0, 0)
        hasFrequencies = false
        size = min(PostingsFormat.block, count - target * PostingsFormat.block)
        var place = blocks
        var base: UInt32 = 0
        if hasSkips {
            place += lastDocuments.word(blockCount + target)
            if target > 0 { base = lastDocument(ofBlock: target - 1) + 1 }
        }
        let header = place.load(as: UInt8.self)
        place += 1
        if header == PostingsFormat.bitset {
            let words = Int(place.load(as: UInt8.self))
            place += 1
            var found = 0
            for word in 0..<words {
                var bits = UInt64(
                    littleEndian: place.loadUnaligned(fromByteOffset: word &* 8, as: UInt64.self))
                let start = base &+ UInt32(truncatingIfNeeded: word &* 64)
                while bits != 0 {
                    documents[found] = start &+ UInt32(truncatingIfNeeded: bits.trailingZeroBitCount)
                    found &+= 1
                    bits &= bits &- 1
                }
            }
            place += words * 8
        } else {
            let width = Int(header)
            if width == 0 {
                for index in 0..<size { documents[index] = base &+ UInt32(truncatingIfNeeded: index) }
            } else {
                BitPacking.unpack(place, size, width: width, into: documents)
                var document = base
                for index in 0..<size {
                    document = document &+ documents[index]
                    documents[index] = document
                    document = document &+ 1
                }
            }
            place += BitPacking.packedBytes(size, width: width)
        }
        frequencyBytes = place
        pad()
    }

    /// Decodes the frequencies of the block that is loaded.
    @inline(__always)
    mutating func loadFrequencies() {
        if !hasFrequencies { decodeFrequencies() }
    }

    @inline(never)
    private mutating func decodeFrequencies() {
        hasFrequencies = true
        guard kind != .plain else { return }
        let width = Int(frequencyBytes.load(as: UInt8.self))
        BitPacking.unpack(frequencyBytes + 1, size, width: width, into: frequencies)
        for index in 0..<size { frequencies[index] = frequencies[index] &+ 1 }
    }

    /// Where the cursor stands; `end` behind the last document. Only after `seek`.
    @inline(__always)
    var document: UInt32 { index < size ? documents[index] : Self.end }

    /// Goes to the first document of at least `target`, never back, and returns it.
    @inline(__always)
    mutating func seek(_ target: UInt32) -> UInt32 {
        if block < 0 || index >= size || documents[size &- 1] < target {
            let next = firstBlock(reaching: target, from: max(block, 0))
            if next >= blockCount {
                index = size
                return Self.end
            }
            load(next)
        }
        while documents[index] < target { index &+= 1 }
        return documents[index]
    }

    /// Positions of the document at `index` minus `offset`, appended. The list must be positioned.
    mutating func appendPositions(minus offset: Int32, to target: inout [Int32]) {
        loadFrequencies()
        if countedTo > index { (countedTo, counted) = (0, 0) }
        while countedTo < index {
            counted &+= Int(frequencies[countedTo])
            countedTo &+= 1
        }
        let before = counted
        let bytes = hasSkips ? positions + (lastDocuments.word(blockCount * 2 + block)) : positions
        if count == 1 {
            var cursor = ByteCursor(bytes)
            var position = 0
            for _ in 0..<frequencies[0] {
                position += cursor.varying()
                target.append(Int32(truncatingIfNeeded: position) &- offset)
            }
            return
        }
        let width = Int(bytes.load(as: UInt8.self))
        var position: UInt32 = 0
        for place in before..<before + Int(frequencies[index]) {
            position = position &+ BitPacking.one(bytes + 1, place, width: width)
            target.append(Int32(truncatingIfNeeded: position) &- offset)
        }
    }

    /// Positions of all documents of the block that is loaded, one after the other.
    mutating func appendPositions(ofBlockTo target: inout WordBuffer) {
        loadFrequencies()
        if count == 1 {
            var cursor = ByteCursor(positions)
            var position = 0
            for _ in 0..<frequencies[0] {
                position += cursor.varying()
                target.append(UInt32(truncatingIfNeeded: position))
            }
            return
        }
        let bytes = hasSkips ? positions + (lastDocuments.word(blockCount * 2 + block)) : positions
        let width = Int(bytes.load(as: UInt8.self))
        var place = 0
        for index in 0..<size {
            var position: UInt32 = 0
            for _ in 0..<frequencies[index] {
                position = position &+ BitPacking.one(bytes + 1, place, width: width)
                target.append(position)
                place &+= 1
            }
        }
    }
}
