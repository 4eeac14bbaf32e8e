/// All documents of many lists: the terms that a prefix, a pattern or a list of values stands for. Each document scores
/// the same.
// Safe: the pointers are into bytes and memory that the plan holds.
final class UnionNode: PlanNode {
    struct List {
        var entry: TermEntry
        var postings: HeldBytes
    }

    private var long: [PostingsCursor] = []
    /// Documents of lists that are too short to walk; made when first asked for.
    private var short: [List]
    private let shortBits: Window.Bits
    private var isReady = false
    private let weight: Float
    private let documents: UInt32
    private let isEverything: Bool
    private let windowBits: Window.Bits
    private let scratch: UnsafeMutablePointer<UInt32>

    /// - Parameter weight: 0: a filter.
    init(_ lists: [List], weight: Float, documents: Int, scratch plan: PlanScratch) {
        self.weight = weight
        self.documents = UInt32(documents)
        scratch = plan.cursor()
        isEverything = lists.contains { $0.entry.kind == .plain && $0.entry.count == documents && documents > 1 }
        short = lists.filter { $0.entry.count < PostingsFormat.block }
        for list in lists where list.entry.count >= PostingsFormat.block && !isEverything {
            long.append(
                PostingsCursor(
                    kind: list.entry.kind, count: list.entry.count, isEverything: false, list: list.postings.base,
                    positions: list.postings.base, scratch: plan.cursor()))
        }
        shortBits = plan.bits(of: documents)
        windowBits = plan.bits()
        super.init(cost: min(lists.reduce(0) { $0 + $1.entry.count }, documents), isScored: weight > 0)
    }

    private func prepare() {
        isReady = true
        for list in short {
            if list.entry.count == 1 {
                shortBits[Int(list.entry.document >> 6)] |= 1 << UInt64(list.entry.document & 63)
                continue
            }
            if isEverything { continue }
            let cursor = PostingsCursor(
                kind: list.entry.kind, count: list.entry.count, isEverything: false, list: list.postings.base,
                positions: list.postings.base, scratch: scratch)
            for index in 0..<cursor.size {
                let document = cursor.documents[index]
                shortBits[Int(document >> 6)] |= 1 << UInt64(document & 63)
            }
        }
        short = []
    }

    override func fill(_ base: UInt32, _ bits: Window.Bits) {
        if isEverything {
            Window.clear(bits)
            return Window.set(bits, base: base, from: base, to: min(base &+ Window.documents, documents))
        }
        if !isReady { prepare() }
        bits.update(from: shortBits + Int(base >> 6), count: Window.words)
        let end = base &+ Window.documents
        for index in long.indices {
            guard long[index].seek(base) < end else { continue }
            while true {
                let (size, list) = (long[index].size, long[index].documents)
                var place = long[index].index
                while place < size, list[place] < end {
                    let bit = list[place] &- base
                    bits[Int(bit &>> 6)] |= 1 &<< UInt64(bit & 63)
                    place &+= 1
                }
                guard place == size, long[index].block + 1 < long[index].blocksInList else { break }
                long[index].load(long[index].block + 1)
            }
        }
    }

    override func fill(_ base: UInt32, _ bits: Window.Bits, adding scores: Window.Scores) {
        fill(base, bits)
        guard weight > 0 else { return }
        let weight = Double(weight)
        Window.forEach(bits) { scores[$0] += weight }
    }

    override func bound(from: UInt32, to: UInt32) -> Double { Double(weight) }
}
