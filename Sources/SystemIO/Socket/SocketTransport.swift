internal import CLinux
public import Core
internal import Glibc

/// TCP connections that live on the loop of the task that makes them, or on the least loaded one.
public struct SocketTransport: Transport {
    private let loops: EventLoops
    private let resolver: ComputePool
    private let tls: TLSClientContext?

    /// - Parameters:
    ///   - resolver: looks up names, which may take seconds; a pool of its own keeps these from digests.
    ///   - tls: how servers are judged; without it, connections under TLS are refused.
    public init(
        _ loops: EventLoops, resolver: ComputePool = ComputePool(threads: 1), tls: TLSClientContext? = nil
    ) {
        self.loops = loops
        self.resolver = resolver
        self.tls = tls
    }

    public func connect(
        host: String, port: UInt16, tls: Bool, deadline: Instant
    ) async throws(TransportError) -> any ByteStream {
        if tls, self.tls == nil { throw .tls("no authorities to judge servers by") }
        let (socket, peer) = try await connectAny(host, port, deadline)
        guard tls, let context = self.tls else { return SocketStream(socket, peerAddress: peer) }
        do throws(TransportError) {
            return try await TLSStream.connect(socket, peerAddress: peer, host: host, context, deadline: deadline)
        } catch {
            socket.close()
            throw error
        }
    }

    /// The first of the host's addresses that answers.
    private func connectAny(
        _ host: String, _ port: UInt16, _ deadline: Instant
    ) async throws(TransportError) -> (Socket, peer: String) {
        var failure = TransportError.unreachable(host)
        for address in try await addresses(host, port) {
            do throws(TransportError) {
                return (try await connect(address, deadline), address.host)
            } catch {
                failure = error
            }
        }
        throw failure
    }

    private func addresses(_ host: String, _ port: UInt16) async throws(TransportError) -> [SocketAddress] {
        if case .success(let numeric) = SocketAddress.resolve(host: host, port: port, isNumeric: true) {
            return numeric
        }
        return try await resolver.run { SocketAddress.resolve(host: host, port: port) }.get()
    }

    private func connect(_ address: SocketAddress, _ deadline: Instant) async throws(TransportError) -> Socket {
        let descriptor = roost_socket(address.family)
        guard descriptor >= 0 else { throw TransportError(errno: errno) }
        SocketAddress.setOption(descriptor, Int32(IPPROTO_TCP), Int32(TCP_NODELAY), 1)
        let socket = Socket(descriptor, loops.nearest)
        do throws(TransportError) {
            try await finishConnecting(socket, address, deadline)
            return socket
        } catch {
            socket.close()
            throw error
        }
    }

    private func finishConnecting(
        _ socket: Socket, _ address: SocketAddress, _ deadline: Instant
    ) async throws(TransportError) {
        let result = address.withPointer { pointer, length in Glibc.connect(socket.descriptor, pointer, length) }
        guard result != 0 else { return }
        let code = errno
        guard code == EINPROGRESS || code == EINTR else { throw TransportError(errno: code) }
        try await socket.wait(for: .output, deadline: deadline)
        var error: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(socket.descriptor, SOL_SOCKET, SO_ERROR, &error, &length)
        guard error == 0 else { throw TransportError(errno: error) }
    }
}
