/// The optional document of CreateBucket.
///
/// Source: Amazon S3 API Reference, `CreateBucket` (`API_CreateBucket.html`, "Request Body").
enum CreateBucketConfiguration {
    /// The location constraint; nil if the document is empty or names none.
    /// - Throws: `MalformedXML`; `NotImplemented` for a kind of bucket, a location or tags that are not served.
    static func parse(_ document: [UInt8]) throws(S3Error) -> String? {
        if document.isEmpty { return nil }
        let root = try XMLElement.parse(document)
        guard root.name == "CreateBucketConfiguration" else { throw S3Error(.malformedXML) }
        var constraint: String?
        for element in root.children {
            switch element.name {
            case "LocationConstraint":
                guard constraint == nil else { throw S3Error(.malformedXML) }
                constraint = element.text
            case "Location", "Bucket", "Tags":
                throw .notImplemented(parameter: "CreateBucketConfiguration.\(element.name)")
            default:
                throw S3Error(.malformedXML)
            }
        }
        return constraint?.isEmpty == true ? nil : constraint
    }
}

extension CreateBucketRequest {
    /// A bucket lives in the store's region, which may be named (also us-east-1, where AWS would have it left out).
    /// - Throws: `IllegalLocationConstraintException`.
    public func checkLocation(region: String) throws(S3Error) {
        guard let locationConstraint, locationConstraint != region else { return }
        throw S3Error(
            .illegalLocationConstraint,
            "The \(locationConstraint) location constraint is incompatible for the region specific endpoint this "
                + "request was sent to.")
    }
}
