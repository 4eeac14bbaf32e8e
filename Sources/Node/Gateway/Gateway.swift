import Core
import HTTP
import Metadata
import ObjectStore
import S3
import Synchronization
import SystemIO

/// The S3 service: authenticates, decodes, carries out, answers. Every reply names its request.
final class Gateway: Sendable {
    let node: NodeServer
    private let verifier: SigV4Verifier
    private let parser: S3RequestParser
    private let pathPrefix: String
    static let adminPrefix = "/s3"

    /// - Parameter pathPrefix: what stands before the S3 path, and is signed with it; empty on S3's own port.
    init(node: NodeServer, pathPrefix: String = "") {
        self.node = node
        self.pathPrefix = pathPrefix
        self.verifier = SigV4Verifier(region: node.settings.region)
        self.parser = S3RequestParser(domains: pathPrefix.isEmpty ? node.settings.domains : [])
    }

    func serves(_ path: String) -> Bool { path == pathPrefix || path.hasPrefix(pathPrefix + "/") }

    /// The request as S3 has it. Signatures are about the head as it was sent.
    private func inner(_ head: RequestHead) -> RequestHead {
        guard !pathPrefix.isEmpty else { return head }
        var head = head
        head.target = String(head.target.dropFirst(pathPrefix.count))
        if !head.target.hasPrefix("/") { head.target = "/" + head.target }
        return head
    }

    func handle(_ exchange: HTTPExchange) async {
        node.metrics.requestBegins()
        defer { node.metrics.requestEnds() }
        let requestID = Self.requestID(node.context.entropy.next())
        let begin = node.clock.now
        var name = "Unknown"
        var status = 200
        do throws(S3Error) {
            status = try await carryOut(exchange, requestID: requestID, name: &name)
        } catch {
            status = error.status
            await refuse(exchange, error, requestID: requestID)
        }
        node.metrics.count(operation: name, status: status, took: node.clock.now.since(begin))
        node.log.write(
            status >= 500 ? .warning : .debug, "request",
            [
                "id": requestID, "operation": name, "status": "\(status)", "method": exchange.head.method,
                "target": exchange.head.target, "peer": exchange.peerAddress,
            ])
    }

    /// What a connection beyond the limit is told before it is closed.
    static let overloadRefusal: [UInt8] = {
        let body =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>SlowDown</Code>"
            + "<Message>Please reduce your request rate.</Message></Error>"
        return Array(
            ("HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/xml\r\ncontent-length: \(body.utf8.count)\r\n"
                + "retry-after: 1\r\nconnection: close\r\n\r\n" + body).utf8)
    }()

    private static func requestID(_ number: UInt64) -> String {
        var writer = ByteWriter()
        writer.writeBigEndian(number)
        return Hexadecimal.encode(writer.bytes).uppercased()
    }

    private func refuse(_ exchange: HTTPExchange, _ error: S3Error, requestID: String) async {
        // Once a body has begun nothing can be told by a status: a truncated body says that something went wrong.
        guard !exchange.hasBegun else {
            node.log.warning(
                "a response was cut off", ["id": requestID, "code": error.code.rawValue, "message": error.message])
            exchange.abort()
            return
        }
        let resource = parser.resource(inner(exchange.head))
        let response =
            S3RequestParser.answersInJSON(exchange.head)
            ? error.jsonResponse(resource: resource, requestID: requestID)
            : error.response(resource: resource, requestID: requestID)
        try? await exchange.respond(decorated(response.head, requestID), body: response.body)
    }

    func decorated(_ head: ResponseHead, _ requestID: String) -> ResponseHead {
        var head = head
        head.headers.remove("content-length")
        head.headers.set("x-amz-request-id", requestID)
        head.headers.set("server", "Roost")
        // Beside the console, objects of users must not act as pages of it.
        if !pathPrefix.isEmpty {
            head.headers.set("content-security-policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'")
            head.headers.set("x-content-type-options", "nosniff")
        }
        return head
    }

    private func carryOut(
        _ exchange: HTTPExchange, requestID: String, name: inout String
    ) async throws(S3Error) -> Int {
        if let form = try formUpload(inner(exchange.head)) {
            name = OperationName.postObject.rawValue
            return try await answer(exchange, try await post(form, exchange), requestID)
        }
        let signed = try verifier.parse(exchange.head, now: node.clock.wallTime)
        let identity = try verifier.verify(
            signed, exchange.head, credential: try await node.identities.credential(of: signed.accessKey))
        var operation = try parser.parse(inner(exchange.head), form: identity.payloadForm)
        name = operation.name.rawValue
        let requester = node.identities.requester(identity.user, accessKey: identity.accessKey)
        try await Authorization(context: node.context, requester: requester).check(operation)
        if case .document(let payload) = operation.body {
            try await operation.accept(document: readDocument(exchange, payload, identity.chunkSigning))
        }
        switch operation {
        case .getObject(let request): return try await send(exchange, request, requestID, withBody: true)
        case .headObject(let request): return try await send(exchange, request, requestID, withBody: false)
        case .events(let request): return try await send(exchange, request, requestID)
        default:
            let call = GatewayCall(
                node: node, exchange: exchange, requester: requester, chunkSigning: identity.chunkSigning)
            return try await answer(exchange, try await call.answer(operation), requestID)
        }
    }

    /// A form proves itself by its fields, so its head carries no signature.
    private func formUpload(_ head: RequestHead) throws(S3Error) -> PostObjectRequest? {
        guard head.method == "POST", head.headers["authorization"] == nil, !head.target.contains("?"),
            case .postObject(let request) = try parser.parse(head, form: .unsigned)
        else { return nil }
        return request
    }

    private func post(_ request: PostObjectRequest, _ exchange: HTTPExchange) async throws(S3Error) -> S3Response {
        let body = FormBody(ExchangeSource(exchange), request)
        let fields = try await body.readFields()
        let accessKey = fields.accessKey ?? ""
        let credential = try await node.identities.credential(of: accessKey)
        let upload = try verifier.verify(form: fields, of: request, now: node.clock.wallTime) { key in
            key == accessKey ? credential : nil
        }
        let requester = node.identities.requester(upload.user, accessKey: upload.accessKey)
        try await Authorization(context: node.context, requester: requester).check(request.bucket)
        let result = try await PutObject(node.context).run(
            upload.put, body: ObjectBody(body, upload.put.payload, signing: nil), by: requester)
        node.metrics.received(bytes: result.size)
        let call = GatewayCall(node: node, exchange: exchange, requester: requester, chunkSigning: nil)
        return .postObject(result, to: upload, bucketLocation: call.location)
    }

    private func answer(
        _ exchange: HTTPExchange, _ response: S3Response, _ requestID: String
    ) async throws(S3Error) -> Int {
        do throws(HTTPError) {
            try await exchange.respond(decorated(response.head, requestID), body: response.body)
        } catch {
            node.metrics.clientGone()
        }
        return response.head.status
    }

    private func readDocument(
        _ exchange: HTTPExchange, _ payload: PayloadDescription, _ signing: ChunkSigning?
    ) async throws(S3Error) -> [UInt8] {
        let body = ObjectBody(ExchangeSource(exchange), payload, signing: signing)
        return try await body.readDocument(payload)
    }
}
