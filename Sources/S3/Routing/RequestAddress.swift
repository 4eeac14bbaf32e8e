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
        guard path.first == "/" else { throw S3Error(.invalidURI) }
        if let bucket = Self.bucket(ofHost: head.headers["host"] ?? "", domains: domains) {
            try self.init(bucket: bucket, rawKey: path.dropFirst())
            return
        }
        let rest = path.dropFirst()
        let slash = rest.firstIndex(of: "/")
        guard let name = PercentEncoding.decode(slash.map { rest[..<$0] } ?? rest, plusIsSpace: false),
            let bucket = String(validating: name, as: UTF8.self)
        else { throw S3Error(.invalidURI) }
        guard let slash else {
            self = bucket.isEmpty ? .service : .bucket(bucket)
            return
        }
        try self.init(bucket: bucket, rawKey: rest[rest.index(after: slash)...])
    }

    private init(bucket: String, rawKey: Substring) throws(S3Error) {
        if rawKey.isEmpty {
            self = .bucket(bucket)
            return
        }
        guard let key = PercentEncoding.decode(rawKey, plusIsSpace: false) else { throw S3Error(.invalidURI) }
        self = .object(bucket: bucket, key: key)
    }

    private static func bucket(ofHost host: String, domains: [String]) -> String? {
        if domains.isEmpty { return nil }
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
