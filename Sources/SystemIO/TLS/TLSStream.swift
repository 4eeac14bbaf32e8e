internal import COpenSSL
public import Core
internal import Glibc
private import Synchronization

/// A TCP connection under TLS. OpenSSL reads and writes the nonblocking descriptor itself; this waits where it would
/// block.
public final class TLSStream: ByteStream {
    public let peerAddress: String
    public var isEncrypted: Bool { true }
    private let socket: Socket
    private let session: Mutex<Session>

    /// What an SSL object may be asked to do next; it must not be used by two threads at once, hence the lock.
    private struct Session: ~Copyable {
        let pointer: OpaquePointer
        var isBroken = false
        deinit { SSL_free(pointer) }
    }

    private enum Step {
        case done(Int)
        case wait(Socket.Direction)
        case ended
        case failed(TransportError)
    }

    /// Slices are gathered up to the size of a TLS record, so that a head and a small body make one record.
    private static let recordBytes = 16 << 10

    private init(_ socket: Socket, peerAddress: String, _ context: TLSContext) throws(TransportError) {
        guard let pointer = SSL_new(context.pointer) else { throw .openSSL("session") }
        SSL_set_fd(pointer, socket.descriptor)
        self.socket = socket
        self.peerAddress = peerAddress
        session = Mutex(Session(pointer: pointer))
    }

    deinit { socket.close() }

    /// The server's handshake.
    static func accept(
        _ socket: Socket, peerAddress: String, _ context: TLSServerContext, deadline: Instant
    ) async throws(TransportError) -> TLSStream {
        let stream = try TLSStream(socket, peerAddress: peerAddress, context.current)
        _ = try await stream.perform("handshake", deadline) { SSL_accept($0) }
        return stream
    }

    /// The client's handshake. The certificate must be for `host`.
    static func connect(
        _ socket: Socket, peerAddress: String, host: String, _ context: TLSClientContext, deadline: Instant
    ) async throws(TransportError) -> TLSStream {
        let stream = try TLSStream(socket, peerAddress: peerAddress, context.context)
        let isNumeric = stream.session.withLock { session in
            // An address is compared with the certificate's addresses, and is never sent as a server name (RFC 6066).
            if X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session.pointer), host) == 1 { return true }
            SSL_set1_host(session.pointer, host)
            return false
        }
        if !isNumeric {
            stream.session.withLock { session in
                var name = Array(host.utf8CString)
                // SSL_set_tlsext_host_name is a macro.
                _ = name.withUnsafeMutableBytes {
                    SSL_ctrl(
                        session.pointer, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name), $0.baseAddress)
                }
            }
        }
        _ = try await stream.perform("handshake with \(host)", deadline) { SSL_connect($0) }
        return stream
    }

    /// `TLSv1.2` or `TLSv1.3`.
    public var protocolVersion: String {
        session.withLock { SSL_get_version($0.pointer).map { String(cString: $0) } ?? "" }
    }

    public func read(into slice: IOSlice, deadline: Instant) async throws(TransportError) -> Int {
        precondition(slice.count > 0, "room for at least one byte")
        return try await perform("read", deadline) { pointer in
            slice.withMutableBytes { SSL_read(pointer, $0.baseAddress, Int32(clamping: $0.count)) }
        } ?? 0
    }

    public func write(_ slices: [IOSlice], deadline: Instant) async throws(TransportError) {
        guard slices.count > 1 else {
            for slice in slices { try await writeAll(slice, deadline) }
            return
        }
        let record = IOBuffer(capacity: Self.recordBytes)
        var filled = 0
        for slice in slices where slice.count > 0 {
            if filled + slice.count > Self.recordBytes {
                try await writeAll(record.slice(0..<filled), deadline)
                filled = 0
            }
            guard slice.count <= Self.recordBytes else {
                try await writeAll(slice, deadline)
                continue
            }
            let place = record.slice(filled..<filled + slice.count)
            slice.withBytes { source in place.withMutableBytes { $0.copyMemory(from: source) } }
            filled += slice.count
        }
        try await writeAll(record.slice(0..<filled), deadline)
    }

    private func writeAll(_ slice: IOSlice, _ deadline: Instant) async throws(TransportError) {
        var rest = slice
        while rest.count > 0 {
            let part = rest
            let count = try await perform("write", deadline) { pointer in
                part.withBytes { SSL_write(pointer, $0.baseAddress, Int32(clamping: $0.count)) }
            }
            guard let count else { throw .closed }
            rest = rest.dropFirst(count)
        }
    }

    public func finishWriting() {
        session.withLock { session in
            ERR_clear_error()
            // One way only: what the peer still sends is read on. Sent at once or not at all.
            if !session.isBroken { SSL_shutdown(session.pointer) }
        }
        shutdown(socket.descriptor, Int32(SHUT_WR))
    }

    public func close() {
        guard !socket.isClosed else { return }
        session.withLock { session in
            ERR_clear_error()
            if !session.isBroken, SSL_is_init_finished(session.pointer) == 1 { SSL_shutdown(session.pointer) }
        }
        socket.close()
    }

    /// Repeats an OpenSSL call until it is done. nil at the end of the stream.
    private func perform(
        _ doing: String, _ deadline: Instant, _ call: (OpaquePointer) -> Int32
    ) async throws(TransportError) -> Int? {
        while true {
            guard !socket.isClosed else { throw .closed }
            switch step(doing, call) {
            case .done(let count): return count
            case .ended: return nil
            case .failed(let error): throw error
            case .wait(let direction): try await socket.wait(for: direction, deadline: deadline)
            }
        }
    }

    private func step(_ doing: String, _ call: (OpaquePointer) -> Int32) -> Step {
        session.withLock { session in
            if session.isBroken { return .failed(.closed) }
            ERR_clear_error()
            let result = call(session.pointer)
            if result > 0 { return .done(Int(result)) }
            let code = errno
            switch SSL_get_error(session.pointer, result) {
            case SSL_ERROR_WANT_READ: return .wait(.input)
            case SSL_ERROR_WANT_WRITE: return .wait(.output)
            case SSL_ERROR_ZERO_RETURN: return .ended
            case SSL_ERROR_SYSCALL:
                session.isBroken = true
                return .failed(code == 0 ? .closed : socket.failure(errno: code))
            default:
                // After a fatal error nothing may be asked of the session, not even a shutdown.
                session.isBroken = true
                return .failed(.openSSL(doing))
            }
        }
    }
}
