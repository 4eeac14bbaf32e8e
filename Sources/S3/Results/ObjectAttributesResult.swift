private import Core
private import HTTP

/// What GetObjectAttributes tells of an object.
public struct ObjectAttributesResult: Sendable, Equatable {
    public var object: ObjectDescription
    /// A page of the parts, nil for an object that was stored in one piece.
    public var parts: Parts?

    public struct Parts: Sendable, Equatable {
        /// Of the whole object.
        public var totalCount: Int
        /// In the order of their numbers; empty if the object's parts have no checksums, as S3 lists them only then.
        public var parts: [Part]
        /// There are more behind the last one here.
        public var isTruncated: Bool

        public init(totalCount: Int, parts: [Part] = [], isTruncated: Bool = false) {
            self.totalCount = totalCount
            self.parts = parts
            self.isTruncated = isTruncated
        }
    }

    public struct Part: Sendable, Equatable {
        public var number: PartNumber
        /// Bytes.
        public var size: UInt64
        public var checksum: ObjectChecksum?

        public init(number: PartNumber, size: UInt64, checksum: ObjectChecksum? = nil) {
            self.number = number
            self.size = size
            self.checksum = checksum
        }
    }

    public init(object: ObjectDescription, parts: Parts? = nil) {
        self.object = object
        self.parts = parts
    }
}

extension S3Response {
    /// `API_GetObjectAttributes.html`. The entity tag stands without its quotes here, and a COMPOSITE checksum without the
    /// number of parts, which has an element of its own.
    public static func getObjectAttributes(
        _ result: ObjectAttributesResult, to request: GetObjectAttributesRequest
    ) -> S3Response {
        let wanted = request.attributes
        var writer = XMLWriter(reserving: 512 + (result.parts?.parts.count ?? 0) * 160)
        writer.open("GetObjectAttributesResponse", namespace: XMLWriter.s3Namespace)
        if wanted.contains(.tag) { writer.element("ETag", result.object.tag.text) }
        if wanted.contains(.checksum), var checksum = result.object.checksum {
            checksum.parts = nil
            writer.open("Checksum")
            writer.element(checksum.algorithm.elementName, checksum.text)
            writer.element("ChecksumType", checksum.type.name)
            writer.close("Checksum")
        }
        if wanted.contains(.parts), let parts = result.parts { writer.objectParts(parts, request) }
        if wanted.contains(.storageClass) { writer.element("StorageClass", "STANDARD") }
        if wanted.contains(.size) { writer.element("ObjectSize", result.object.size) }
        writer.close("GetObjectAttributesResponse")
        var response = S3Response.document(writer.bytes)
        response.head.headers.add("last-modified", Timestamp.httpDate(result.object.lastModified))
        return response
    }
}

extension XMLWriter {
    fileprivate mutating func objectParts(
        _ parts: ObjectAttributesResult.Parts, _ request: GetObjectAttributesRequest
    ) {
        open("ObjectParts")
        element("PartsCount", parts.totalCount)
        if !parts.parts.isEmpty {
            element("PartNumberMarker", request.partMarker)
            element("NextPartNumberMarker", parts.parts.last?.number.value ?? request.partMarker)
            element("MaxParts", request.maximumParts)
            element("IsTruncated", parts.isTruncated)
        }
        for part in parts.parts {
            open("Part")
            element("PartNumber", part.number.value)
            element("Size", part.size)
            if let checksum = part.checksum { element(checksum.algorithm.elementName, checksum.text) }
            close("Part")
        }
        close("ObjectParts")
    }
}
