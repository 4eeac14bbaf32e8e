internal import COpenSSL
public import Core
private import Synchronization

/// An SSL_CTX that is freed with its last reference.
// Safe: @unchecked because the context is not changed after `init`; OpenSSL counts references to it atomically and
// locks its session cache.
final class TLSContext: @unchecked Sendable {
    let pointer: OpaquePointer

    /// TLS 1.2 and 1.3 only; for 1.2 only suites with forward secrecy and authenticated encryption (RFC 9325 section 4).
    init(_ method: OpaquePointer?) throws(TransportError) {
        guard let context = SSL_CTX_new(method) else { throw .openSSL("context") }
        pointer = context
        // SSL_CTX_set_min_proto_version is a macro.
        SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
        SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20")
        // SSL_OP_NO_RENEGOTIATION (bit 30), SSL_OP_NO_COMPRESSION (17), SSL_OP_IGNORE_UNEXPECTED_EOF (7): a peer that
        // closes without close_notify is common; HTTP's own framing tells a truncated body from a whole one.
        SSL_CTX_set_options(context, 1 << 30 | 1 << 17 | 1 << 7)
        // SSL_MODE_ENABLE_PARTIAL_WRITE | ACCEPT_MOVING_WRITE_BUFFER | RELEASE_BUFFERS.
        SSL_CTX_ctrl(context, SSL_CTRL_MODE, 1 | 2 | 16, nil)
    }

    deinit { SSL_CTX_free(pointer) }
}

/// The certificate chain and key that a server shows. They are read again from their files by `reload`; connections that
/// are open keep what they began with.
public final class TLSServerContext: Sendable {
    public let certificatePath: String
    public let keyPath: String
    private let state: Mutex<State>

    private struct State {
        var context: TLSContext
        var stamp: FileStamp
    }

    /// - Parameters:
    ///   - certificatePath: PEM; the server's certificate first, then its intermediates.
    ///   - keyPath: PEM, without a password.
    public init(certificatePath: String, keyPath: String) throws(TransportError) {
        self.certificatePath = certificatePath
        self.keyPath = keyPath
        let stamp = FileStamp(certificatePath, keyPath)
        state = Mutex(State(context: try Self.load(certificatePath, keyPath), stamp: stamp))
    }

    /// Reads both files again. On an error the old certificate stays in use.
    public func reload() throws(TransportError) {
        let stamp = FileStamp(certificatePath, keyPath)
        let context = try Self.load(certificatePath, keyPath)
        state.withLock { $0 = State(context: context, stamp: stamp) }
    }

    /// Reloads if either file has changed since it was last looked at; true if a new certificate is in use. For a worker
    /// that asks now and then. A broken pair is reported once, and tried again when a file changes once more.
    public func reloadIfChanged() throws(TransportError) -> Bool {
        let stamp = FileStamp(certificatePath, keyPath)
        let isChanged = state.withLock { state in
            defer { state.stamp = stamp }
            return state.stamp != stamp
        }
        guard isChanged else { return false }
        try reload()
        return true
    }

    var current: TLSContext { state.withLock { $0.context } }

    private static func load(_ certificatePath: String, _ keyPath: String) throws(TransportError) -> TLSContext {
        let context = try TLSContext(TLS_server_method())
        ERR_clear_error()
        guard SSL_CTX_use_certificate_chain_file(context.pointer, certificatePath) == 1 else {
            throw .openSSL("certificate \(certificatePath)")
        }
        guard SSL_CTX_use_PrivateKey_file(context.pointer, keyPath, SSL_FILETYPE_PEM) == 1 else {
            throw .openSSL("key \(keyPath)")
        }
        guard SSL_CTX_check_private_key(context.pointer) == 1 else {
            throw .openSSL("key \(keyPath) does not belong to certificate \(certificatePath)")
        }
        SSL_CTX_set_alpn_select_cb(context.pointer, selectProtocol, nil)
        return context
    }
}

/// `http/1.1` if the client offers it; a client that offers only others is refused (RFC 7301 section 3.2).
private func selectProtocol(
    _: OpaquePointer?, _ out: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, _ outLength: UnsafeMutablePointer<UInt8>?,
    _ offered: UnsafePointer<UInt8>?, _ offeredLength: UInt32, _: UnsafeMutableRawPointer?
) -> Int32 {
    guard let out, let outLength, let offered else { return SSL_TLSEXT_ERR_NOACK }
    let wanted = Array("http/1.1".utf8)
    // Safe: OpenSSL checked the list's form, and the result points into it as its interface asks.
    var position = 0
    while position < Int(offeredLength) {
        let length = Int(offered[position])
        let name = UnsafeBufferPointer(start: offered + position + 1, count: length)
        if name.elementsEqual(wanted) {
            out.pointee = offered + position + 1
            outLength.pointee = UInt8(length)
            return SSL_TLSEXT_ERR_OK
        }
        position += 1 + length
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL
}

/// How a client judges servers.
public final class TLSClientContext: Sendable {
    let context: TLSContext

    /// - Parameter certificateAuthorityPath: PEM with the authorities to trust; nil for those of the system.
    public init(certificateAuthorityPath: String? = nil) throws(TransportError) {
        context = try TLSContext(TLS_client_method())
        ERR_clear_error()
        if let path = certificateAuthorityPath {
            guard SSL_CTX_load_verify_locations(context.pointer, path, nil) == 1 else {
                throw .openSSL("authorities \(path)")
            }
        } else {
            guard SSL_CTX_set_default_verify_paths(context.pointer) == 1 else { throw .openSSL("authorities") }
        }
        SSL_CTX_set_verify(context.pointer, SSL_VERIFY_PEER, nil)
        let protocols: [UInt8] = [8] + Array("http/1.1".utf8)
        SSL_CTX_set_alpn_protos(context.pointer, protocols, UInt32(protocols.count))
    }
}
