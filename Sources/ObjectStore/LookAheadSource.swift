import Core
import S3

/// A payload of which nobody knows the length until it ends: the next bytes can be had before they are read. Confined to
/// one task.
final class LookAheadSource: PayloadSource {
    private let source: any PayloadSource
    private var buffer = IOBuffer(capacity: 0)
    /// What was read and not given out.
    private var ready = 0..<0
    private var isAtEnd = false

    init(_ source: any PayloadSource) { self.source = source }

    /// Reads until `count` bytes are at hand, or the payload ends.
    /// - Returns: bytes at hand; fewer than `count` at the end alone.
    func lookAhead(_ count: Int) async throws(S3Error) -> Int {
        if buffer.capacity < count || (ready.isEmpty && ready.lowerBound > 0) {
            let held = buffer.slice(ready)
            let next = buffer.capacity < count ? IOBuffer(capacity: count) : buffer
            if !held.isEmpty { next.slice(0..<held.count).copy(from: held) }
            buffer = next
            ready = 0..<held.count
        }
        precondition(ready.lowerBound == 0, "what was looked at is read before more is looked at")
        while !isAtEnd, ready.count < count {
            let read = try await source.read(into: buffer.slice(ready.upperBound..<count))
            ready = 0..<ready.upperBound + read
            isAtEnd = read == 0
        }
        return ready.count
    }

    func read(into slice: IOSlice) async throws(S3Error) -> Int {
        if ready.isEmpty { return isAtEnd ? 0 : try await source.read(into: slice) }
        let piece = buffer.slice(ready).prefix(slice.count)
        slice.prefix(piece.count).copy(from: piece)
        ready = ready.lowerBound + piece.count..<ready.upperBound
        return piece.count
    }
}

extension IOSlice {
    fileprivate var isEmpty: Bool { count == 0 }

    /// The same number of bytes of another buffer.
    fileprivate func copy(from other: IOSlice) {
        withMutableBytes { target in other.withBytes { target.copyMemory(from: $0) } }
    }
}
