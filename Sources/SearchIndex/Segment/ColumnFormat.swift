/// One number of each document, or none: chunks of 4,096, each with its least and greatest, so that whole chunks are
/// taken or left; values as multiples of their greatest common step above the least, bit-packed.
enum ColumnFormat {
    static let chunk = 4096
    /// Least, greatest, step (8 bytes each), place of the data (4), width (1), presence (1), zero (2).
    static let entryBytes = 32

    enum Presence: UInt8 { case none = 0, all = 1, some = 2 }

    /// - Parameter present: nil: all are.
    static func write(
        _ values: UnsafePointer<Int64>, present: UnsafePointer<Bool>?, count: Int, to sink: inout ByteSink
    ) {
        let start = sink.end
        let chunks = (count + chunk - 1) / chunk
        _ = sink.extend(by: chunks * entryBytes)
        let dataStart = sink.end
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: chunk) { packed in
            guard let packed = packed.baseAddress else { return }
            for index in 0..<chunks {
                let first = index * chunk
                let size = min(chunk, count - first)
                var (least, greatest, found) = (Int64.max, Int64.min, 0)
                for place in first..<first + size where present?[place] ?? true {
                    least = min(least, values[place])
                    greatest = max(greatest, values[place])
                    found += 1
                }
                let presence: Presence = found == 0 ? .none : found == size ? .all : .some
                var (step, width) = (UInt64(1), 0)
                let place = sink.end - dataStart
                if found > 0 {
                    step = commonStep(values + first, present.map { $0 + first }, size, least)
                    width = 64 - ((UInt64(bitPattern: greatest &- least)) / step).leadingZeroBitCount
                    if presence == .some { writePresence(present.map { $0 + first }, size, &sink) }
                    for offset in 0..<size {
                        let isPresent = present?[first + offset] ?? true
                        packed[offset] = isPresent ? UInt64(bitPattern: values[first + offset] &- least) / step : 0
                    }
                    BitPacking.packLong(packed, size, width: width, into: &sink)
                } else {
                    (least, greatest) = (0, 0)
                }
                let entry = start + index * entryBytes
                sink.patch(least, at: entry)
                sink.patch(greatest, at: entry + 8)
                sink.patch(step, at: entry + 16)
                sink.patch(UInt32(place), at: entry + 24)
                sink.patch(UInt32(width) | UInt32(presence.rawValue) << 8, at: entry + 28)
            }
        }
    }

    private static func writePresence(_ present: UnsafePointer<Bool>?, _ size: Int, _ sink: inout ByteSink) {
        for word in 0..<(size + 63) / 64 {
            var bits: UInt64 = 0
            for bit in 0..<min(64, size - word * 64) where present?[word * 64 + bit] ?? true {
                bits |= 1 << UInt64(bit)
            }
            sink.append(fixed: bits)
        }
    }

    private static func commonStep(
        _ values: UnsafePointer<Int64>, _ present: UnsafePointer<Bool>?, _ size: Int, _ least: Int64
    ) -> UInt64 {
        var step: UInt64 = 0
        for place in 0..<size where present?[place] ?? true {
            var (left, right) = (step, UInt64(bitPattern: values[place] &- least))
            while right != 0 { (left, right) = (right, left % right) }
            step = left
            if step == 1 { break }
        }
        return max(step, 1)
    }
}

/// Reads a column of one segment.
// Safe: the pointer is into `bytes`, which the reader holds and whose checksum was compared.
struct ColumnReader: Sendable {
    let bytes: HeldBytes
    let count: Int
    private let dataStart: Int

    init(_ bytes: HeldBytes, count: Int) {
        self.bytes = bytes
        self.count = count
        dataStart = (count + ColumnFormat.chunk - 1) / ColumnFormat.chunk * ColumnFormat.entryBytes
    }

    struct Chunk {
        let least: Int64
        let greatest: Int64
        let step: UInt64
        let width: Int
        let presence: ColumnFormat.Presence
        fileprivate let presenceBits: UnsafeRawPointer
        fileprivate let values: UnsafeRawPointer

        @inline(__always)
        func isPresent(_ index: Int) -> Bool {
            switch presence {
            case .all: true
            case .none: false
            case .some: presenceBits.load(fromByteOffset: index >> 3, as: UInt8.self) & 1 << UInt8(index & 7) != 0
            }
        }

        /// Of one that is present.
        @inline(__always)
        func value(_ index: Int) -> Int64 {
            least &+ Int64(bitPattern: BitPacking.long(values, index, width: width) &* step)
        }

        @inline(__always)
        func presenceWord(_ word: Int) -> UInt64 {
            switch presence {
            case .all: .max
            case .none: 0
            case .some: UInt64(littleEndian: presenceBits.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self))
            }
        }
    }

    func chunk(_ index: Int) -> Chunk {
        let entry = bytes.base + index * ColumnFormat.entryBytes
        let form = entry.word(7)
        let presence = ColumnFormat.Presence(rawValue: UInt8(truncatingIfNeeded: form >> 8)) ?? .none
        let data = bytes.base + dataStart + entry.word(6)
        let size = min(ColumnFormat.chunk, count - index * ColumnFormat.chunk)
        return Chunk(
            least: Int64(entry.long(0)), greatest: Int64(entry.long(1)),
            step: UInt64(bitPattern: Int64(entry.long(2))), width: form & 255, presence: presence,
            presenceBits: data, values: data + (presence == .some ? (size + 63) / 64 * 8 : 0))
    }

    func value(of document: UInt32) -> Int64? {
        let chunk = chunk(Int(document) / ColumnFormat.chunk)
        let index = Int(document) % ColumnFormat.chunk
        return chunk.isPresent(index) ? chunk.value(index) : nil
    }
}
