internal import CLinux
public import Core
internal import Glibc

/// TCP connections that live on the loop of the task that makes them, or on the least loaded one.
public struct SocketTransport: Transport {
    private let loops: EventLoops
    private let resolver: ComputePool

    /// - Parameter resolver: looks up names, which may take seconds; a pool of its own keeps these from digests.
    public init(_ loops: EventLoops, resolver: ComputePool = ComputePool(threads: 1)) {
        self.loops = loops
        self.resolver = resolver
    }

    public func connect(
        host: String, port: UInt16, tls: Bool, deadline: Instant
    ) async throws(TransportError) -> any ByteStream {
        var failure = TransportError.unreachable(host)
        for address in try await addresses(host, port) {
            do throws(TransportError) {
                return try await connect(address, deadline)
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

    private func connect(_ address: SocketAddress, _ deadline: Instant) async throws(TransportError) -> SocketStream {
        let descriptor = roost_socket(address.family)
        guard descriptor >= 0 else { throw TransportError(errno: errno) }
        SocketAddress.setOption(descriptor, Int32(IPPROTO_TCP), Int32(TCP_NODELAY), 1)
        let stream = SocketStream(Socket(descriptor, loops.nearest), peerAddress: address.host)
        let result = address.withPointer { pointer, length in Glibc.connect(descriptor, pointer, length) }
        if result != 0 {
            let code = errno
            guard code == EINPROGRESS || code == EINTR else { throw TransportError(errno: code) }
            switch await stream.socket.wait(for: .output, deadline: deadline) {
            case .ready: break
            case .timedOut: throw .timedOut
            case .closed: throw .closed
            }
            var error: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length)
            guard error == 0 else { throw TransportError(errno: error) }
        }
        return stream
    }
}
