extension S3Response {
    /// `API_GetObjectTagging.html`, `API_GetBucketTagging.html`. A bucket without tags is `NoSuchTagSet`, an object
    /// without any has an empty set.
    public static func tagging(_ tags: TagSet) -> S3Response {
        var writer = XMLWriter(reserving: 256 + tags.tags.count * 128)
        writer.open("Tagging", namespace: XMLWriter.s3Namespace)
        writer.open("TagSet")
        for tag in tags.tags {
            writer.open("Tag")
            writer.element("Key", tag.key)
            writer.element("Value", tag.value)
            writer.close("Tag")
        }
        writer.close("TagSet")
        writer.close("Tagging")
        return .document(writer.bytes)
    }

    /// `API_PutObjectTagging.html`.
    public static func putObjectTagging() -> S3Response { .empty(status: 200) }

    /// `API_DeleteObjectTagging.html`.
    public static func deleteObjectTagging() -> S3Response { .empty(status: 204) }

    /// `API_PutBucketTagging.html`, "Examples".
    public static func putBucketTagging() -> S3Response { .empty(status: 204) }

    /// `API_DeleteBucketTagging.html`.
    public static func deleteBucketTagging() -> S3Response { .empty(status: 204) }
}
