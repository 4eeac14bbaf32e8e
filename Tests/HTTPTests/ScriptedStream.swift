import Core
import Synchronization

/// A stream whose input is known beforehand, piece by piece, and whose output is recorded. Between the pieces nothing
/// else arrives, so that what a server does with an exact cut can be told.
final class ScriptedStream: ByteStream {
    private struct State {
        var pieces: [[UInt8]]
        var output: [UInt8] = []
        var writes = 0
        var events: [String] = []
        var isClosed = false
    }

    let peerAddress = "192.0.2.1"
    let isEncrypted = false
    private let state: Mutex<State>

    init(_ pieces: [[UInt8]]) { state = Mutex(State(pieces: pieces)) }

    convenience init(_ texts: String...) { self.init(texts.map { Array($0.utf8) }) }

    var output: String { state.withLock { String(decoding: $0.output, as: UTF8.self) } }
    var writes: Int { state.withLock { $0.writes } }
    /// What happened in order: "read", "write", "finish", "close".
    var events: [String] { state.withLock { $0.events } }

    func read(into slice: IOSlice, deadline: Instant) async throws(TransportError) -> Int {
        let result = state.withLock { state -> Result<Int, TransportError> in
            if state.isClosed { return .failure(.closed) }
            state.events.append("read")
            while state.pieces.first?.isEmpty == true { state.pieces.removeFirst() }
            guard let first = state.pieces.first else { return .success(0) }
            let count = min(first.count, slice.count)
            slice.withMutableBytes { $0.copyBytes(from: first[..<count]) }
            state.pieces[0].removeFirst(count)
            return .success(count)
        }
        return try result.get()
    }

    func write(_ slices: [IOSlice], deadline: Instant) async throws(TransportError) {
        let isClosed = state.withLock { state in
            state.events.append("write")
            state.writes += 1
            for slice in slices { state.output += slice.bytes }
            return state.isClosed
        }
        if isClosed { throw .closed }
    }

    func finishWriting() { state.withLock { $0.events.append("finish") } }

    func close() {
        state.withLock { state in
            state.isClosed = true
            state.events.append("close")
        }
    }
}

/// Stands still at a known moment.
struct FrozenClock: Clock {
    let now = Instant(nanoseconds: 1_000_000_000)
    let wallTime = WallTime(milliseconds: 784_111_777_000)
    func sleep(until deadline: Instant) async -> Bool { true }
}
