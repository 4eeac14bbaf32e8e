/// The document of PutObjectAcl and PutBucketAcl.
///
/// Source: Amazon S3 API Reference, `PutObjectAcl` (`API_PutObjectAcl.html`, "Request Body").
enum AccessControlDocument {
    /// - Throws: `MalformedXML`, `MalformedACLError`.
    static func parse(_ document: [UInt8]) throws(S3Error) -> AccessControlRequest {
        let root = try XMLElement.parse(document)
        guard root.name == "AccessControlPolicy", let list = root.child("AccessControlList") else {
            throw S3Error(.malformedACL)
        }
        var grants: [AccessGrant] = []
        for element in list.children {
            guard element.name == "Grant", let grantee = element.child("Grantee"),
                let permission = element.child("Permission").flatMap({
                    AccessGrant.Permission(rawValue: $0.trimmedText)
                })
            else { throw S3Error(.malformedACL) }
            grants.append(AccessGrant(try parse(grantee: grantee), permission))
        }
        return .grants(grants, ownerID: root.child("Owner")?.child("ID")?.trimmedText)
    }

    /// Which kind it is stands in an attribute, and follows from the element.
    private static func parse(grantee: XMLElement) throws(S3Error) -> AccessGrant.Grantee {
        if let id = grantee.child("ID") { return .user(id: id.trimmedText) }
        if let uri = grantee.child("URI") { return .group(uri: uri.trimmedText) }
        if let address = grantee.child("EmailAddress") { return .address(address.trimmedText) }
        throw S3Error(.malformedACL)
    }
}
