public import Core

/// What one connection may take, and how slow its client may be.
public struct ServerLimits: Sendable, Equatable {
    public var head: HeadLimits
    /// From the first byte of a head (or from the connection's begin) to its end; then 408.
    public var headTimeout: TimeSpan
    /// Between two requests; then the connection is closed without a word.
    public var idleTimeout: TimeSpan
    /// For each read of a body: that much time without a single byte.
    public var bodyTimeout: TimeSpan
    /// For each 256 KiB of a response.
    public var writeTimeout: TimeSpan
    /// Bytes of a body that the handler left unread are taken in up to here, so that the connection can be used again.
    public var unreadBytes: Int
    /// How long a closing connection still takes in what the client sends, so that a reset does not destroy the response
    /// on its way (RFC 9112 section 9.6).
    public var lingerTimeout: TimeSpan

    public init(
        head: HeadLimits = HeadLimits(), headTimeout: TimeSpan = .seconds(30), idleTimeout: TimeSpan = .seconds(75),
        bodyTimeout: TimeSpan = .seconds(30), writeTimeout: TimeSpan = .seconds(30), unreadBytes: Int = 256 << 10,
        lingerTimeout: TimeSpan = .seconds(5)
    ) {
        self.head = head
        self.headTimeout = headTimeout
        self.idleTimeout = idleTimeout
        self.bodyTimeout = bodyTimeout
        self.writeTimeout = writeTimeout
        self.unreadBytes = unreadBytes
        self.lingerTimeout = lingerTimeout
    }
}
