extension S3Response {
    /// `API_GetObjectAcl.html`, `API_GetBucketAcl.html`: full control of the owner, and of nobody else.
    public static func accessControlPolicy(_ owner: Owner) -> S3Response {
        var writer = XMLWriter(reserving: 1024)
        writer.open("AccessControlPolicy", namespace: XMLWriter.s3Namespace)
        writer.owner(owner)
        writer.open("AccessControlList")
        writer.open("Grant")
        writer.openCanonicalGrantee()
        writer.element("ID", owner.id)
        writer.element("DisplayName", owner.displayName)
        writer.close("Grantee")
        writer.element("Permission", AccessGrant.Permission.fullControl.rawValue)
        writer.close("Grant")
        writer.close("AccessControlList")
        writer.close("AccessControlPolicy")
        return .document(writer.bytes)
    }

    /// `API_PutObjectAcl.html`, `API_PutBucketAcl.html`.
    public static func putACL() -> S3Response { .empty(status: 200) }
}
