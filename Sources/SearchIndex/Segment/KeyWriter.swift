/// Writes the keys of a segment's documents, in order: blocks of 32, front-coded, a sparse index and a filter.
struct KeyWriter: ~Copyable {
    static let block = 32

    var keys = ByteSink(reserving: 4096)
    private var separators = ByteSink()
    private var separatorEnds = WordBuffer(64)
    private var blockStarts: [UInt64] = []
    private var previous = ByteSink()
    private var hashes: [UInt64] = []
    private(set) var count = 0

    init() {}

    /// - Parameter key: bucket in eight bytes (big-endian), then the key.
    mutating func add(_ key: UnsafeRawBufferPointer) {
        if count % Self.block == 0 {
            let common = count == 0 ? -1 : commonPrefix(previous.held, key)
            separators.append(UnsafeRawBufferPointer(rebasing: key.prefix(common + 1)))
            separatorEnds.append(UInt32(separators.count))
            blockStarts.append(UInt64(keys.end))
            keys.append(varying: key.count)
            keys.append(key)
        } else {
            let shared = commonPrefix(previous.held, key)
            keys.append(varying: shared)
            keys.append(varying: key.count - shared)
            keys.append(UnsafeRawBufferPointer(rebasing: key[shared...]))
        }
        previous.removeAll()
        previous.append(key)
        if let base = key.baseAddress { hashes.append(ByteHash.of(base, key.count)) }
        count += 1
    }

    /// As of the dictionary's.
    func index() -> HeldBytes {
        var sink = ByteSink(reserving: 16 + blockStarts.count * 12 + separators.count)
        sink.append(fixed: UInt64(blockStarts.count))
        for start in blockStarts { sink.append(fixed: start) }
        sink.append(fixed: UInt64(keys.end))
        for index in 0..<blockStarts.count { sink.append(fixed: separatorEnds[index]) }
        sink.append(separators.held)
        return sink.copied()
    }

    func filter() -> HeldBytes { KeyFilter.made(of: hashes) }
}

/// A Bloom filter whose six bits of a key lie in one line of 64 bytes, ten bits a key.
///
/// Source: Putze, Sanders, Singler: "Cache-, Hash- and Space-Efficient Bloom Filters", 2007.
enum KeyFilter {
    static let bitsPerKey = 10
    static let probes = 6

    static func made(of hashes: [UInt64]) -> HeldBytes {
        let lines = max(1, (hashes.count * bitsPerKey + 511) / 512)
        let allocation = Allocation(count: lines * 64)
        allocation.base.initializeMemory(as: UInt8.self, repeating: 0, count: lines * 64)
        for hash in hashes {
            let line = allocation.base + Int(hash.multipliedFullWidth(by: UInt64(lines)).high) * 64
            var rest = hash
            for _ in 0..<probes {
                let bit = Int(rest & 511)
                let byte = line.load(fromByteOffset: bit >> 3, as: UInt8.self)
                line.storeBytes(of: byte | 1 << UInt8(bit & 7), toByteOffset: bit >> 3, as: UInt8.self)
                rest >>= 9
            }
        }
        return HeldBytes(allocation)
    }

    @inline(__always)
    static func mayHold(_ hash: UInt64, _ filter: HeldBytes) -> Bool {
        let line = filter.base + Int(hash.multipliedFullWidth(by: UInt64(filter.count / 64)).high) * 64
        var rest = hash
        for _ in 0..<probes {
            let bit = Int(rest & 511)
            if line.load(fromByteOffset: bit >> 3, as: UInt8.self) & 1 << UInt8(bit & 7) == 0 { return false }
            rest >>= 9
        }
        return true
    }
}
