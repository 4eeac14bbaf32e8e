import Core
import HTTP
import S3
import SystemIO

/// What is sent to the admin API.
struct AdminRequest: Equatable {
    var method: String
    var path: String
    var body: JSONValue?

    init(_ method: String, _ path: String, body: JSONValue? = nil) {
        self.method = method
        self.path = path
        self.body = body
    }
}

/// Speaks to the admin API: JSON over HTTP, signed like a request of S3.
struct AdminClient {
    private static let timeout = TimeSpan.seconds(30)

    private let settings: ConnectionSettings
    private let signer: SigV4Signer
    let clock: SystemClock
    private let transport: SocketTransport

    init(_ settings: ConnectionSettings) throws(ControlError) {
        let loops = EventLoops(count: 1)
        self.settings = settings
        signer = SigV4Signer(settings.credentials)
        clock = SystemClock(loops)
        var tls: TLSClientContext?
        if settings.endpoint.usesTLS {
            do throws(TransportError) {
                tls = try TLSClientContext(certificateAuthorityPath: settings.certificateAuthorityPath)
            } catch {
                throw .unreachable(endpoint: settings.endpoint.text, reason: "\(error)")
            }
        }
        transport = SocketTransport(loops, tls: tls)
    }

    func send(_ request: AdminRequest) async throws(ControlError) -> JSONValue {
        let stream: any ByteStream
        do throws(TransportError) {
            stream = try await transport.connect(
                host: settings.endpoint.host, port: settings.endpoint.port, tls: settings.endpoint.usesTLS,
                deadline: clock.now + Self.timeout)
        } catch {
            throw .unreachable(endpoint: settings.endpoint.text, reason: Self.text(error))
        }
        let connection = HTTPClientConnection(
            stream, clock: clock, limits: ClientLimits(readTimeout: Self.timeout, writeTimeout: Self.timeout))
        defer { connection.close() }
        var head = RequestHead(
            method: request.method, target: request.path,
            headers: ["host": settings.endpoint.hostField, "accept": "application/json", "user-agent": "roostctl"])
        let content = request.body?.encoded() ?? []
        signer.sign(
            &head, payload: content.isEmpty ? .empty : .sha256(Digest.of(content, .sha256)), at: clock.wallTime)
        let response: ResponseHead
        let body: [UInt8]
        do throws(HTTPError) {
            response = try await connection.request(head, body: content.isEmpty ? [] : [IOSlice(copying: content)])
            body = try await connection.readWholeBody()
        } catch {
            throw .unreachable(endpoint: settings.endpoint.text, reason: Self.text(error))
        }
        return try read(response, body)
    }

    private func read(_ response: ResponseHead, _ body: [UInt8]) throws(ControlError) -> JSONValue {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONParser.parse(body)
        } catch {
            guard response.status == 200 else {
                throw .refused(
                    status: response.status, code: "HTTP", message: String(decoding: body.prefix(500), as: UTF8.self))
            }
            throw .unreadableAnswer("\(error)")
        }
        guard response.status == 200 else {
            let error = value["error"]
            throw .refused(
                status: response.status, code: error?["code"]?.string ?? "HTTP",
                message: error?["message"]?.string ?? "no message")
        }
        return value
    }

    private static func text(_ error: TransportError) -> String {
        switch error {
        case .closed: "the server closed the connection"
        case .timedOut: "no answer in time"
        case .refused: "nothing listens there"
        case .unreachable(let reason), .tls(let reason): reason
        case .system(let code): "system error \(code)"
        case .cancelled: "cancelled"
        }
    }

    private static func text(_ error: HTTPError) -> String {
        switch error {
        case .transport(let error): text(error)
        case .timedOut: "no answer in time"
        case .closed, .aborted: "the server closed the connection"
        case .parse, .bodyTooLarge: "the answer is no HTTP that can be read (\(error))"
        }
    }
}
