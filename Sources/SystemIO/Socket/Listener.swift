internal import CLinux
public import Core
internal import Glibc
private import Synchronization

/// A bound port. One task accepts and hands each connection to the loop with the fewest.
public final class Listener: Sendable {
    /// As bound; of interest when port 0 was asked for.
    public let port: UInt16
    private let socket: Socket
    private let loops: EventLoops
    private let options: ListenerOptions
    private let openConnections = Atomic(0)

    /// - Parameters:
    ///   - host: an address, or a name that stands for one; empty for all addresses.
    ///   - port: 0 lets the kernel choose.
    public init(
        host: String, port: UInt16, loops: EventLoops, options: ListenerOptions = ListenerOptions()
    ) throws(TransportError) {
        let addresses = try SocketAddress.resolve(host: host, port: port, isPassive: true).get()
        var failure = TransportError.unreachable(host)
        var bound: Int32?
        // All addresses means IPv6 with IPv4 mapped into it; where there is no IPv6, IPv4 alone.
        let ordered = addresses.filter { $0.family == AF_INET6 } + addresses.filter { $0.family != AF_INET6 }
        for address in host.isEmpty ? ordered : addresses where bound == nil {
            do throws(TransportError) {
                bound = try Self.bind(address, isDual: host.isEmpty, backlog: options.backlog)
            } catch {
                failure = error
            }
        }
        guard let descriptor = bound, let local = SocketAddress.local(of: descriptor) else { throw failure }
        self.port = local.port
        self.loops = loops
        self.options = options
        self.socket = Socket(descriptor, loops.loops[0], isConnection: false)
    }

    /// Connections that are being served.
    public var connectionCount: Int { openConnections.load(ordering: .relaxed) }

    /// Accepts until `close`, and returns when the last connection has ended. Each connection is a child task that is
    /// pinned to its loop; its stream is closed when the handler returns.
    public func run(_ handler: @escaping @Sendable (any ByteStream) async -> Void) async {
        let queues = loops.loops.map { ($0, Mailbox<Accepted>()) }
        await withDiscardingTaskGroup { group in
            for (loop, queue) in queues {
                group.addTask(executorPreference: loop) { await self.serve(queue, on: loop, handler) }
            }
            group.addTask(executorPreference: loops.loops[0]) {
                await self.accept { loop, accepted in
                    queues.first { $0.0 === loop }?.1.send(accepted)
                }
                for (_, queue) in queues { queue.close() }
            }
        }
    }

    /// Stops accepting; connections go on. Idempotent.
    public func close() { socket.close() }

    private struct Accepted: Sendable {
        var socket: Socket
        var address: SocketAddress
    }

    private func serve(
        _ queue: Mailbox<Accepted>, on loop: EventLoop, _ handler: @escaping @Sendable (any ByteStream) async -> Void
    ) async {
        await withDiscardingTaskGroup { group in
            while let batch = await queue.receive() {
                for accepted in batch {
                    group.addTask(executorPreference: loop) {
                        await self.serve(accepted, handler)
                        self.openConnections.subtract(1, ordering: .relaxed)
                    }
                }
            }
        }
    }

    private func serve(_ accepted: Accepted, _ handler: @Sendable (any ByteStream) async -> Void) async {
        guard let tls = options.tls else {
            let stream = SocketStream(accepted.socket, peerAddress: accepted.address.host)
            await handler(stream)
            stream.close()
            return
        }
        do throws(TransportError) {
            let stream = try await TLSStream.accept(
                accepted.socket, peerAddress: accepted.address.host, tls,
                deadline: SystemClock.now + options.handshakeTimeout)
            await handler(stream)
            stream.close()
        } catch {
            // A client that speaks no TLS, or not ours; it has had its alert.
            options.log.write(.debug, "TLS handshake failed", ["peer": accepted.address.host, "error": "\(error)"])
            accepted.socket.close()
        }
    }

    private func accept(_ hand: (EventLoop, Accepted) -> Void) async {
        while true {
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            guard !socket.isClosed else { return }
            let descriptor = roost_accept(socket.descriptor, &storage, &length)
            if descriptor < 0 {
                switch errno {
                case EINTR, ECONNABORTED: continue
                case EAGAIN:
                    // Closed, or the task was cancelled.
                    do throws(TransportError) { try await socket.wait(for: .input, deadline: .never) } catch { return }
                case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                    // Out of descriptors or memory: the backlog waits until connections end. Asking at once would spin.
                    _ = await SystemClock(loops).sleep(for: .milliseconds(50))
                default:
                    if socket.isClosed { return }
                    _ = await SystemClock(loops).sleep(for: .milliseconds(50))
                }
                continue
            }
            guard openConnections.load(ordering: .relaxed) < options.maximumConnections else {
                refuse(descriptor)
                continue
            }
            openConnections.add(1, ordering: .relaxed)
            SocketAddress.setOption(descriptor, Int32(IPPROTO_TCP), Int32(TCP_NODELAY), 1)
            let loop = loops.leastLoaded
            let address = SocketAddress(storage, length: length)
            hand(loop, Accepted(socket: Socket(descriptor, loop), address: address))
        }
    }

    /// Says why, as far as the socket's empty buffer takes it, and closes.
    private func refuse(_ descriptor: Int32) {
        if !options.refusal.isEmpty {
            _ = options.refusal.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        }
        Glibc.close(descriptor)
    }

    private static func bind(_ address: SocketAddress, isDual: Bool, backlog: Int) throws(TransportError) -> Int32 {
        let descriptor = roost_socket(address.family)
        guard descriptor >= 0 else { throw TransportError(errno: errno) }
        SocketAddress.setOption(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
        if address.family == AF_INET6 {
            SocketAddress.setOption(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, isDual ? 0 : 1)
        }
        let isBound = address.withPointer { pointer, length in Glibc.bind(descriptor, pointer, length) } == 0
        guard isBound, listen(descriptor, Int32(backlog)) == 0 else {
            let code = errno
            Glibc.close(descriptor)
            throw TransportError(errno: code)
        }
        return descriptor
    }
}

public struct ListenerOptions: Sendable {
    /// Connections at a time; past that they are refused at once.
    public var maximumConnections: Int
    /// What a refused client is told, in the clear; empty for nothing.
    public var refusal: [UInt8]
    /// Connections that the kernel keeps while the acceptor is busy.
    public var backlog: Int
    /// nil for connections in the clear.
    public var tls: TLSServerContext?
    public var handshakeTimeout: TimeSpan
    public var log: Log

    public init(
        maximumConnections: Int = 10_000, refusal: [UInt8] = [], backlog: Int = 1024, tls: TLSServerContext? = nil,
        handshakeTimeout: TimeSpan = .seconds(10), log: Log = .none
    ) {
        self.maximumConnections = maximumConnections
        self.refusal = refusal
        self.backlog = backlog
        self.tls = tls
        self.handshakeTimeout = handshakeTimeout
        self.log = log
    }
}
