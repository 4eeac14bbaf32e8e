/// Which documents of a segment are neither overwritten nor deleted. A value: a snapshot keeps what it saw, and a change
/// copies only the chunk that it is in.
struct LiveDocuments: Sendable {
    /// 32,768 documents' bits.
    // Safe: @unchecked because it is written only where one reference to it exists.
    private final class Chunk: @unchecked Sendable {
        let words: UnsafeMutablePointer<UInt64>
        init() {
            words = .allocate(capacity: LiveDocuments.chunkWords)
            words.initialize(repeating: .max, count: LiveDocuments.chunkWords)
        }
        init(_ other: Chunk) {
            words = .allocate(capacity: LiveDocuments.chunkWords)
            words.initialize(from: other.words, count: LiveDocuments.chunkWords)
        }
        deinit { words.deallocate() }
    }

    private static let chunkWords = 512
    private static let chunkDocuments = 32_768

    let count: Int
    private(set) var deleted = 0
    /// nil: all live.
    private var chunks: [Chunk?]
    /// Of deleted documents, by place of their bucket in the outline.
    private(set) var deadTotals: [Int: LengthTotals] = [:]

    init(count: Int) {
        self.count = count
        chunks = Array(repeating: nil, count: (count + Self.chunkDocuments - 1) / Self.chunkDocuments)
    }

    /// From as many bits as there are documents, the lowest first.
    init(count: Int, bits: UnsafeRawBufferPointer, segment: Segment) {
        self.init(count: count)
        for document in 0..<count where bits[document >> 3] & 1 << UInt8(document & 7) == 0 {
            kill(UInt32(document), in: segment)
        }
    }

    @inline(__always)
    func isLive(_ document: UInt32) -> Bool {
        guard let chunk = chunks[Int(document) / Self.chunkDocuments] else { return true }
        let place = Int(document) % Self.chunkDocuments
        return chunk.words[place >> 6] & 1 &<< UInt64(place & 63) != 0
    }

    /// The words of the 4,096 documents from `base` on, a multiple of that; nil: all live.
    @inline(__always)
    func window(_ base: UInt32) -> UnsafePointer<UInt64>? {
        guard deleted > 0, let chunk = chunks[Int(base) / Self.chunkDocuments] else { return nil }
        return UnsafePointer(chunk.words + Int(base) % Self.chunkDocuments / 64)
    }

    /// Returns false if it was dead before.
    @discardableResult
    mutating func kill(_ document: UInt32, in segment: Segment) -> Bool {
        guard isLive(document) else { return false }
        let index = Int(document) / Self.chunkDocuments
        let place = Int(document) % Self.chunkDocuments
        // Out of the array while it is looked at, so that a second reference can only be a snapshot's.
        var chunk = chunks[index] ?? Chunk()
        chunks[index] = nil
        if !isKnownUniquelyReferenced(&chunk) { chunk = Chunk(chunk) }
        chunk.words[place >> 6] &= ~(1 << UInt64(place & 63))
        chunks[index] = chunk
        deleted += 1
        let bucket = segment.outline.bucketIndex(of: document)
        for plane in 0..<3 {
            deadTotals[bucket, default: LengthTotals()].add(
                plane: plane, lengthByte: segment.lengthPlane(plane)[Int(document)])
        }
        return true
    }

    /// As many bits as there are documents, the lowest first, in whole bytes.
    func encoded() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: (count + 7) / 8)
        for document in 0..<count where isLive(UInt32(document)) { bytes[document >> 3] |= 1 << UInt8(document & 7) }
        return bytes
    }

    /// Hands over what is dead here and was live in an earlier state of the same segment.
    func forEachDeath(since earlier: LiveDocuments, _ body: (UInt32) -> Void) {
        guard deleted != earlier.deleted else { return }
        for index in chunks.indices {
            guard let chunk = chunks[index], chunk !== earlier.chunks[index] else { continue }
            for word in 0..<Self.chunkWords {
                var bits = (earlier.chunks[index]?.words[word] ?? .max) & ~chunk.words[word]
                while bits != 0 {
                    body(UInt32(index * Self.chunkDocuments + word * 64 + bits.trailingZeroBitCount))
                    bits &= bits - 1
                }
            }
        }
    }
}
