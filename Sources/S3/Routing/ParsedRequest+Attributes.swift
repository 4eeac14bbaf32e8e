extension ParsedRequest {
    /// `API_GetObjectAttributes.html`.
    func getObjectAttributes(_ bucket: BucketName, _ key: ObjectKey) throws(S3Error) -> GetObjectAttributesRequest {
        GetObjectAttributesRequest(
            bucket: bucket, key: key, version: try version(), attributes: try attributes(),
            maximumParts: try count(
                fields["x-amz-max-parts"], "x-amz-max-parts", maximum: GetObjectAttributesRequest.maximumPage),
            partMarker: try count(
                fields["x-amz-part-number-marker"], "x-amz-part-number-marker", maximum: .max, empty: 0))
    }

    private func attributes() throws(S3Error) -> GetObjectAttributesRequest.Attributes {
        let text = fields.joined("x-amz-object-attributes") ?? fields["x-amz-object-attributes"] ?? ""
        var attributes: GetObjectAttributesRequest.Attributes = []
        for piece in text.split(separator: ",") {
            switch String(piece).trimmingSpaces {
            case "ETag": attributes.insert(.tag)
            case "Checksum": attributes.insert(.checksum)
            case "ObjectParts": attributes.insert(.parts)
            case "StorageClass": attributes.insert(.storageClass)
            case "ObjectSize": attributes.insert(.size)
            case let name:
                throw .invalidArgument(
                    "Invalid attribute name specified.", name: "x-amz-object-attributes", value: name)
            }
        }
        guard !attributes.isEmpty else {
            throw .invalidRequest(
                "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty"
            )
        }
        return attributes
    }
}
