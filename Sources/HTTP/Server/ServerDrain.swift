internal import Core
private import Synchronization

/// Ends a server's connections gracefully: those that wait for a request are closed at once; those with a request under
/// way answer it with `connection: close`. One drain serves all connections of a server.
public final class ServerDrain: Sendable {
    private let hasBegun = Atomic(false)
    private let connections = Mutex<[ObjectIdentifier: Connection]>([:])

    public init() {}

    public var isDraining: Bool { hasBegun.load(ordering: .acquiring) }

    /// Connections that are open now.
    public var connectionCount: Int { connections.withLock { $0.count } }

    /// Idempotent. New connections are closed before their first request from now on.
    public func begin() {
        hasBegun.store(true, ordering: .sequentiallyConsistent)
        let open = connections.withLock { Array($0.values) }
        for connection in open { connection.closeIfIdle() }
    }

    /// Ends what is left at once: requests that did not finish in time are cut off.
    public func closeAll() {
        let open = connections.withLock { Array($0.values) }
        for connection in open { connection.close() }
    }

    func register(_ stream: any ByteStream) -> Connection {
        let connection = Connection(stream, self)
        connections.withLock { $0[ObjectIdentifier(connection)] = connection }
        return connection
    }

    func unregister(_ connection: Connection) {
        connections.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(connection)) }
    }

    /// One connection's share: whether it may be closed without loss. Either side moves it from idle first, the other
    /// then sees that it came too late.
    final class Connection: Sendable {
        private enum Phase {
            static let busy: UInt8 = 0
            static let idle: UInt8 = 1
            static let closed: UInt8 = 2
        }

        private let stream: any ByteStream
        private unowned let drain: ServerDrain
        private let phase = Atomic(Phase.busy)

        init(_ stream: any ByteStream, _ drain: ServerDrain) {
            self.stream = stream
            self.drain = drain
        }

        /// Before waiting for a request. False: the server drains, close.
        func becomeIdle() -> Bool {
            phase.store(Phase.idle, ordering: .sequentiallyConsistent)
            return !drain.hasBegun.load(ordering: .sequentiallyConsistent)
        }

        /// When its first byte has come. False: the drain has closed the stream.
        func becomeBusy() -> Bool {
            phase.compareExchange(expected: Phase.idle, desired: Phase.busy, ordering: .acquiringAndReleasing).exchanged
        }

        fileprivate func close() { stream.close() }

        fileprivate func closeIfIdle() {
            let (closes, _) = phase.compareExchange(
                expected: Phase.idle, desired: Phase.closed, ordering: .acquiringAndReleasing)
            if closes { stream.close() }
        }
    }
}
