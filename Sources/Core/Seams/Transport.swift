public enum TransportError: Error, Equatable, Sendable {
    /// The peer closed or reset the connection.
    case closed
    case timedOut
    case refused
    /// Name could not be resolved, or the address cannot be used; a message.
    case unreachable(String)
    /// The TLS peer or library said no; a message.
    case tls(String)
    case system(Int32)
    case cancelled
}

/// Seam: a connection. One reader and one writer at a time.
public protocol ByteStream: AnyObject, Sendable {
    /// For logs and rate limits: the peer's address without its port.
    var peerAddress: String { get }
    var isEncrypted: Bool { get }
    /// Waits for at least one byte; returns how many came, 0 at the end of the stream.
    func read(into slice: IOSlice, deadline: Instant) async throws(TransportError) -> Int
    /// Returns when the kernel has taken all bytes: backpressure is that wait.
    func write(_ slices: [IOSlice], deadline: Instant) async throws(TransportError)
    /// No more bytes will be written; what was written still arrives.
    func finishWriting()
    /// Ends both directions at once; pending reads and writes throw `.closed`.
    func close()
}

/// Seam: makes and accepts connections. A task that accepts or connects stays on its event loop.
public protocol Transport: Sendable {
    func connect(host: String, port: UInt16, tls: Bool, deadline: Instant) async throws(TransportError)
        -> any ByteStream
}
