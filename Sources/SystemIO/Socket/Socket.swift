internal import CLinux
internal import CUV
internal import Core
internal import Glibc
private import Synchronization

/// A nonblocking descriptor whose readiness a loop watches. Reading and writing are tried first, by the caller, on any
/// thread; only who would block waits here.
///
/// Watching for input stays on between waits and is taken back when input arrives that nobody waits for, so that a
/// request on a kept-alive connection costs no epoll_ctl.
final class Socket: Sendable {
    enum Direction { case input, output }
    enum Wait: Sendable {
        case ready, timedOut, closed, cancelled

        /// Returns if the caller may go on.
        func check() throws(TransportError) {
            switch self {
            case .ready: return
            case .timedOut: throw .timedOut
            case .closed: throw .closed
            case .cancelled: throw .cancelled
            }
        }
    }

    private struct Waiter {
        var continuation: UnsafeContinuation<Wait, Never>
        var deadline: Instant
    }

    private struct State {
        var reader: Waiter?
        var writer: Waiter?
        var isClosed = false
        /// What the libuv handle watches now; changed on the loop's thread only.
        var watched: Int32 = 0
        /// nil before the first wait and after close.
        var handle: UnsafeMutablePointer<uv_poll_t>?
    }

    let descriptor: Int32
    let loop: EventLoop
    private let state = Mutex(State())

    private let isConnection: Bool

    /// Takes the descriptor over.
    /// - Parameters:
    ///   - descriptor: nonblocking.
    ///   - isConnection: false for a listener, which is no load on its loop.
    init(_ descriptor: Int32, _ loop: EventLoop, isConnection: Bool = true) {
        self.descriptor = descriptor
        self.loop = loop
        self.isConnection = isConnection
        if isConnection { loop.connectionCount.add(1, ordering: .relaxed) }
    }

