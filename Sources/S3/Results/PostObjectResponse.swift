private import HTTP

extension S3Response {
    /// `RESTObjectPOST.html`, "Response Elements".
    /// - Parameter location: the object's URL.
    public static func postObject(
        _ result: PutObjectResult, to upload: PostObjectUpload, location: String
    ) -> S3Response {
        var headers: Headers = ["etag": result.tag.quoted]
        switch upload.success {
        case .status(let status):
            headers.add("location", location)
            return .empty(status: status, headers: headers)
        case .redirect(let url):
            headers.add("location", redirect(url, upload.put, result.tag))
            return .empty(status: 303, headers: headers)
        case .created:
            var writer = XMLWriter()
            writer.open("PostResponse")
            writer.element("Location", location)
            writer.element("Bucket", upload.put.bucket.text)
            writer.element("Key", utf8: upload.put.key.bytes)
            writer.element("ETag", result.tag.quoted)
            writer.close("PostResponse")
            var response = S3Response.document(writer.bytes)
            response.head.status = 201
            response.head.headers.add("etag", result.tag.quoted)
            response.head.headers.add("location", location)
            return response
        }
    }

    private static func redirect(_ url: String, _ put: PutObjectRequest, _ tag: EntityTag) -> String {
        var key: [UInt8] = []
        PercentEncoding.encode(put.key.bytes, keepsSlash: false, to: &key)
        let pieces = url.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let fragment = pieces.count == 2 ? "#\(pieces[1])" : ""
        return "\(pieces[0])\(pieces[0].contains("?") ? "&" : "?")bucket=\(put.bucket.text)"
            + "&key=\(String(decoding: key, as: UTF8.self))&etag=\(PercentEncoding.encode(tag.quoted))\(fragment)"
    }
}
