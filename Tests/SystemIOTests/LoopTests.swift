import Core
import Glibc
import SystemIO
import Testing

/// Lives on a loop.
private actor Pinned {
    private let loop: EventLoop
    private var count = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.serialExecutor.asUnownedSerialExecutor() }

    init(_ loop: EventLoop) { self.loop = loop }

    func increment() -> Bool {
        count += 1
        loop.serialExecutor.checkIsolated()
        return loop.isCurrent
    }

    var total: Int { count }
}

@Suite struct LoopTests {
    @Test func aPinnedTaskStaysOnItsLoopAcrossWaits() async {
        await withTaskGroup(of: Bool.self) { group in
            for loop in testLoops.loops {
                group.addTask(executorPreference: loop) {
                    for _ in 0..<20 {
                        guard loop.isCurrent, EventLoop.current === loop else { return false }
                        _ = await testClock.sleep(for: .milliseconds(1))
                    }
                    return loop.isCurrent
                }
            }
            for await stayed in group { #expect(stayed) }
        }
    }

    @Test func anActorOnALoopRunsThere() async {
        let actor = Pinned(testLoops.loops[1])
        await withTaskGroup(of: Bool.self) { group in
            for index in 0..<200 {
                group.addTask(executorPreference: testLoops.loops[index % 2]) { await actor.increment() }
            }
            for await isThere in group { #expect(isThere) }
        }
        #expect(await actor.total == 200)
    }

    @Test func sleepersWakeInOrderAndNotEarly() async {
        let order = Shared<[Int]>([])
        let began = testClock.now
        await withTaskGroup(of: Void.self) { group in
            for delay in [300, 100, 200, 400] {
                group.addTask(executorPreference: testLoops.loops[0]) {
                    let deadline = began + .milliseconds(delay)
                    #expect(await testClock.sleep(until: deadline))
                    #expect(testClock.now >= deadline)
                    order.change { $0.append(delay) }
                }
            }
        }
        #expect(order.value == [100, 200, 300, 400])
    }

    @Test func cancellationEndsASleepAtOnce() async {
        let began = testClock.now
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<1000 { group.addTask { await testClock.sleep(for: .seconds(3600)) } }
            group.cancelAll()
            for await isDue in group { #expect(!isDue) }
        }
        // A busy machine may take seconds; none of the sleeps may be waited for.
        #expect(testClock.now.since(began) < .seconds(60))
        #expect(await testClock.sleep(until: Instant(nanoseconds: 0)))
    }

    @Test func computeGivesResultsOffTheLoops() async {
        let pool = ComputePool(threads: 2)
        let results = await withTaskGroup(of: Int.self) { group in
            for number in 0..<500 {
                group.addTask(executorPreference: testLoops.loops[0]) {
                    let (value, wasOnLoop) = await pool.run { (number * 2, EventLoop.current != nil) }
                    #expect(!wasOnLoop && testLoops.loops[0].isCurrent)
                    return value
                }
            }
            return await group.reduce(0, +)
        }
        #expect(results == 499 * 500)
    }

    @Test func entropyDoesNotRepeat() {
        let entropy = SystemEntropy()
        #expect(Set((0..<10_000).map { _ in entropy.next() }).count == 10_000)
    }

    @Test func aRefusedConnectionSaysSo() async throws {
        let listener = try Listener(host: "127.0.0.1", port: 0, loops: testLoops)
        let port = listener.port
        listener.close()
        try await eventually {
            do throws(TransportError) {
                _ = try await testTransport.connect(
                    host: "127.0.0.1", port: port, tls: false, deadline: testClock.now + .seconds(1))
                return false
            } catch {
                return error == .refused
            }
        }
        await #expect(throws: TransportError.self) {
            _ = try await testTransport.connect(
                host: "no-such-host.invalid", port: 1, tls: false, deadline: testClock.now + .seconds(60))
        }
    }

    @Test(arguments: [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("localhost", nil), ("", "127.0.0.1")])
    func listensAndConnects(_ host: String, _ peer: String?) async throws {
        let listener: Listener
        do throws(TransportError) {
            listener = try Listener(host: host, port: 0, loops: testLoops)
        } catch {
            // A machine without IPv6.
            #expect(host == "::1")
            return
        }
        let seen = OneShot<String>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await listener.run { stream in seen.send(stream.peerAddress) } }
            _ = try await testTransport.connect(
                host: host.isEmpty ? "127.0.0.1" : host, port: listener.port, tls: false,
                deadline: testClock.now + .seconds(60))
            let address = await seen.value()
            if let peer { #expect(address == peer) }
            listener.close()
            try await group.waitForAll()
        }
    }

    @Test func cancellationEndsAWaitForInput() async throws {
        let listener = try Listener(host: "127.0.0.1", port: 0, loops: testLoops)
        let stream = try await testTransport.connect(
            host: "127.0.0.1", port: listener.port, tls: false, deadline: testClock.now + .seconds(60))
        let buffer = IOBuffer(capacity: 4096)
        for delay in [0, 20] {
            await withTaskGroup(of: TransportError?.self) { group in
                group.addTask {
                    do throws(TransportError) {
                        _ = try await stream.read(into: buffer.all, deadline: .never)
                        return nil
                    } catch {
                        return error
                    }
                }
                if delay > 0 { _ = await testClock.sleep(for: .milliseconds(delay)) }
                group.cancelAll()
                for await error in group { #expect(error == .cancelled) }
            }
        }
        listener.close()
    }

    @Test func signalsArriveAsMessages() async {
        let signals = Signals(testLoops)
        // The handlers are installed on the loop; a signal before that would end the tests.
        await withTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: testLoops.loops[0]) { _ = await testClock.sleep(for: .milliseconds(20)) }
        }
        kill(getpid(), SIGHUP)
        #expect(await signals.next() == [.reload])
        kill(getpid(), SIGTERM)
        #expect(await signals.next() == [.terminate])
    }

    /// Two loops and two clients: each loop serves one, however many ports are listened on.
    @Test func connectionsAreSpreadOverTheLoops() async throws {
        let loops = EventLoops(count: 2)
        let transport = SocketTransport(testLoops)
        let listeners = try (0..<3).map { _ throws(TransportError) in
            try Listener(host: "127.0.0.1", port: 0, loops: loops)
        }
        let served = Shared<Set<Int>>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for listener in listeners {
                group.addTask {
                    await listener.run { stream in
                        if let loop = EventLoop.current { served.change { $0.insert(loop.index) } }
                        let buffer = IOBuffer(capacity: 4096)
                        _ = try? await stream.read(into: buffer.all, deadline: testClock.now + .seconds(60))
                    }
                }
            }
            var streams: [any ByteStream] = []
            for _ in 0..<2 {
                streams.append(
                    try await transport.connect(
                        host: "127.0.0.1", port: listeners[0].port, tls: false, deadline: testClock.now + .seconds(60)))
                let expected = streams.count
                try await eventually { served.value.count == expected }
            }
            for stream in streams { stream.close() }
            for listener in listeners { listener.close() }
            try await group.waitForAll()
        }
        #expect(served.value == [0, 1])
    }
}
