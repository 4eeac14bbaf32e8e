import Core
import HTTP
import Metadata
import ObjectStore
import S3

/// GET and HEAD: the answer's bytes go to the connection as they are read.
extension Gateway {
    func send(
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
        if withBody, length > 0 {
            guard case .inline(let bytes) = answer.content else {
                try await stream(answer.content, head, length, to: exchange)
                return head.status
            }
            do throws(HTTPError) {
                try await exchange.respond(head, body: bytes)
                node.metrics.sent(bytes: length)
            } catch {
                node.metrics.clientGone()
            }
            return head.status
        }
        do throws(HTTPError) {
            try await exchange.begin(head, framing: answer.decision == .notModified ? .none : .length(length))
            try await exchange.finish()
        } catch {
            node.metrics.clientGone()
        }
        return head.status
    }

    /// The head goes out with the first bytes, so that an object which cannot be read is refused with a status. Bytes that
    /// cannot be had later end the connection: the client must not take a part for the whole.
    private func stream(
        _ content: ObjectContent, _ head: ResponseHead, _ length: UInt64, to exchange: HTTPExchange
    ) async throws(S3Error) {
        var isClientGone = false
        do throws(S3Error) {
            try await content.stream { (slices) async throws(S3Error) in
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
