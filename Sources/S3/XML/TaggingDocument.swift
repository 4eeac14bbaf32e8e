/// The document of PutObjectTagging and PutBucketTagging.
///
/// Source: Amazon S3 API Reference, `PutObjectTagging` (`API_PutObjectTagging.html`, "Request Body").
enum TaggingDocument {
    /// - Throws: `MalformedXML`, and what `TagSet` says of the tags.
    static func parse(_ document: [UInt8], of holder: TagSet.Holder) throws(S3Error) -> TagSet {
        if document.isEmpty { throw S3Error(.missingRequestBody) }
        let root = try XMLElement.parse(document)
        guard root.name == "Tagging", root.children.count == 1, let set = root.child("TagSet") else {
            throw S3Error(.malformedXML)
        }
        var tags: [Tag] = []
        for element in set.children {
            guard element.name == "Tag", element.children.count == 2, let key = element.child("Key"),
                let value = element.child("Value")
            else { throw S3Error(.malformedXML) }
            tags.append(Tag(key.text, value.text))
        }
        return try TagSet(tags, of: holder)
    }
}
