/// What the dictionary says of a term.
// Safe: the pointer is into `owner`.
struct TermEntry: @unchecked Sendable {
    var kind = TermKind.plain
    /// Documents that have it, deleted ones included.
    var count = 0
    /// Of a counted term: the sum of its frequencies.
    var words = 0
    /// Of a term of one document.
    var document: UInt32 = 0
    var frequency: UInt32 = 1
    /// Its positions: the first, then differences.
    var inlinePositions: UnsafeRawPointer?
    var owner: HeldBytes?
    /// In the sections of that name.
    var postings = 0..<0
    var positions = 0..<0
}

/// Walks the terms of one block of the dictionary.
// Safe: the pointers are into `bytes`, which the reader holds and whose checksum was compared.
struct TermBlockReader {
    let bytes: HeldBytes
    private var cursor: ByteCursor
    private let end: UnsafeRawPointer
    private var postings: Int
    private var positions: Int
    /// Of the term that `next` found.
    private(set) var entry = TermEntry()
    private var term: UnsafeMutableRawPointer
    private var capacity: Int
    private(set) var length = 0
    /// How much of it is as in the term before.
    private(set) var shared = 0

    /// - Parameter term: memory for the term; grows when a longer one comes.
    init(_ bytes: HeldBytes, scratch: TermScratch) {
        self.bytes = bytes
        cursor = ByteCursor(bytes.base)
        end = bytes.base + bytes.count
        postings = Int(truncatingIfNeeded: cursor.fixed(UInt64.self))
        positions = Int(truncatingIfNeeded: cursor.fixed(UInt64.self))
        term = scratch.base
        capacity = TermScratch.capacity
    }

    /// Of no terms.
    static func none(scratch: TermScratch) -> TermBlockReader {
        let bytes = Allocation(count: 16)
        bytes.base.initializeMemory(as: UInt8.self, repeating: 0, count: 16)
        return TermBlockReader(HeldBytes(bytes), scratch: scratch)
    }

    @inline(__always)
    var current: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: term, count: length) }

    /// Goes to the next term; false behind the last.
    mutating func next() -> Bool {
        guard cursor.place < end else { return false }
        shared = min(cursor.varying(), length)
        let rest = min(cursor.varying(), capacity - shared)
        (term + shared).copyMemory(from: cursor.place, byteCount: rest)
        cursor.place += rest
        length = shared + rest
        let kind = TermKind.of(current)
        let count = cursor.varying()
        entry.kind = kind
        entry.count = count
        if count == 1 {
            entry.document = UInt32(truncatingIfNeeded: cursor.varying())
            entry.frequency = kind == .plain ? 1 : UInt32(truncatingIfNeeded: cursor.varying())
            if kind == .positioned {
                entry.inlinePositions = cursor.place
                for _ in 0..<entry.frequency { _ = cursor.varying() }
            } else {
                entry.words = Int(entry.frequency)
            }
        } else {
            let size = cursor.varying()
            entry.postings = postings..<postings + size
            postings += size
            switch kind {
            case .plain: break
            case .counted: entry.words = cursor.varying()
            case .positioned:
                let size = cursor.varying()
                entry.positions = positions..<positions + size
                positions += size
            }
        }
        return true
    }

    /// The entry of one term, which keeps the block alive where it needs it.
    static func find(_ target: UnsafeRawBufferPointer, in bytes: HeldBytes, scratch: TermScratch) -> TermEntry? {
        var reader = TermBlockReader(bytes, scratch: scratch)
        while reader.next() {
            let order = compareBytes(reader.current, target)
            if order == 0 { return reader.held }
            if order > 0 { return nil }
        }
        return nil
    }

    var held: TermEntry {
        var entry = entry
        entry.owner = bytes
        return entry
    }
}

/// Memory for the longest term that there can be: a field's code with its name, and a value.
// Safe: @unchecked because it has one user at a time.
final class TermScratch: @unchecked Sendable {
    static let capacity = 72 << 10
    let base: UnsafeMutableRawPointer
    init() { base = .allocate(byteCount: Self.capacity, alignment: 16) }
    deinit { base.deallocate() }
}
