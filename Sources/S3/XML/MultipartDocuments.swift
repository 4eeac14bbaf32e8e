/// The document of CompleteMultipartUpload.
///
/// Source: Amazon S3 API Reference, `CompleteMultipartUpload` (`API_CompleteMultipartUpload.html`, "Request Body").
enum CompletedParts {
    /// - Throws: `MalformedXML`, also without parts and with too many; `InvalidPartOrder`.
    static func parse(_ document: [UInt8]) throws(S3Error) -> [CompletedPart] {
        if document.isEmpty { throw S3Error(.missingRequestBody) }
        let root = try XMLElement.parse(document)
        // Old clients write CompleteMultipartUploadResult or leave the namespace out; the name is what counts.
        guard root.name == "CompleteMultipartUpload", root.children.count <= PartNumber.maximum else {
            throw S3Error(.malformedXML)
        }
        var parts: [CompletedPart] = []
        parts.reserveCapacity(root.children.count)
        for element in root.children {
            guard element.name == "Part" else { throw S3Error(.malformedXML) }
            parts.append(try part(element))
        }
        guard !parts.isEmpty else { throw S3Error(.malformedXML) }
        for index in parts.indices.dropFirst() where parts[index - 1].number >= parts[index].number {
            throw S3Error(.invalidPartOrder)
        }
        return parts
    }

    private static func part(_ element: XMLElement) throws(S3Error) -> CompletedPart {
        var number: PartNumber?
        var tag: EntityTag?
        var checksum: ObjectChecksum?
        for field in element.children {
            switch field.name {
            case "PartNumber":
                let text = field.trimmedText
                guard number == nil else { throw S3Error(.malformedXML) }
                guard let value = PartNumber(text) else {
                    throw Int(text) == nil ? S3Error(.malformedXML) : ParsedRequest.badPartNumber(text)
                }
                number = value
            case "ETag":
                guard tag == nil else { throw S3Error(.malformedXML) }
                tag = EntityTag(unquoting: field.trimmedText)
            case let name:
                guard let algorithm = ChecksumAlgorithm(elementName: name), checksum == nil else {
                    throw S3Error(.malformedXML)
                }
                guard let value = ObjectChecksum(algorithm: algorithm, text: field.trimmedText) else {
                    throw .invalidRequest("Value for \(name) is invalid.")
                }
                checksum = value
            }
        }
        guard let number, let tag else { throw S3Error(.malformedXML) }
        return CompletedPart(number: number, tag: tag, checksum: checksum)
    }
}

extension ChecksumAlgorithm {
    init?(elementName: String) {
        let text = elementName.utf8.span
        guard text.hasPrefix("Checksum") else { return nil }
        for algorithm in Self.allCases where text.equals(algorithm.elementName) {
            self = algorithm
            return
        }
        return nil
    }
}
