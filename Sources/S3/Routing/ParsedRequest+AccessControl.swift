extension ParsedRequest {
    private static let maximumACLBytes: UInt64 = 64 << 10

    /// `API_PutBucketAcl.html`.
    func putBucketACL(_ bucket: BucketName) throws(S3Error) -> PutBucketACLRequest {
        let document = try payload(maximumBytes: Self.maximumACLBytes)
        return PutBucketACLRequest(bucket: bucket, document: document, access: try access(document))
    }

    /// `API_PutObjectAcl.html`.
    func putObjectACL(_ bucket: BucketName, _ key: ObjectKey) throws(S3Error) -> PutObjectACLRequest {
        let document = try payload(maximumBytes: Self.maximumACLBytes)
        return PutObjectACLRequest(
            bucket: bucket, key: key, version: try version(), document: document, access: try access(document))
    }

    /// From the head; nil if the document is to say it. There is one way of the three.
    private func access(_ document: PayloadDescription) throws(S3Error) -> AccessControlRequest? {
        let grants = try grants()
        let isCanned = fields["x-amz-acl"] != nil
        guard !isCanned || grants.isEmpty else {
            throw .invalidRequest("Specifying both Canned ACLs and Header Grants is not allowed")
        }
        guard isCanned || !grants.isEmpty else {
            guard document.length > 0 else {
                throw S3Error(.missingSecurityHeader, details: [S3Error.Detail("MissingHeaderName", "x-amz-acl")])
            }
            return nil
        }
        guard document.length == 0 else { throw S3Error(.unexpectedContent) }
        // The field policy has let only those canned lists through that mean the owner alone.
        return isCanned ? .ownerOnly : .grants(grants, ownerID: nil)
    }

    /// `x-amz-grant-…: id="…", uri="…", emailAddress="…"`.
    private func grants() throws(S3Error) -> [AccessGrant] {
        var grants: [AccessGrant] = []
        for (name, permission) in AccessGrant.headers {
            guard let value = fields.joined(name) else { continue }
            for piece in value.split(separator: ",") {
                let text = String(piece).trimmingSpaces
                guard let equals = text.firstIndex(of: "="),
                    let grantee = AccessGrant.Grantee(
                        kind: text[..<equals], text[text.index(after: equals)...].filter { $0 != "\"" })
                else { throw .invalidArgument("Argument format not recognized", name: name, value: value) }
                grants.append(AccessGrant(grantee, permission))
            }
        }
        return grants
    }
}

extension AccessGrant {
    static let headers: [(name: String, permission: Permission)] = [
        ("x-amz-grant-full-control", .fullControl), ("x-amz-grant-read", .read), ("x-amz-grant-read-acp", .readACP),
        ("x-amz-grant-write", .write), ("x-amz-grant-write-acp", .writeACP),
    ]
}

extension AccessGrant.Grantee {
    fileprivate init?(kind: Substring, _ value: String) {
        switch kind.lowercased() {
        case "id": self = .user(id: value)
        case "uri": self = .group(uri: value)
        case "emailaddress": self = .address(value)
        default: return nil
        }
    }
}
