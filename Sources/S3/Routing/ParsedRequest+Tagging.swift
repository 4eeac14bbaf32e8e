extension ParsedRequest {
    /// Bytes of a document of tags at most: 50 of them, each character written as a reference.
    private static let maximumTaggingBytes: UInt64 = 256 << 10

    /// `API_PutObjectTagging.html`.
    func putObjectTagging(_ bucket: BucketName, _ key: ObjectKey) throws(S3Error) -> PutObjectTaggingRequest {
        PutObjectTaggingRequest(
            bucket: bucket, key: key, version: try version(),
            document: try provedDocument(maximumBytes: Self.maximumTaggingBytes))
    }

    /// `API_PutBucketTagging.html`.
    func putBucketTagging(_ bucket: BucketName) throws(S3Error) -> PutBucketTaggingRequest {
        PutBucketTaggingRequest(
            bucket: bucket, document: try provedDocument(maximumBytes: Self.maximumTaggingBytes))
    }

    /// `x-amz-tagging` of PutObject, CopyObject and CreateMultipartUpload: tags in the form of a query.
    func headerTags() throws(S3Error) -> TagSet {
        guard let text = fields.joined("x-amz-tagging") ?? fields["x-amz-tagging"], !text.isEmpty else {
            return TagSet()
        }
        return try TagSet(query: text[...])
    }
}

extension TagSet {
    /// - Parameter query: `key=value&…`, percent-encoded.
    init(query: Substring) throws(S3Error) {
        let malformed = S3Error.invalidArgument(
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name "
                + "duplicates.",
            name: "x-amz-tagging", value: String(query))
        guard let items = try? QueryItems(query) else { throw malformed }
        let tags = items.items.map { Tag($0.name, $0.value) }
        guard Set(tags.map { Array($0.key.utf8) }).count == tags.count else { throw malformed }
        try self.init(tags, of: .object)
    }
}
