import Core
import HTTP
import S3

/// Where requests go, and how they are signed.
struct Target: Sendable {
    let host: String
    let port: UInt16
    /// Begins every path: `/bucket/` for S3.
    let root: String
    private let signer: SigV4Signer?
    private let hostField: String

    init(_ options: Options) throws(BenchError) {
        host = options.host
        port = options.port
        root = "/\(options.bucket)/"
        hostField = "\(options.host):\(options.port)"
        switch (options.accessKey, options.secretKey) {
        case (let access?, let secret?):
            signer = SigV4Signer(AccessCredentials(accessKey: access, secretKey: secret), region: options.region)
        case (nil, nil): signer = nil
        default: throw .failed("an access key wants its secret key, and the other way round")
        }
    }

    /// A plain web server.
    init(host: String, port: UInt16) {
        self.host = host
        self.port = port
        root = "/"
        signer = nil
        hostField = "\(host):\(port)"
    }

    /// A request on an object.
    /// - Parameters:
    ///   - key: percent-encoded.
    ///   - payload: of the body.
    func head(
        _ method: String, _ key: String, payload: SigV4Signer.Payload = .empty, range: Range<Int>? = nil,
        fields: [(String, String)] = [], at time: WallTime
    ) -> RequestHead {
        head(method, target: root + key, payload, range, time, fields)
    }

    /// A request on the bucket itself.
    /// - Parameter query: with its `?`, percent-encoded; or empty.
    func bucketHead(
        _ method: String, _ query: String = "", payload: SigV4Signer.Payload = .empty, at time: WallTime
    ) -> RequestHead {
        head(method, target: root.dropLast() + query, payload, nil, time)
    }

    private func head(
        _ method: String, target: String, _ payload: SigV4Signer.Payload, _ range: Range<Int>?, _ time: WallTime,
        _ fields: [(String, String)] = []
    ) -> RequestHead {
        var head = RequestHead(method: method, target: target, headers: ["host": hostField])
        if let range { head.headers.add("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)") }
        for (name, value) in fields { head.headers.add(name, value) }
        signer?.sign(&head, payload: payload, at: time)
        return head
    }
}