    // The last user is gone, and the loop's reference with it: nobody can use the number any more. Until here it stays
    // taken, so that a call on another thread that had checked `isClosed` before cannot meet a new connection.
    deinit {
        if isConnection { loop.connectionCount.subtract(1, ordering: .relaxed) }
        Glibc.close(descriptor)
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Waits until the descriptor may be ready; the caller tries again and may have to wait again.
    func wait(for direction: Direction, deadline: Instant) async throws(TransportError) {
        let outcome = await withTaskCancellationHandler {
            await suspend(for: direction, deadline)
        } onCancel: {
            take(direction)?.continuation.resume(returning: .cancelled)
        }
        try outcome.check()
    }

    private func suspend(for direction: Direction, _ deadline: Instant) async -> Wait {
        await withUnsafeContinuation { continuation in
            let waiter = Waiter(continuation: continuation, deadline: deadline)
            let isClosed = state.withLock { state in
                if state.isClosed { return true }
                switch direction {
                case .input:
                    precondition(state.reader == nil, "one reader at a time")
                    state.reader = waiter
                case .output:
                    precondition(state.writer == nil, "one writer at a time")
                    state.writer = waiter
                }
                return false
            }
            if isClosed {
                continuation.resume(returning: .closed)
            } else if Task.isCancelled {
                // The handler may have run before the waiter stood here.
                take(direction)?.continuation.resume(returning: .cancelled)
            } else if loop.isCurrent {
                watch()
            } else {
                loop.execute { self.watch() }
            }
        }
    }

    private func take(_ direction: Direction) -> Waiter? {
        state.withLock { state in
            switch direction {
            case .input: state.reader.take()
            case .output: state.writer.take()
            }
        }
    }

    /// The connection ends now, waiters are woken.
    func close() {
        let waiters = state.withLock { state -> (Waiter?, Waiter?)? in
            guard !state.isClosed else { return nil }
            state.isClosed = true
            return (state.reader.take(), state.writer.take())
        }
        guard let waiters else { return }
        Glibc.shutdown(descriptor, Int32(SHUT_RDWR))
        waiters.0?.continuation.resume(returning: .closed)
        waiters.1?.continuation.resume(returning: .closed)
        if loop.isCurrent { release() } else { loop.execute { self.release() } }
    }

    /// On the loop: gives the connection back to the kernel, which tells the peer; the number stays.
    private func release() {
        unwatch()
        dup2(Self.nothing, descriptor)
    }

    /// What stands in for a closed connection.
    private static let nothing: Int32 = {
        let descriptor = roost_open(AT_FDCWD, "/dev/null", O_RDWR, false, 0)
        precondition(descriptor >= 0, "/dev/null can be opened")
        return descriptor
    }()

    /// On the loop: waiters whose deadline has passed give up.
    func expire(_ now: Instant) {
        let late = state.withLock { state -> (Waiter?, Waiter?) in
            var late: (Waiter?, Waiter?) = (nil, nil)
            if let reader = state.reader, reader.deadline <= now { late.0 = state.reader.take() }
            if let writer = state.writer, writer.deadline <= now { late.1 = state.writer.take() }
            return late
        }
        late.0?.continuation.resume(returning: .timedOut)
        late.1?.continuation.resume(returning: .timedOut)
    }

    /// The error of a call on the descriptor that just failed.
    func failure(errno code: Int32) -> TransportError { isClosed ? .closed : TransportError(errno: code) }

    // MARK: On the loop's thread

    /// Lets libuv watch for what the waiters want.
    private func watch() {
        state.withLock { state in
            guard !state.isClosed else { return }
            var wanted = state.watched & Int32(UV_READABLE.rawValue)
            if state.reader != nil { wanted |= Int32(UV_READABLE.rawValue) }
            if state.writer != nil { wanted |= Int32(UV_WRITABLE.rawValue) }
            guard wanted != state.watched else { return }
            start(wanted, &state)
        }
    }

    private func start(_ events: Int32, _ state: inout State) {
        let handle: UnsafeMutablePointer<uv_poll_t>
        if let existing = state.handle {
            handle = existing
        } else {
            handle = .allocate(capacity: 1)
            precondition(uv_poll_init(loop.uv, handle, descriptor) == 0, "a socket can be watched")
            // The loop holds a reference until `unwatch`.
            handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
            state.handle = handle
            loop.sockets.add(self)
        }
        state.watched = events
        if events == 0 {
            uv_poll_stop(handle)
        } else {
            uv_poll_start(handle, events) { handle, status, events in
                guard let data = handle?.pointee.data else { return }
                // Safe: the reference of `start` holds until uv_close, after which there are no callbacks.
                Unmanaged<Socket>.fromOpaque(data).takeUnretainedValue().becameReady(status, events)
            }
        }
    }

    private func becameReady(_ status: Int32, _ events: Int32) {
        let waiters = state.withLock { state -> (Waiter?, Waiter?) in
            guard !state.isClosed else { return (nil, nil) }
            // After an error libuv has stopped watching; both sides learn of it from their next call.
            if status < 0 { state.watched = 0 }
            var ready: (Waiter?, Waiter?) = (nil, nil)
            var wanted = state.watched
            if status < 0 || events & Int32(UV_READABLE.rawValue) != 0 {
                ready.0 = state.reader.take()
                if ready.0 == nil { wanted &= ~Int32(UV_READABLE.rawValue) }
            }
            if status < 0 || events & Int32(UV_WRITABLE.rawValue) != 0 {
                ready.1 = state.writer.take()
                wanted &= ~Int32(UV_WRITABLE.rawValue)
            }
            if wanted != state.watched { start(wanted, &state) }
            return ready
        }
        waiters.0?.continuation.resume(returning: .ready)
        waiters.1?.continuation.resume(returning: .ready)
    }

    private func unwatch() {
        let handle = state.withLock { state in state.handle.take() }
        guard let handle else { return }
        loop.sockets.remove(self)
        let pointer = UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self)
        uv_close(pointer) { handle in
            guard let handle, let data = handle.pointee.data else { return }
            // Safe: balances passRetained in `start`; this is the handle's last callback.
            Unmanaged<Socket>.fromOpaque(data).release()
            UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_poll_t.self).deallocate()
        }
    }
}
