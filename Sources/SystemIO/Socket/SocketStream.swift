internal import CLinux
public import Core
internal import Glibc
private import Synchronization

/// A TCP connection without encryption.
public final class SocketStream: ByteStream {
    public let peerAddress: String
    public var isEncrypted: Bool { false }
    let socket: Socket
    /// False after a read that emptied the socket: the next one waits at once instead of asking in vain.
    private let mayHaveInput = Atomic(true)

    private static let vectorsPerCall = 64

    init(_ socket: Socket, peerAddress: String) {
        self.socket = socket
        self.peerAddress = peerAddress
    }

    deinit { socket.close() }

    public func read(into slice: IOSlice, deadline: Instant) async throws(TransportError) -> Int {
        precondition(slice.count > 0, "room for at least one byte")
        while true {
            if mayHaveInput.load(ordering: .relaxed) {
                guard !socket.isClosed else { throw .closed }
                let count = slice.withMutableBytes { recv(socket.descriptor, $0.baseAddress, $0.count, 0) }
                if count >= 0 {
                    // A short read has emptied the socket. What comes later shows as readiness.
                    mayHaveInput.store(count == 0 || count == slice.count, ordering: .relaxed)
                    return count
                }
                let code = errno
                if code == EINTR { continue }
                guard code == EAGAIN else { throw socket.failure(errno: code) }
            }
            try await socket.wait(for: .input, deadline: deadline)
            mayHaveInput.store(true, ordering: .relaxed)
        }
    }

    public func write(_ slices: [IOSlice], deadline: Instant) async throws(TransportError) {
        var index = 0
        var offset = 0
        while index < slices.count {
            guard !socket.isClosed else { throw .closed }
            let sent = Self.send(slices, from: index, offset, to: socket.descriptor)
            if sent < 0 {
                let code = errno
                if code == EINTR { continue }
                guard code == EAGAIN else { throw socket.failure(errno: code) }
                try await socket.wait(for: .output, deadline: deadline)
                continue
            }
            var left = sent
            while index < slices.count, left >= slices[index].count - offset {
                left -= slices[index].count - offset
                index += 1
                offset = 0
            }
            offset += left
        }
    }

    public func finishWriting() { if !socket.isClosed { shutdown(socket.descriptor, Int32(SHUT_WR)) } }

    public func close() { socket.close() }

    /// One sendmsg of up to 64 slices, beginning `offset` bytes into slice `first`.
    private static func send(_ slices: [IOSlice], from first: Int, _ offset: Int, to descriptor: Int32) -> Int {
        let count = min(slices.count - first, vectorsPerCall)
        return withUnsafeTemporaryAllocation(of: iovec.self, capacity: count) { vectors in
            for position in 0..<count {
                slices[first + position].withMutableBytes { bytes in
                    let skipped = position == 0 ? offset : 0
                    // Safe: `slices` keeps the buffers alive beyond this call, and a buffer never moves.
                    vectors[position] = iovec(
                        iov_base: bytes.baseAddress.map { $0 + skipped }, iov_len: bytes.count - skipped)
                }
            }
            return Int(roost_send(descriptor, vectors.baseAddress, Int32(count)))
        }
    }
}

extension TransportError {
    init(errno code: Int32) {
        self =
            switch code {
            case ECONNRESET, EPIPE, ENOTCONN, ESHUTDOWN: .closed
            case ETIMEDOUT: .timedOut
            case ECONNREFUSED: .refused
            case EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL, EAFNOSUPPORT: .unreachable(SystemErrorText.of(code))
            default: .system(code)
            }
    }
}
