import HTTP

/// What a request is about, from its host and path.
///
/// Source: Amazon S3 User Guide, "Virtual hosting of general purpose buckets" (`VirtualHosting.html`).
enum RequestAddress: Sendable, Equatable {
    case service
    /// Not yet held against the rules for names.
    case bucket(String)
    case object(bucket: String, key: [UInt8])

    /// - Parameter domains: lower case. A host `BUCKET.DOMAIN` names its bucket; every other host is path style.
    /// - Throws: `InvalidURI` if the path does not begin with `/`, an escape is broken, or the bucket is not UTF-8.
    init(_ head: RequestHead, domains: [String]) throws(S3Error) {
        let path = head.rawPath
        let text = path.utf8.span
        guard text.count > 0, text[0] == UInt8(ascii: "/") else { throw S3Error(.invalidURI) }
        if !domains.isEmpty, let bucket = Self.bucket(ofHost: head.headers["host"] ?? "", domains: domains) {
            try self.init(bucket: bucket, rawKey: text.extracting(1..<text.count))
            return
        }
        var slash = 1
        while slash < text.count, text[unchecked: slash] != UInt8(ascii: "/") { slash &+= 1 }
        guard let name = PercentEncoding.decode(text.extracting(1..<slash), plusIsSpace: false),
            let bucket = String(validating: name, as: UTF8.self)
        else { throw S3Error(.invalidURI) }
        guard slash < text.count else {
            self = bucket.isEmpty ? .service : .bucket(bucket)
            return
        }
        try self.init(bucket: bucket, rawKey: text.extracting(slash + 1..<text.count))
    }

    private init(bucket: String, rawKey: Span<UInt8>) throws(S3Error) {
        if rawKey.isEmpty {
            self = .bucket(bucket)
            return
        }
        guard let key = PercentEncoding.decode(rawKey, plusIsSpace: false) else { throw S3Error(.invalidURI) }
        self = .object(bucket: bucket, key: key)
    }

    private static func bucket(ofHost host: String, domains: [String]) -> String? {
        // A port ends a host; the colons of an IPv6 address stand in brackets, and such a host is no name.
        let name = (host.firstIndex(of: ":").map { host[..<$0] } ?? host[...]).lowercased()
        for domain in domains where name.hasSuffix(".\(domain)") {
            let bucket = name.dropLast(domain.count + 1)
            if !bucket.isEmpty { return String(bucket) }
        }
        return nil
    }

    /// For the `Resource` of an error.
    var resource: String {
        switch self {
        case .service: "/"
        case .bucket(let bucket): "/\(bucket)"
        case .object(let bucket, let key): "/\(bucket)/\(String(decoding: key, as: UTF8.self))"
        }
    }
}
