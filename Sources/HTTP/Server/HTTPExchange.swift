public import Core

/// One request and its response. Confined to the task of its connection; not valid after the handler has returned.
///
/// States of the response: awaited → (begun → written …) → finished; or given up, from any of them.
public final class HTTPExchange {
    private enum Response: Equatable {
        case awaited
        /// Bytes still owed where the length is known.
        case begun(Body)
        case finished
        case givenUp
    }

    private enum Body: Equatable {
        /// HEAD, or a status that has none: what is written is dropped.
        case omitted
        case length(UInt64)
        case chunked
        /// Chunks for a client of HTTP/1.0: the body ends with the connection.
        case untilClose
    }

    /// What becomes of the connection.
    enum Outcome { case keep, linger, close }

    public let head: RequestHead
    /// Without the port.
    public let peerAddress: String
    public let isEncrypted: Bool
    public let bodyFraming: BodyFraming

    private let connection: HTTPServerConnection
    private let wantsConnection: Bool
    private var body: BodyDecoder
    /// The client waits for 100 before it sends its body (RFC 9110 section 10.1.1).
    private var owesContinue: Bool
    private var response = Response.awaited
    private var closes = false

    init(_ request: ParsedRequest, _ connection: HTTPServerConnection) {
        head = request.head
        bodyFraming = request.framing
        wantsConnection = request.keepsAlive
        body = BodyDecoder(request.framing)
        owesContinue = request.expectsContinue
        self.connection = connection
        peerAddress = connection.stream.peerAddress
        isEncrypted = connection.stream.isEncrypted
    }

    /// True once a response has begun: an error can no longer be told by a status.
    public var hasBegun: Bool { response != .awaited }

    /// Content of the request, in order: at least one byte, or 0 at its end. Large runs come straight from the socket.
    /// A client that waits for `100 Continue` gets it now.
    /// - Precondition: `slice` is not empty; the slice is the connection's until the call returns.
    public func readBody(into slice: IOSlice) async throws(HTTPError) -> Int {
        guard response != .givenUp else { throw .aborted }
        if body.isAtEnd { return 0 }
        do throws(HTTPError) {
            try await sendContinue()
            return try await connection.input.read(&body, into: slice, timeout: connection.limits.bodyTimeout)
        } catch {
            closes = true
            throw error
        }
    }

    /// The whole body.
    /// - Parameter limit: in bytes; a longer body throws `.bodyTooLarge`, and a response can still be sent.
    public func readWholeBody(limit: Int) async throws(HTTPError) -> [UInt8] {
        var capacity = min(limit + 1, 16 << 10)
        if case .length(let length) = bodyFraming {
            guard length <= UInt64(limit) else { throw .bodyTooLarge(limit: limit) }
            capacity = max(1, Int(length))
        }
        guard bodyFraming != .none else { return [] }
        let buffer = IOBuffer(capacity: min(capacity, 256 << 10))
        var bytes: [UInt8] = []
        while true {
            let count = try await readBody(into: buffer.all)
            if count == 0 { return bytes }
            guard bytes.count + count <= limit else { throw .bodyTooLarge(limit: limit) }
            buffer.slice(0..<count).withBytes { bytes.append(contentsOf: $0) }
        }
    }

    /// Sends head and body in one write. Content-Length is set here; the bytes are left out for HEAD, 204 and 304.
    /// - Precondition: nothing was sent yet.
    public func respond(_ head: ResponseHead, body bytes: [UInt8] = []) async throws(HTTPError) {
        let body = try prepare(head, .length(UInt64(bytes.count)))
        response = .finished
        guard body != .omitted, !bytes.isEmpty else { return try await send([]) }
        if bytes.count <= 16 << 10 {
            connection.output.append(bytes)
            try await send([])
        } else {
            try await send([IOSlice(copying: bytes)])
        }
    }

    /// Begins a response whose body follows. The head goes out with the first bytes of the body, or with `finish`.
    /// - Parameter framing: `.none` announces an empty body; for HEAD, `.length` announces what GET would send.
    /// - Precondition: nothing was sent yet.
    public func begin(_ head: ResponseHead, framing: BodyFraming) async throws(HTTPError) {
        response = .begun(try prepare(head, framing))
    }

    /// Returns when the kernel has taken all bytes. The slices are the connection's until then.
    /// - Precondition: begun, and not more bytes than the announced length.
    public func write(_ slices: [IOSlice]) async throws(HTTPError) {
        guard case .begun(let body) = response else {
            precondition(response == .givenUp, "begin comes before write")
            throw .aborted
        }
        let count = slices.reduce(0) { $0 + $1.count }
        guard count > 0 else { return }
        switch body {
        case .omitted: return
        case .length(let left):
            precondition(UInt64(count) <= left, "more bytes than were announced")
            response = .begun(.length(left - UInt64(count)))
            try await send(slices)
        case .chunked:
            connection.output.append(hexadecimal: UInt64(count))
            connection.output.append("\r\n")
            try await send(slices + [Self.lineEnd])
        case .untilClose: try await send(slices)
        }
    }

