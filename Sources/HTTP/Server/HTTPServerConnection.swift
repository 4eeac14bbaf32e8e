public import Core

/// Serves one connection: heads are parsed as they come, requests are handled one after the other, so that answers to
/// pipelined requests keep their order (RFC 9112 section 9.3.2).
///
/// States: idle → head → handler (body, response) → what is left of the body → idle, or linger → closed.
/// Confined to the task that serves it.
public final class HTTPServerConnection {
    let stream: any ByteStream
    let clock: any Clock
    let limits: ServerLimits
    let drain: ServerDrain
    let input: MessageInput
    var output = OutputBuffer(capacity: 4 << 10)
    private var parser: RequestParser
    private var dateCache: HTTPDate

    private init(_ stream: any ByteStream, limits: ServerLimits, clock: any Clock, drain: ServerDrain) {
        self.stream = stream
        self.limits = limits
        self.clock = clock
        self.drain = drain
        self.input = MessageInput(stream, clock: clock, limits: limits.head)
        self.parser = RequestParser(limits: limits.head)
        self.dateCache = HTTPDate(clock.wallTime)
    }

    /// Returns when the connection is done with, and has closed the stream then. Cancelling the task ends it at its next
    /// wait, in the middle of a response too; `drain` ends it between requests.
    /// - Parameter handler: answers one request. If it returns without an answer the client gets 500; if it returns in
    ///   the middle of a response the connection is closed, so that the client sees a truncated body.
    public static func serve(
        _ stream: any ByteStream, limits: ServerLimits = ServerLimits(), clock: any Clock,
        drain: ServerDrain = ServerDrain(), handler: @Sendable (HTTPExchange) async -> Void
    ) async {
        let registration = drain.register(stream)
        let connection = HTTPServerConnection(stream, limits: limits, clock: clock, drain: drain)
        await connection.run(registration, handler)
        drain.unregister(registration)
        stream.close()
    }

    private func run(
        _ registration: ServerDrain.Connection, _ handler: @Sendable (HTTPExchange) async -> Void
    ) async {
        var isFirst = true
        while true {
            let request: ParsedRequest
            do throws(HTTPError) {
                guard let next = try await nextRequest(registration, isFirst: isFirst) else { return }
                request = next
            } catch {
                await refuse(error)
                return
            }
            isFirst = false
            let exchange = HTTPExchange(request, self)
            await handler(exchange)
            switch await exchange.conclude() {
            case .keep: input.shrink()
            case .linger:
                await linger()
                return
            case .close: return
            }
        }
    }

    /// nil when the connection ended between two requests.
    private func nextRequest(
        _ registration: ServerDrain.Connection, isFirst: Bool
    ) async throws(HTTPError) -> ParsedRequest? {
        if input.available == 0 {
            guard registration.becomeIdle() else { return nil }
            let timeout = isFirst ? limits.headTimeout : limits.idleTimeout
            do throws(TransportError) {
                guard try await input.fill(deadline: clock.now + timeout) > 0 else { return nil }
            } catch {
                return nil
            }
            guard registration.becomeBusy() else { return nil }
        }
        var deadline: Instant?
        while true {
            if let request = try parse() { return request }
            let limit = deadline ?? clock.now + limits.headTimeout
            deadline = limit
            let count: Int
            do throws(TransportError) { count = try await input.fill(deadline: limit) } catch { throw HTTPError(error) }
            if count == 0 { throw .closed }
        }
    }

    private func parse() throws(HTTPError) -> ParsedRequest? {
        do throws(ParseError) {
            return try input.parse { octets, consumed throws(ParseError) in
                try parser.parse(octets, consumed: &consumed)
            }
        } catch {
            throw .parse(error)
        }
    }

    /// An answer to what is no request; the connection ends with it.
    private func refuse(_ error: HTTPError) async {
        switch error {
        case .parse, .timedOut: break
        case .closed, .aborted, .transport, .bodyTooLarge: return
        }
        output.clear()
        HeadWriter.writeResponse(ResponseHead(status: error.status), .length(0), .close, date: date, to: &output)
        do throws(HTTPError) { try await send([output.slice]) } catch { return }
        await linger()
    }

    /// The response is on its way; take in what the client still sends until it has seen it (RFC 9112 section 9.6).
    private func linger() async {
        stream.finishWriting()
        let deadline = clock.now + limits.lingerTimeout
        let sink = IOBuffer(capacity: 64 << 10)
        while true {
            do throws(TransportError) {
                guard try await stream.read(into: sink.all, deadline: deadline) > 0 else { return }
            } catch {
                return
            }
            guard clock.now < deadline else { return }
        }
    }

    /// Of this second.
    var date: HTTPDate {
        let now = clock.wallTime
        if now.seconds != dateCache.seconds { dateCache = HTTPDate(now) }
        return dateCache
    }

    /// Writes in pieces, each of which must make progress in time.
    func send(_ slices: [IOSlice]) async throws(HTTPError) {
        var piece: [IOSlice] = []
        var size = 0
        do throws(TransportError) {
            if slices.reduce(0, { $0 + $1.count }) <= Self.pieceBytes {
                return try await stream.write(slices, deadline: clock.now + limits.writeTimeout)
            }
            for var slice in slices {
                while slice.count > 0 {
                    let part = slice.prefix(Self.pieceBytes - size)
                    piece.append(part)
                    size += part.count
                    slice = slice.dropFirst(part.count)
                    if size == Self.pieceBytes {
                        try await stream.write(piece, deadline: clock.now + limits.writeTimeout)
                        piece.removeAll(keepingCapacity: true)
                        size = 0
                    }
                }
            }
            if size > 0 { try await stream.write(piece, deadline: clock.now + limits.writeTimeout) }
        } catch {
            throw HTTPError(error)
        }
    }

    private static let pieceBytes = 256 << 10
}
