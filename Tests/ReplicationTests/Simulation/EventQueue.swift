/// What shall happen when, in virtual nanoseconds; equal moments in the order in which they were asked for.
struct EventQueue {
    private struct Key {
        var time: UInt64
        var order: UInt64
        var slot: Int

        func isBefore(_ other: Key) -> Bool { time != other.time ? time < other.time : order < other.order }
    }

    /// A binary heap of small keys; what they stand for stays in its slot.
    private var heap: [Key] = []
    private var actions: [(() -> Void)?] = []
    private var freeSlots: [Int] = []
    private var lastOrder: UInt64 = 0

    var nextTime: UInt64? { heap.first?.time }

    mutating func add(at time: UInt64, _ action: @escaping () -> Void) {
        lastOrder += 1
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
            actions[slot] = action
        } else {
            slot = actions.count
            actions.append(action)
        }
        let key = Key(time: time, order: lastOrder, slot: slot)
        heap.append(key)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if !key.isBefore(heap[parent]) { break }
            heap[child] = heap[parent]
            child = parent
        }
        heap[child] = key
    }

    mutating func popFirst() -> (time: UInt64, action: () -> Void)? {
        guard let first = heap.first, let action = actions[first.slot] else { return nil }
        actions[first.slot] = nil
        freeSlots.append(first.slot)
        let last = heap.removeLast()
        if !heap.isEmpty { sink(last) }
        return (first.time, action)
    }

    private mutating func sink(_ key: Key) {
        var parent = 0
        while true {
            var child = 2 * parent + 1
            if child >= heap.count { break }
            if child + 1 < heap.count, heap[child + 1].isBefore(heap[child]) { child += 1 }
            if !heap[child].isBefore(key) { break }
            heap[parent] = heap[child]
            parent = child
        }
        heap[parent] = key
    }
}
