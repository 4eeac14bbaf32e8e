public import Core

/// How long a client waits for a server.
public struct ClientLimits: Sendable, Equatable {
    public var head: HeadLimits
    /// From the end of the request to the head of its response, and between two reads of a body.
    public var readTimeout: TimeSpan
    /// For each write.
    public var writeTimeout: TimeSpan

    public init(
        head: HeadLimits = HeadLimits(), readTimeout: TimeSpan = .seconds(60), writeTimeout: TimeSpan = .seconds(60)
    ) {
        self.head = head
        self.readTimeout = readTimeout
        self.writeTimeout = writeTimeout
    }
}

/// The client's side of one connection: one request at a time, kept alive between them. Confined to one task at a time.
///
/// States: idle → (request begun, written) → response awaited → body → idle. After an error, or a response that ends
/// with the connection, only `close` is left.
public final class HTTPClientConnection {
    private enum State {
        case idle
        /// Bytes still owed where the length is known; nil for chunks.
        case sending(method: String, left: UInt64?)
        case receiving
        case unusable
    }

    private let stream: any ByteStream
    private let clock: any Clock
    private let limits: ClientLimits
    private let input: MessageInput
    private var output = OutputBuffer(capacity: 4 << 10)
    private var parser: ResponseParser
    private var body = BodyDecoder(.none)
    private var keepsAlive = true
    private var state = State.idle

    /// - Parameter stream: connected; this closes it.
    public init(_ stream: any ByteStream, clock: any Clock, limits: ClientLimits = ClientLimits()) {
        self.stream = stream
        self.clock = clock
        self.limits = limits
        self.input = MessageInput(stream, clock: clock, limits: limits.head)
        self.parser = ResponseParser(limits: limits.head)
    }

    deinit { stream.close() }

    /// True when the next request may be sent: the last response was read to its end and the server did not ask to close.
    /// The server may close an idle connection all the same, so that the first use can fail with `.closed`.
    public var isReusable: Bool {
        switch state {
        case .idle: keepsAlive
        case .receiving: keepsAlive && body.isAtEnd
        case .sending, .unusable: false
        }
    }

    /// Sends a request with a body that is at hand, and waits for the head of the response.
    /// - Parameter head: must hold `host`; framing fields are set here.
    public func request(_ head: RequestHead, body slices: [IOSlice] = []) async throws(HTTPError) -> ResponseHead {
        let count = slices.reduce(0) { $0 + $1.count }
        let sendsLength = count > 0 || head.method == "PUT" || head.method == "POST"
        try await begin(head, framing: sendsLength ? .length(UInt64(count)) : .none)
        do throws(HTTPError) {
            try await write(slices)
        } catch .closed {
            // The server may have answered and closed before it read the body: its answer says why.
            state = .sending(method: head.method, left: 0)
        }
        return try await receive()
    }

    /// Begins a request. The head goes out with the first bytes of the body, or with `receive`.
    public func begin(_ head: RequestHead, framing: BodyFraming) async throws(HTTPError) {
        precondition(isReusable, "the connection is busy, or done for")
        output.clear()
        switch framing {
        case .none:
            HeadWriter.writeRequest(head, .nothing, to: &output)
            state = .sending(method: head.method, left: 0)
        case .length(let length):
            HeadWriter.writeRequest(head, .length(length), to: &output)
            state = .sending(method: head.method, left: length)
        case .chunked:
            HeadWriter.writeRequest(head, .chunked, to: &output)
            state = .sending(method: head.method, left: nil)
        }
    }

    /// Returns when the kernel has taken all bytes.
    /// - Precondition: begun, and not more bytes than announced.
    public func write(_ slices: [IOSlice]) async throws(HTTPError) {
        guard case .sending(let method, let left) = state else { preconditionFailure("begin comes before write") }
        let count = slices.reduce(0) { $0 + $1.count }
        guard count > 0 else { return }
        if let left {
            precondition(UInt64(count) <= left, "more bytes than were announced")
            state = .sending(method: method, left: left - UInt64(count))
            try await send(slices)
        } else {
            output.append(hexadecimal: UInt64(count))
            output.append("\r\n")
            try await send(slices)
            output.append("\r\n")
        }
    }

    /// Ends the request and waits for the head of the response. Interim responses are skipped.
    public func receive() async throws(HTTPError) -> ResponseHead {
        guard case .sending(let method, let left) = state else { preconditionFailure("begin comes before receive") }
        precondition((left ?? 0) == 0, "fewer bytes than were announced")
        if left == nil { output.append("0\r\n\r\n") }
        if !output.isEmpty {
            do throws(HTTPError) { try await send([]) } catch .closed { output.clear() }
        }
        do throws(HTTPError) {
            while true {
                let response = try await nextHead(method)
                guard response.head.status >= 200 else { continue }
                body = response.body
                keepsAlive = keepsAlive && response.keepsAlive
                state = .receiving
                return response.head
            }
        } catch {
            fail()
            throw error
        }
    }

    /// Content of the response: at least one byte, or 0 at its end.
    public func readBody(into slice: IOSlice) async throws(HTTPError) -> Int {
        guard case .receiving = state else { preconditionFailure("receive comes before readBody") }
        do throws(HTTPError) {
            return try await input.read(&body, into: slice, timeout: limits.readTimeout)
        } catch {
            fail()
            throw error
        }
    }

    /// - Parameter limit: in bytes; a longer body throws `.bodyTooLarge` and ends the connection.
    public func readWholeBody(limit: Int = 16 << 20) async throws(HTTPError) -> [UInt8] {
        var bytes: [UInt8] = []
        guard !body.isAtEnd else { return bytes }
        let announced = body.remaining.map { Int(clamping: $0) } ?? 16 << 10
        let buffer = IOBuffer(capacity: max(1, min(announced, 256 << 10)))
        while true {
            let count = try await readBody(into: buffer.all)
            if count == 0 { return bytes }
            guard bytes.count + count <= limit else {
                fail()
                throw .bodyTooLarge(limit: limit)
            }
            buffer.slice(0..<count).withBytes { bytes.append(contentsOf: $0) }
        }
    }

    public func close() { fail() }

    private func fail() {
        state = .unusable
        stream.close()
    }

    private func nextHead(_ method: String) async throws(HTTPError) -> ParsedResponse {
        let deadline = clock.now + limits.readTimeout
        while true {
            do throws(ParseError) {
                let response = try input.parse { octets, consumed throws(ParseError) in
                    try parser.parse(octets, answering: method, consumed: &consumed)
                }
                if let response { return response }
            } catch {
                throw .parse(error)
            }
            let count: Int
            do throws(TransportError) { count = try await input.fill(deadline: deadline) } catch {
                throw HTTPError(error)
            }
            if count == 0 { throw .closed }
        }
    }

    private func send(_ slices: [IOSlice]) async throws(HTTPError) {
        defer { output.clear() }
        do throws(TransportError) {
            let all = output.isEmpty ? slices : [output.slice] + slices
            try await stream.write(all, deadline: clock.now + limits.writeTimeout)
        } catch {
            throw HTTPError(error)
        }
    }
}
