internal import CLinux
internal import Glibc

/// Runs `body` on a new detached thread.
/// - Parameter stackBytes: address space; pages are used as they are touched.
func startThread(name: String, stackBytes: Int, _ body: @escaping @Sendable () -> Void) {
    final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
    let argument = Unmanaged.passRetained(Body(body))
    let isStarted = roost_start_thread(
        name, stackBytes,
        { argument in
            guard let argument else { return }
            // Safe: balances passRetained above; the thread takes the reference over.
            Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
        }, argument.toOpaque())
    precondition(isStarted, "no thread: out of memory or beyond the process limit")
}

/// A mutex with a condition, for threads that wait for work. (Swift's Mutex has no condition.)
// Safe: @unchecked because `value` is only reached through `withLock`, which holds the mutex.
final class Monitor<Value>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var value: Value

    init(_ value: sending Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func withLock<R>(_ body: (inout Value) -> R) -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&value)
    }

    /// Waits until `body` gives a value; it is asked again after each `wakeOne` or `wakeAll`.
    func wait<R>(_ body: (inout Value) -> R?) -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&value) { return result }
            pthread_cond_wait(condition, mutex)
        }
    }

    func wakeOne() { pthread_cond_signal(condition) }

    func wakeAll() { pthread_cond_broadcast(condition) }
}
