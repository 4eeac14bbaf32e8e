import Core
import Synchronization
import SystemIO

/// Hands out the numbers of operations and keys.
final class Counter: Sendable {
    private let value = Atomic(0)

    func next() -> Int { value.add(1, ordering: .relaxed).oldValue }
}

/// Looks at processor time and memory around a run, and at memory ten times a second meanwhile.
final class Watcher: Sendable {
    private struct State {
        var serverBefore = 0.0
        var serverAfter = 0.0
        var clientBefore = 0.0
        var clientAfter = 0.0
        var memoryBefore = 0
        var memoryPeak = 0
        var memoryAfter = 0
        var end = Instant.never
    }

    private let process: ServerProcess?
    private let state = Mutex(State())

    init(_ process: ServerProcess?) { self.process = process }

    /// Until it is cancelled.
    func watch(from start: Instant, _ clock: SystemClock) async {
        guard await clock.sleep(until: start) else { return }
        let (processor, memory) = (process?.processorSeconds ?? 0, process?.residentBytes ?? 0)
        state.withLock { state in
            state.serverBefore = processor
            state.clientBefore = ServerProcess.ownProcessorSeconds
            state.memoryBefore = memory
            state.memoryPeak = memory
        }
        while await clock.sleep(for: .milliseconds(100)) {
            guard let memory = process?.residentBytes else { continue }
            state.withLock { $0.memoryPeak = max($0.memoryPeak, memory) }
        }
    }

    func end(_ now: Instant) {
        let (processor, memory) = (process?.processorSeconds ?? 0, process?.residentBytes ?? 0)
        state.withLock { state in
            state.serverAfter = processor
            state.clientAfter = ServerProcess.ownProcessorSeconds
            state.memoryAfter = memory
            state.memoryPeak = max(state.memoryPeak, memory)
            state.end = now
        }
    }

    func result(from start: Instant) -> RunResult {
        let state = state.withLock { $0 }
        var result = RunResult()
        result.seconds = state.end.since(start).secondsAsDouble
        result.clientCPUSeconds = state.clientAfter - state.clientBefore
        guard process != nil else { return result }
        result.serverCPUSeconds = state.serverAfter - state.serverBefore
        result.memoryBefore = state.memoryBefore
        result.memoryPeak = state.memoryPeak
        result.memoryAfter = state.memoryAfter
        return result
    }
}
