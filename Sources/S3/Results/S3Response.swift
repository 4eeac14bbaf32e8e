public import HTTP

/// A head and, where the answer is a document, its bytes.
public struct S3Response: Sendable, Equatable {
    public var head: ResponseHead
    /// Empty if there is none, or if the caller streams an object's bytes.
    public var body: [UInt8]

    public init(head: ResponseHead, body: [UInt8] = []) {
        self.head = head
        self.body = body
    }

    /// 200 with an XML document.
    static func document(_ bytes: [UInt8]) -> S3Response {
        S3Response(
            head: ResponseHead(
                status: 200, headers: ["content-type": "application/xml", "content-length": "\(bytes.count)"]),
            body: bytes)
    }

    static func empty(status: Int, headers: Headers = [:]) -> S3Response {
        var headers = headers
        if status != 204 { headers.set("content-length", "0") }
        return S3Response(head: ResponseHead(status: status, headers: headers))
    }
}

extension S3Error {
    /// The error as a response. To a HEAD request the caller sends the head alone.
    ///
    /// - Parameters:
    ///   - resource: the bucket or object that the request named: the path, decoded.
    ///   - requestID: the value of `x-amz-request-id`, which the caller sets on every answer.
    public func response(resource: String, requestID: String) -> S3Response {
        var writer = XMLWriter()
        writer.open("Error")
        writer.element("Code", code.rawValue)
        writer.element("Message", message)
        for detail in details { writer.detail(detail.name, detail.value) }
        writer.element("Resource", resource)
        writer.element("RequestId", requestID)
        writer.close("Error")
        var response = S3Response.document(writer.bytes)
        response.head.status = status
        for header in headers { response.head.headers.set(header.name, header.value) }
        return response
    }
}
