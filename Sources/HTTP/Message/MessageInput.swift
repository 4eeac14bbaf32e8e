internal import Core

/// The receiving half of a connection: a small buffer for heads and framing, and a way around it for large bodies.
/// Confined to the task that serves the connection.
final class MessageInput {
    private let stream: any ByteStream
    private let clock: any Clock
    private var buffer: IOBuffer
    private var start = 0
    private var end = 0
    /// The longest line that the parsers accept, and room to read on.
    private let maximumBytes: Int

    /// Takes the head of an ordinary request; kept while a connection idles, so it is small.
    private static let initialBytes = 8 << 10
    /// Runs of content below this go through the buffer, so that chunk framing does not cost a call per line.
    private static let directBytes = 4 << 10

    init(_ stream: any ByteStream, clock: any Clock, limits: HeadLimits) {
        self.stream = stream
        self.clock = clock
        self.maximumBytes = max(Self.initialBytes, limits.headBytes + limits.startLineBytes)
        self.buffer = IOBuffer(capacity: Self.initialBytes)
    }

    /// Bytes that have arrived and were not consumed.
    var available: Int { end - start }

    /// Shows the unconsumed bytes to a parser and drops what it consumed.
    func parse<R>(_ body: (Span<UInt8>, inout Int) throws(ParseError) -> R) throws(ParseError) -> R {
        try buffer.withMutableBytes { (bytes: UnsafeMutableRawBufferPointer) throws(ParseError) -> R in
            let unread = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            var consumed = 0
            defer { start += consumed }
            return try unread.withMemoryRebound(to: UInt8.self) { octets throws(ParseError) -> R in
                try body(octets.span, &consumed)
            }
        }
    }

    /// Waits for more bytes. Returns 0 at the end of the stream.
    func fill(deadline: Instant) async throws(TransportError) -> Int {
        makeRoom()
        let count = try await stream.read(into: buffer.slice(end..<buffer.capacity), deadline: deadline)
        end += count
        return count
    }

    /// Content of a body; 0 at its end. Large runs are read straight into `slice`.
    /// - Precondition: `slice` is not empty.
    func read(_ body: inout BodyDecoder, into slice: IOSlice, timeout: TimeSpan) async throws(HTTPError) -> Int {
        precondition(slice.count > 0, "room for at least one byte")
        while true {
            while body.run == 0, !body.isAtEnd {
                if try advance(&body) { break }
                guard try await filled(timeout) else { throw .closed }
            }
            if body.isAtEnd { return 0 }
            let wanted = Int(min(body.run, UInt64(slice.count)))
            if available > 0 {
                let count = copy(into: slice.prefix(wanted))
                body.take(count)
                return count
            }
            // With a known length nothing behind the body can be taken by mistake, and no framing comes in between.
            if body.remaining != nil || wanted >= Self.directBytes {
                let count = try await received(into: slice.prefix(wanted), timeout)
                if count == 0 { return try ended(&body) }
                body.take(count)
                return count
            }
            if try await !filled(timeout) { return try ended(&body) }
        }
    }

    /// Frees what a large head needed.
    func shrink() {
        guard available == 0, buffer.capacity > Self.initialBytes else { return }
        buffer = IOBuffer(capacity: Self.initialBytes)
        start = 0
        end = 0
    }

    /// The stream has ended in a run: allowed only where the body ends with the connection.
    private func ended(_ body: inout BodyDecoder) throws(HTTPError) -> Int {
        guard body.endsWithConnection else { throw .closed }
        body = BodyDecoder(.none)
        return 0
    }

    private func advance(_ body: inout BodyDecoder) throws(HTTPError) -> Bool {
        do throws(ParseError) {
            return try parse { input, consumed throws(ParseError) in try body.advance(input, consumed: &consumed) }
        } catch {
            throw .parse(error)
        }
    }

    private func filled(_ timeout: TimeSpan) async throws(HTTPError) -> Bool {
        do throws(TransportError) {
            return try await fill(deadline: clock.now + timeout) > 0
        } catch {
            throw HTTPError(error)
        }
    }

    private func received(into slice: IOSlice, _ timeout: TimeSpan) async throws(HTTPError) -> Int {
        do throws(TransportError) {
            return try await stream.read(into: slice, deadline: clock.now + timeout)
        } catch {
            throw HTTPError(error)
        }
    }

    private func copy(into slice: IOSlice) -> Int {
        let count = min(slice.count, available)
        slice.withMutableBytes { target in
            buffer.withMutableBytes { source in
                UnsafeMutableRawBufferPointer(rebasing: target[..<count])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[start..<start + count]))
            }
        }
        start += count
        return count
    }

    private func makeRoom() {
        if start == end {
            start = 0
            end = 0
        }
        guard end == buffer.capacity else { return }
        if start > 0 {
            move(to: buffer)
        } else {
            precondition(buffer.capacity < maximumBytes, "the parser's limits keep the unread bytes below the maximum")
            move(to: IOBuffer(capacity: min(maximumBytes, buffer.capacity * 2)))
        }
    }

    private func move(to target: IOBuffer) {
        target.withMutableBytes { bytes in
            buffer.withMutableBytes { source in
                // Overlap is allowed: copyMemory moves.
                bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[start..<end]))
            }
        }
        buffer = target
        end -= start
        start = 0
    }
}
