/// The document of DeleteObjects.
///
/// Source: Amazon S3 API Reference, `DeleteObjects` (`API_DeleteObjects.html`, "Request Body").
enum DeleteDocument {
    /// - Throws: `MalformedXML`, also without objects and with more than 1,000; `KeyTooLongError`,
    ///   `UserKeyMustBeSpecified`; `NotImplemented` for versions, and for conditions that S3 knows for directory buckets.
    static func parse(
        _ document: [UInt8]
    ) throws(S3Error) -> (objects: [DeleteObjectsRequest.Target], isQuiet: Bool) {
        if document.isEmpty { throw S3Error(.missingRequestBody) }
        let root = try XMLElement.parse(document)
        guard root.name == "Delete" else { throw S3Error(.malformedXML) }
        var objects: [DeleteObjectsRequest.Target] = []
        var isQuiet = false
        for element in root.children {
            switch element.name {
            case "Object":
                guard objects.count < DeleteObjectsRequest.maximumObjects else { throw S3Error(.malformedXML) }
                objects.append(try target(element))
            case "Quiet": isQuiet = element.trimmedText.lowercased() == "true"
            default: throw S3Error(.malformedXML)
            }
        }
        guard !objects.isEmpty else { throw S3Error(.malformedXML) }
        return (objects, isQuiet)
    }

    private static func target(_ element: XMLElement) throws(S3Error) -> DeleteObjectsRequest.Target {
        var key: ObjectKey?
        var version = VersionSelector.current
        var condition = WriteCondition.none
        for field in element.children {
            switch field.name {
            case "Key":
                guard key == nil else { throw S3Error(.malformedXML) }
                guard !field.text.isEmpty else { throw S3Error(.userKeyMustBeSpecified) }
                key = try ObjectKey(field.text)
            case "VersionId":
                switch field.trimmedText {
                case "": break
                case "null": version = .null
                default: throw .notImplemented(parameter: "Delete.Object.VersionId")
                }
            case "ETag":
                let text = field.trimmedText
                if !text.isEmpty { condition = text == "*" ? .ifExists : .ifMatches(EntityTag(unquoting: text)) }
            case "LastModifiedTime", "Size":
                throw .notImplemented(parameter: "Delete.Object.\(field.name)")
            default: throw S3Error(.malformedXML)
            }
        }
        guard let key else { throw S3Error(.malformedXML) }
        return DeleteObjectsRequest.Target(key: key, version: version, condition: condition)
    }
}
