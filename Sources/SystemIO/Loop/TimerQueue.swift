internal import CUV
internal import Core
private import Synchronization

/// A sleeping task: woken by its timer or by its cancellation, whichever comes first.
final class Sleeper: Sendable {
    private enum State {
        case created
        case waiting(UnsafeContinuation<Bool, Never>)
        case finished(Bool)
    }

    let deadline: Instant
    private let state = Mutex(State.created)

    init(_ deadline: Instant) { self.deadline = deadline }

    var isFinished: Bool {
        state.withLock { if case .finished = $0 { true } else { false } }
    }

    /// False if it was cancelled before; the continuation has been resumed then.
    func wait(_ continuation: UnsafeContinuation<Bool, Never>) -> Bool {
        let result = state.withLock { state -> Bool? in
            if case .finished(let result) = state { return result }
            state = .waiting(continuation)
            return nil
        }
        if let result { continuation.resume(returning: result) }
        return result == nil
    }

    func finish(_ isDue: Bool) {
        let continuation = state.withLock { state -> UnsafeContinuation<Bool, Never>? in
            defer { if case .finished = state {} else { state = .finished(isDue) } }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        continuation?.resume(returning: isDue)
    }
}

/// The sleepers of one loop: a binary heap by deadline, and one libuv timer armed for the earliest. Touched on the loop's
/// thread only. Cancelled sleepers stay until they are due or until half of the heap is finished ones.
final class TimerQueue {
    private var heap: [Sleeper] = []
    private var compactAt = 64
    private let timer: UnsafeMutablePointer<uv_timer_t>
    private var armedFor = Instant.never

    /// libuv's clock stops while the machine is suspended and CLOCK_BOOTTIME does not: look again that often.
    private static let longestWait = TimeSpan.seconds(5)

    init(_ loop: EventLoop) {
        timer = .allocate(capacity: 1)
        uv_timer_init(loop.uv, timer)
    }

    func add(_ sleeper: Sleeper) {
        if heap.count >= compactAt {
            heap.removeAll { $0.isFinished }
            heap.sort { $0.deadline < $1.deadline }
            compactAt = max(64, heap.count * 2)
        }
        heap.append(sleeper)
        siftUp(heap.count - 1)
        arm()
    }

    private func fire() {
        armedFor = .never
        let now = SystemClock.now
        while let first = heap.first, first.deadline <= now || first.isFinished {
            removeFirst()
            first.finish(true)
        }
        arm()
    }

    private func arm() {
        guard let first = heap.first, first.deadline < armedFor else { return }
        armedFor = first.deadline
        let wait = min(first.deadline.since(SystemClock.now), Self.longestWait)
        uv_update_time(timer.pointee.loop)
        timer.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        let milliseconds = (wait.nanoseconds + 999_999) / 1_000_000
        uv_timer_start(
            timer,
            { handle in
                guard let data = handle?.pointee.data else { return }
                // Safe: the queue lives as long as its loop, and loops are never freed.
                Unmanaged<TimerQueue>.fromOpaque(data).takeUnretainedValue().fire()
            }, milliseconds, 0)
    }

    private func removeFirst() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2]
            where child < heap.count && heap[child].deadline < heap[least].deadline {
                least = child
            }
            if least == index { return }
            heap.swapAt(index, least)
            index = least
        }
    }

    private func siftUp(_ start: Int) {
        var index = start
        while index > 0, heap[index].deadline < heap[(index - 1) / 2].deadline {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }
}
