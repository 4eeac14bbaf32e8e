/// Who may do what: one entry of an access control list.
///
/// Source: Amazon S3 User Guide, "Access control list (ACL) overview" (`acl-overview.html`).
public struct AccessGrant: Sendable, Equatable {
    public enum Grantee: Sendable, Equatable {
        /// By canonical ID.
        case user(id: String)
        /// By mail address, which names nobody here.
        case address(String)
        /// By URI: everybody, every AWS account, log delivery.
        case group(uri: String)
    }

    public enum Permission: String, Sendable, Equatable {
        case fullControl = "FULL_CONTROL"
        case write = "WRITE"
        case writeACP = "WRITE_ACP"
        case read = "READ"
        case readACP = "READ_ACP"
    }

    public var grantee: Grantee
    public var permission: Permission

    public init(_ grantee: Grantee, _ permission: Permission) {
        self.grantee = grantee
        self.permission = permission
    }
}

/// What a PutBucketAcl or PutObjectAcl asks for.
public enum AccessControlRequest: Sendable, Equatable {
    /// By `x-amz-acl`, which the parser has found to mean the owner alone.
    case ownerOnly
    /// By headers or a document; the document's owner, if it names one.
    case grants([AccessGrant], ownerID: String?)

    /// Roost keeps no access control lists: an owner has full control and nobody else any. A list that says so is
    /// taken, every other refused.
    /// - Throws: `NotImplemented`; `AccessDenied` if the document names another owner.
    public func check(owner: Owner) throws(S3Error) {
        guard case .grants(let grants, let ownerID) = self else { return }
        if let ownerID, ownerID != owner.id { throw S3Error(.accessDenied) }
        let isOwnerOnly = grants.allSatisfy { $0.grantee == .user(id: owner.id) }
        guard isOwnerOnly, grants.contains(where: { $0.permission == .fullControl }) else {
            throw S3Error(
                .notImplemented,
                "Access control lists that grant anything but full control to the owner are not "
                    + "implemented")
        }
    }
}

/// Source: Amazon S3 API Reference, `PutBucketAcl` (`API_PutBucketAcl.html`).
public struct PutBucketACLRequest: Sendable, Equatable {
    public var bucket: BucketName
    public var document: PayloadDescription
    /// nil until the document is read.
    public var access: AccessControlRequest?

    public init(
        bucket: BucketName, document: PayloadDescription = PayloadDescription(form: .unsigned, length: 0),
        access: AccessControlRequest? = nil
    ) {
        self.bucket = bucket
        self.document = document
        self.access = access
    }
}

/// Source: Amazon S3 API Reference, `PutObjectAcl` (`API_PutObjectAcl.html`).
public struct PutObjectACLRequest: Sendable, Equatable {
    public var bucket: BucketName
    public var key: ObjectKey
    public var version: VersionSelector
    public var document: PayloadDescription
    /// nil until the document is read.
    public var access: AccessControlRequest?

    public init(
        bucket: BucketName, key: ObjectKey, version: VersionSelector = .current,
        document: PayloadDescription = PayloadDescription(form: .unsigned, length: 0),
        access: AccessControlRequest? = nil
    ) {
        self.bucket = bucket
        self.key = key
        self.version = version
        self.document = document
        self.access = access
    }
}
