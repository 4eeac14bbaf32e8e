/// What shall happen when, in virtual nanoseconds; equal moments in the order in which they were asked for.
struct EventQueue {
    private struct Item {
        var time: UInt64
        var order: UInt64
        var action: () -> Void
    }

    private var heap: [Item] = []
    private var lastOrder: UInt64 = 0

    var isEmpty: Bool { heap.isEmpty }
    var nextTime: UInt64? { heap.first?.time }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        heap[left].time != heap[right].time ? heap[left].time < heap[right].time : heap[left].order < heap[right].order
    }

    mutating func add(at time: UInt64, _ action: @escaping () -> Void) {
        lastOrder += 1
        heap.append(Item(time: time, order: lastOrder, action: action))
        var child = heap.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func popFirst() -> (time: UInt64, action: () -> Void)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            var parent = 0
            while true {
                var least = parent
                for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isBefore(child, least) {
                    least = child
                }
                if least == parent { break }
                heap.swapAt(parent, least)
                parent = least
            }
        }
        return (first.time, first.action)
    }
}
