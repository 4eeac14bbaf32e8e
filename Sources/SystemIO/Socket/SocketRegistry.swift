internal import CUV
internal import Core

/// The open sockets of one loop, looked at every 100 ms for passed deadlines: a deadline then costs no call of its own.
/// Touched on the loop's thread only.
final class SocketRegistry {
    private var sockets: [ObjectIdentifier: Socket] = [:]
    private let timer: UnsafeMutablePointer<uv_timer_t>

    static let tickMilliseconds: UInt64 = 100

    init(_ loop: EventLoop) {
        timer = .allocate(capacity: 1)
        uv_timer_init(loop.uv, timer)
    }

    func add(_ socket: Socket) {
        sockets[ObjectIdentifier(socket)] = socket
        guard sockets.count == 1 else { return }
        timer.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        uv_timer_start(
            timer,
            { handle in
                guard let data = handle?.pointee.data else { return }
                // Safe: the registry lives as long as its loop, and loops are never freed.
                Unmanaged<SocketRegistry>.fromOpaque(data).takeUnretainedValue().tick()
            }, Self.tickMilliseconds, Self.tickMilliseconds)
    }

    func remove(_ socket: Socket) {
        guard sockets.removeValue(forKey: ObjectIdentifier(socket)) != nil else { return }
        if sockets.isEmpty { uv_timer_stop(timer) }
    }

    private func tick() {
        let now = SystemClock.now
        for socket in sockets.values { socket.expire(now) }
    }
}