    /// Sends what begin left in the buffer now, for a stream whose first bytes may be long in coming.
    public func flush() async throws(HTTPError) {
        guard case .begun = response else { throw .aborted }
        try await send([])
    }

    /// Ends the response. With fewer bytes than announced the connection is closed and `.aborted` thrown.
    public func finish() async throws(HTTPError) {
        guard case .begun(let body) = response else {
            precondition(response == .givenUp, "begin comes before finish")
            throw .aborted
        }
        switch body {
        case .length(let left) where left > 0:
            abort()
            throw .aborted
        case .chunked: connection.output.append("0\r\n\r\n")
        case .length, .omitted, .untilClose: break
        }
        response = .finished
        try await send([])
    }

    /// Gives up, at any point: the connection is closed, so that the client sees a truncated body and never a wrong one.
    public func abort() {
        response = .givenUp
        connection.stream.close()
    }

    private static let lineEnd = IOSlice(copying: [Characters.carriageReturn, Characters.lineFeed])
}

extension HTTPExchange {
    /// After the handler: completes or gives up the response, takes in the rest of the body.
    func conclude() async -> Outcome {
        do throws(HTTPError) {
            switch response {
            case .awaited: try await respond(ResponseHead(status: 500))
            case .begun: abort()
            case .finished, .givenUp: break
            }
            guard response == .finished else { return .close }
            guard !closes, !owesContinue else { return .linger }
            return try await takeRest() ? .keep : .linger
        } catch {
            return .close
        }
    }

    /// True when the body's end was reached within the limit.
    private func takeRest() async throws(HTTPError) -> Bool {
        guard !body.isAtEnd else { return true }
        guard mayTakeRest else { return false }
        let sink = IOBuffer(capacity: 64 << 10)
        var taken = 0
        while taken <= connection.limits.unreadBytes {
            let count = try await connection.input.read(
                &body, into: sink.all, timeout: connection.limits.bodyTimeout)
            if count == 0 { return true }
            taken += count
        }
        return false
    }

    /// False if it is known already that the rest is too long.
    private var mayTakeRest: Bool {
        guard let remaining = body.remaining else { return true }
        return remaining <= UInt64(connection.limits.unreadBytes)
    }

    private func sendContinue() async throws(HTTPError) {
        guard owesContinue, response == .awaited else { return }
        owesContinue = false
        // What has arrived already shows that the client did not wait.
        guard connection.input.available == 0 else { return }
        HeadWriter.writeContinue(to: &connection.output)
        try await send([])
    }

    /// Writes the head into the output buffer and decides what becomes of the connection.
    private func prepare(_ head: ResponseHead, _ framing: BodyFraming) throws(HTTPError) -> Body {
        guard response != .givenUp else { throw .aborted }
        precondition(response == .awaited, "one response to a request")
        let isBodiless = head.status < 200 || head.status == 204 || head.status == 304
        var body: Body
        var announcement: HeadWriter.Announcement
        switch framing {
        case .none: (body, announcement) = (.length(0), self.head.method == "HEAD" ? .nothing : .length(0))
        case .length(let count): (body, announcement) = (.length(count), .length(count))
        case .chunked where self.head.minorVersion == 0:
            (body, announcement) = (.untilClose, .nothing)
            closes = true
        case .chunked: (body, announcement) = (.chunked, .chunked)
        }
        if isBodiless { announcement = .nothing }
        if isBodiless || self.head.method == "HEAD" { body = .omitted }
        if owesContinue, self.body.isAtEnd {
            // There is no body to wait for, but botocore takes a final response that no 100 went before for the end of
            // the connection, and goes on with it all the same: it gets the 100 in the same write.
            owesContinue = false
            HeadWriter.writeContinue(to: &connection.output)
        }
        if !wantsConnection || owesContinue || !mayTakeRest || connection.drain.isDraining { closes = true }
        HeadWriter.writeResponse(
            head, announcement, closes ? .close : self.head.minorVersion == 0 ? .keepAlive : .implied,
            date: connection.date, to: &connection.output)
        return body
    }

    /// What is in the output buffer, then the slices, in one write.
    private func send(_ slices: [IOSlice]) async throws(HTTPError) {
        defer { connection.output.clear() }
        do throws(HTTPError) {
            if connection.output.isEmpty {
                try await connection.send(slices)
            } else {
                try await connection.send([connection.output.slice] + slices)
            }
        } catch {
            response = .givenUp
            connection.stream.close()
            throw error
        }
    }
}
