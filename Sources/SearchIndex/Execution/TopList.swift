/// The best documents of a segment so far, as many as are asked for: a heap with the worst on top. Keys are numbers of
/// which the lesser is better; ties go by document.
struct TopList {
    let limit: Int
    /// Keys of each document.
    let width: Int
    /// What was the worst that could get into the list before this segment; only first keys are compared with it.
    var floor = Int64.max
    private(set) var keys: [Int64] = []
    private(set) var documents: [UInt32] = []
    private(set) var scores: [Float] = []
    private var heap: [Int] = []

    init(limit: Int, width: Int) {
        self.limit = limit
        self.width = width
    }

    var count: Int { documents.count }
    var isFull: Bool { documents.count == limit }

    /// First keys beyond this need not be offered. Equal ones must, unless there is one key and documents ascend.
    @inline(__always)
    var worst: Int64 { isFull && limit > 0 ? min(floor, keys[heap[0] * width]) : floor }

    /// True if a single key of this value can still get in, documents ascending.
    @inline(__always)
    func takes(_ key: Int64) -> Bool {
        if key > floor { return false }
        guard isFull else { return limit > 0 }
        return limit > 0 && key < keys[heap[0] * width]
    }

    mutating func offer(_ candidate: UnsafePointer<Int64>, _ document: UInt32, score: Float) {
        guard limit > 0, candidate[0] <= floor else { return }
        if documents.count < limit {
            documents.append(document)
            scores.append(score)
            for index in 0..<width { keys.append(candidate[index]) }
            heap.append(documents.count - 1)
            var place = heap.count - 1
            while place > 0, isWorse(heap[place], than: heap[(place - 1) / 2]) {
                heap.swapAt(place, (place - 1) / 2)
                place = (place - 1) / 2
            }
            return
        }
        let slot = heap[0]
        guard isBetter(candidate, document, than: slot) else { return }
        documents[slot] = document
        scores[slot] = score
        for index in 0..<width { keys[slot * width + index] = candidate[index] }
        var place = 0
        while true {
            var child = place * 2 + 1
            guard child < heap.count else { return }
            if child + 1 < heap.count, isWorse(heap[child + 1], than: heap[child]) { child += 1 }
            guard isWorse(heap[child], than: heap[place]) else { return }
            heap.swapAt(child, place)
            place = child
        }
    }

    private func isWorse(_ left: Int, than right: Int) -> Bool {
        for index in 0..<width {
            let (a, b) = (keys[left * width + index], keys[right * width + index])
            if a != b { return a > b }
        }
        return documents[left] > documents[right]
    }

    private func isBetter(_ candidate: UnsafePointer<Int64>, _ document: UInt32, than slot: Int) -> Bool {
        for index in 0..<width {
            let (a, b) = (candidate[index], keys[slot * width + index])
            if a != b { return a < b }
        }
        return document < documents[slot]
    }
}
