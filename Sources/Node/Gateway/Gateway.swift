import Core
import HTTP
import Metadata
import ObjectStore
import S3
import Synchronization
import SystemIO

/// The S3 service: authenticates, decodes, carries out, answers. Every reply names its request.
final class Gateway: Sendable {
    private let node: NodeServer
    private let verifier: SigV4Verifier
    private let parser: S3RequestParser
    private let owner: Owner

    init(node: NodeServer) {
        self.node = node
        self.verifier = SigV4Verifier(region: node.settings.region)
        self.parser = S3RequestParser(domains: node.settings.domains)
        let access = node.settings.root.accessKey
        self.owner = Owner(
            id: Hexadecimal.encode(Digest.of(Array("\(node.hub.node)/root".utf8), .sha256)), displayName: access)
    }

    func handle(_ exchange: HTTPExchange) async {
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
        let response = error.response(resource: parser.resource(exchange.head), requestID: requestID)
        try? await exchange.respond(decorated(response.head, requestID), body: response.body)
    }

    private func decorated(_ head: ResponseHead, _ requestID: String) -> ResponseHead {
        var head = head
        head.headers.remove("content-length")
        head.headers.set("x-amz-request-id", requestID)
        head.headers.set("server", "Roost")
        return head
    }

    private func carryOut(
        _ exchange: HTTPExchange, requestID: String, name: inout String
    ) async throws(S3Error) -> Int {
        let root = node.settings.root
        let identity = try verifier.verify(exchange.head, now: node.clock.wallTime) { key in
            key == root.accessKey ? Credential(secretKey: root.secretKey, user: "root") : nil
        }
        var operation = try parser.parse(exchange.head, form: identity.payloadForm)
        name = operation.name.rawValue
        let requester = Requester(owner: owner)
        if case .document(let payload) = operation.body {
            try await operation.accept(document: readDocument(exchange, payload, identity.chunkSigning))
        }
        let context = node.context
        let response: S3Response
        switch operation {
        case .listBuckets(let request):
            response = .listBuckets(try await ListBuckets(context).run(request, by: requester), to: request)
        case .createBucket(let request):
            try await CreateBucket(context).run(request, by: requester)
            response = .createBucket(request)
        case .headBucket(let request):
            try await HeadBucket(context).run(request.bucket)
            response = .headBucket(region: context.region)
        case .deleteBucket(let request):
            try await DeleteBucket(context).run(request, by: requester)
            response = .deleteBucket()
        case .getBucketLocation(let request):
            try await HeadBucket(context).run(request.bucket)
            response = .bucketLocation(region: context.region)
        case .listObjects(let request):
            response = .listObjects(try await ListObjects(context).run(request, by: requester), to: request)
        case .putObject(let request):
            let body = ObjectBody(ExchangeSource(exchange), request.payload, signing: identity.chunkSigning)
            let result = try await PutObject(context).run(request, body: body, by: requester)
            node.metrics.received(bytes: result.size)
            response = .putObject(result)
        case .deleteObject(let request):
            try await DeleteObject(context).run(request)
            response = .deleteObject()
        case .getObject(let request): return try await send(exchange, request, requestID, withBody: true)
        case .headObject(let request): return try await send(exchange, request, requestID, withBody: false)
        case .getBucketTagging, .putBucketTagging, .deleteBucketTagging, .getBucketACL, .putBucketACL, .configuration,
            .listObjectVersions, .listMultipartUploads, .deleteObjects, .postObject, .copyObject, .getObjectAttributes,
            .getObjectTagging, .putObjectTagging, .deleteObjectTagging, .getObjectACL, .putObjectACL,
            .createMultipartUpload, .uploadPart, .uploadPartCopy, .completeMultipartUpload, .abortMultipartUpload,
            .listParts:
            throw S3Error(.notImplemented)
        }
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

    private func send(
        _ exchange: HTTPExchange, _ request: GetObjectRequest, _ requestID: String, withBody: Bool
    ) async throws(S3Error) -> Int {
        let answer = try await GetObject(node.context).run(request, withBody: withBody)
        let head = decorated(S3Response.getObject(answer.object, answer.decision, to: request), requestID)
        let length: UInt64
        switch answer.decision {
        case .whole: length = answer.object.size
        case .part(let range): length = UInt64(range.count)
        case .notModified: length = 0
        }
        if case .blob(let reader) = answer.content, withBody, length > 0 {
            try await stream(reader, head, length, to: exchange)
            return head.status
        }
        do throws(HTTPError) {
            if case .inline(let bytes) = answer.content, withBody {
                try await exchange.respond(head, body: bytes)
                node.metrics.sent(bytes: UInt64(bytes.count))
            } else {
                try await exchange.begin(head, framing: answer.decision == .notModified ? .none : .length(length))
                try await exchange.finish()
            }
        } catch {
            node.metrics.clientGone()
        }
        return head.status
    }

    /// The head goes out with the first bytes, so that an object which cannot be read is refused with a status. Bytes that
    /// cannot be had later end the connection: the client must not take a part for the whole.
    private func stream(
        _ reader: BlobReader, _ head: ResponseHead, _ length: UInt64, to exchange: HTTPExchange
    ) async throws(S3Error) {
        var isClientGone = false
        do throws(S3Error) {
            try await reader.stream { (slices) async throws(S3Error) in
                do throws(HTTPError) {
                    if !exchange.hasBegun { try await exchange.begin(head, framing: .length(length)) }
                    try await exchange.write(slices)
                    node.metrics.sent(bytes: UInt64(slices.reduce(0) { $0 + $1.count }))
                } catch {
                    isClientGone = true
                    throw S3Error(.requestTimeout)
                }
            }
        } catch {
            if isClientGone {
                node.metrics.clientGone()
                return
            }
            guard exchange.hasBegun else { throw error }
            node.log.error("an object could not be read to its end", ["message": error.message])
            exchange.abort()
            return
        }
        do throws(HTTPError) { try await exchange.finish() } catch { node.metrics.clientGone() }
    }
}

/// The body of a request, as ObjectStore reads it.
private final class ExchangeSource: PayloadSource {
    private let exchange: HTTPExchange

    init(_ exchange: HTTPExchange) { self.exchange = exchange }

    func read(into slice: IOSlice) async throws(S3Error) -> Int {
        do throws(HTTPError) {
            return try await exchange.readBody(into: slice)
        } catch {
            switch error.status {
            case 408: throw S3Error(.requestTimeout)
            default: throw S3Error(.incompleteBody)
            }
        }
    }
}
