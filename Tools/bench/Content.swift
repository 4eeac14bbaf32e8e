import Core
import Glibc

/// A small seeded generator (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014).
struct Random: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(truncatingIfNeeded: next() >> 33) % bound }
}

/// What objects hold: a window into one random buffer, at a place that the key's number gives. Checking a byte costs a
/// comparison, and no two neighbouring keys hold the same.
final class Content: Sendable {
    let size: Int
    /// Objects beyond this length repeat it.
    private let period: Int
    private let buffer: IOBuffer
    private let variants: Int
    /// SHA-256 of each variant, computed before any clock starts.
    private let hashes: [[UInt8]]

    static let pieceBytes = 1 << 20
    /// Where windows may begin: off every block boundary but not off every word.
    private static let stepBytes = 1_000

    init(size: Int, seed: UInt64, isHashed: Bool) {
        self.size = size
        let variants = max(2, min(1024, (256 << 20) / max(1, size)))
        let period = min(64 << 20, max(4 << 20, size))
        let buffer = IOBuffer(capacity: period + Self.pieceBytes)
        (self.variants, self.period, self.buffer) = (variants, period, buffer)
        var random = Random(seed: seed)
        buffer.withMutableBytes { bytes in
            for offset in stride(from: 0, to: period, by: 8) {
                bytes.storeBytes(of: random.next(), toByteOffset: offset, as: UInt64.self)
            }
            // The end repeats the begin, so that every piece lies in one run.
            UnsafeMutableRawBufferPointer(rebasing: bytes[period...])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count - period)]))
        }
        hashes =
            isHashed
            ? (0..<variants).map { variant in
                let digest = Digest(.sha256)
                for piece in Self.pieces(buffer, period, variant, 0..<size) { piece.withBytes { digest.update($0) } }
                return digest.finish()
            } : []
    }

    func hash(_ key: Int) -> [UInt8] { hashes[key % variants] }

    /// The object's bytes, in pieces of 1 MiB.
    func slices(_ key: Int) -> [IOSlice] { Self.pieces(buffer, period, key % variants, 0..<size) }

    /// - Parameter position: of the first byte of `found` in the object.
    func matches(_ found: IOSlice, key: Int, at position: Int) -> Bool {
        guard position + found.count <= size else { return false }
        let start = (key % variants * Self.stepBytes + position) % period
        return found.withBytes { found in
            buffer.withMutableBytes { bytes in
                guard let left = found.baseAddress, let right = bytes.baseAddress else { return found.isEmpty }
                precondition(found.count <= Self.pieceBytes, "a piece at most")
                return memcmp(left, right + start, found.count) == 0
            }
        }
    }

    private static func pieces(_ buffer: IOBuffer, _ period: Int, _ variant: Int, _ range: Range<Int>) -> [IOSlice] {
        var slices: [IOSlice] = []
        var position = range.lowerBound
        while position < range.upperBound {
            let start = (variant * stepBytes + position) % period
            let count = min(pieceBytes, range.upperBound - position)
            slices.append(buffer.slice(start..<start + count))
            position += count
        }
        return slices
    }
}
