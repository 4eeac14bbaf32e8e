import Core
import HTTP
import Synchronization
import SystemIO
import Testing

/// Loops for all tests: loops live as long as the process.
let testLoops = EventLoops(count: 2)
let testClock = SystemClock(testLoops)
let testTransport = SocketTransport(testLoops)

/// Runs `body` against an HTTP server on a port of the loopback interface.
func withServer(
    limits: ServerLimits = ServerLimits(), drain: ServerDrain = ServerDrain(), options: ListenerOptions = .init(),
    handler: @escaping @Sendable (HTTPExchange) async -> Void,
    _ body: (UInt16) async throws -> Void
) async throws {
    let listener = try Listener(host: "127.0.0.1", port: 0, loops: testLoops, options: options)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            await listener.run { stream in
                await HTTPServerConnection.serve(
                    stream, limits: limits, clock: testClock, drain: drain, handler: handler)
            }
        }
        let result: Result<Void, any Error>
        do {
            try await body(listener.port)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        drain.begin()
        listener.close()
        try await group.waitForAll()
        try result.get()
    }
}

func connect(_ port: UInt16) async throws -> any ByteStream {
    try await testTransport.connect(
        host: "127.0.0.1", port: port, tls: false, deadline: testClock.now + .seconds(60))
}

func connectHTTP(_ port: UInt16) async throws -> HTTPClientConnection {
    HTTPClientConnection(try await connect(port), clock: testClock)
}

/// A value that tasks of a test share.
final class Shared<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>
    init(_ value: Value) { mutex = Mutex(value) }
    var value: Value { mutex.withLock { $0 } }
    func change(_ body: (inout Value) -> Void) { mutex.withLock { body(&$0) } }
}
