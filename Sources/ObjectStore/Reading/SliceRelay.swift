import Core
import S3
import Synchronization

/// Hands bytes from a task that reads to one that writes, one batch at a time: while one is consumed the next is read.
/// One task sends, one receives.
final class SliceRelay: Sendable {
    private struct State {
        var batch: [IOSlice]?
        var end: Result<Void, S3Error>?
        var isClosed = false
        var sender: OneShot<Void>?
        var receiver: OneShot<Void>?
    }

    private enum Step {
        case done(Bool)
        case wait(OneShot<Void>)
    }

    private let state = Mutex(State())

    /// Returns once the batch before was taken. False: nobody wants any more.
    func send(_ batch: [IOSlice]) async -> Bool {
        while true {
            let (step, receiver) = state.withLock { state -> (Step, OneShot<Void>?) in
                if state.isClosed { return (.done(false), nil) }
                if state.batch == nil {
                    state.batch = batch
                    return (.done(true), state.receiver.take())
                }
                let turn = OneShot<Void>()
                state.sender = turn
                return (.wait(turn), nil)
            }
            receiver?.send(())
            switch step {
            case .done(let isTaken): return isTaken
            case .wait(let turn): await turn.value()
            }
        }
    }

    /// Nothing comes any more; what was sent can still be received.
    func finish(_ result: Result<Void, S3Error>) {
        let receiver = state.withLock { state in
            if state.end == nil { state.end = result }
            return state.receiver.take()
        }
        receiver?.send(())
    }

    /// nil at the end.
    func receive() async throws(S3Error) -> [IOSlice]? {
        while true {
            let (result, turn, sender) = state.withLock {
                state -> (Result<[IOSlice]?, S3Error>?, OneShot<Void>, OneShot<Void>?) in
                let turn = OneShot<Void>()
                if let batch = state.batch {
                    state.batch = nil
                    return (.success(batch), turn, state.sender.take())
                }
                if let end = state.end { return (end.map { nil }, turn, nil) }
                state.receiver = turn
                return (nil, turn, nil)
            }
            sender?.send(())
            if let result { return try result.get() }
            await turn.value()
        }
    }

    /// The receiver wants no more; to be called by it, always, so that the sender ends.
    func close() {
        let sender = state.withLock { state in
            state.isClosed = true
            state.batch = nil
            return state.sender.take()
        }
        sender?.send(())
    }
}

/// What a relay hands over, as the body of an upload. Confined to the receiving task.
final class RelaySource: PayloadSource {
    private let relay: SliceRelay
    private var rest: [IOSlice] = []

    init(_ relay: SliceRelay) { self.relay = relay }

    func read(into slice: IOSlice) async throws(S3Error) -> Int {
        while rest.isEmpty {
            guard let batch = try await relay.receive() else { return 0 }
            rest = batch.filter { $0.count > 0 }
        }
        var filled = 0
        while filled < slice.count, let first = rest.first {
            let piece = first.prefix(min(first.count, slice.count - filled))
            slice.dropFirst(filled).withMutableBytes { target in
                piece.withBytes { UnsafeMutableRawBufferPointer(rebasing: target[..<piece.count]).copyMemory(from: $0) }
            }
            filled += piece.count
            if piece.count == first.count { rest.removeFirst() } else { rest[0] = first.dropFirst(piece.count) }
        }
        return filled
    }
}
