import Core

extension ParsedRequest {
    /// `API_PutObject.html`.
    func putObject(_ bucket: BucketName, _ key: ObjectKey) throws(S3Error) -> PutObjectRequest {
        try refuseVersion()
        if let text = query["partNumber"] {
            throw .invalidArgument(
                "This operation does not accept partNumber without uploadId", name: "partNumber", value: text)
        }
        try refuse(headers: ["if-modified-since", "if-unmodified-since", "content-range"])
        return PutObjectRequest(
            bucket: bucket, key: key, metadata: try metadata(), tags: try headerTags(), condition: try putCondition(),
            payload: try payload(maximumBytes: PayloadDescription.maximumObjectBytes))
    }

    /// `API_GetObject.html`, `API_HeadObject.html`.
    func getObject(_ bucket: BucketName, _ key: ObjectKey) throws(S3Error) -> GetObjectRequest {
        var request = GetObjectRequest(bucket: bucket, key: key, version: try version())
        request.range = fields["range"].flatMap { RangeRequest($0) }
        request.part = try partNumber()
        request.ifRange = fields["if-range"]
        request.conditions = try readConditions()
        request.overrides = try overrides()
        request.wantsChecksum = fields["x-amz-checksum-mode"]?.uppercased() == "ENABLED"
        return request
    }

    /// `API_DeleteObject.html`.
    func deleteObject(_ bucket: BucketName, _ key: ObjectKey) throws(S3Error) -> DeleteObjectRequest {
        try refuse(headers: ["if-none-match", "if-modified-since", "if-unmodified-since"])
        var request = DeleteObjectRequest(bucket: bucket, key: key, version: try version())
        request.condition = try ifMatch(allowsAny: true)
        return request
    }

    // MARK: Versions and parts

    func version() throws(S3Error) -> VersionSelector {
        guard let text = query["versionId"] else { return .current }
        if text == "null" { return .null }
        guard !text.isEmpty else {
            throw .invalidArgument("Version id cannot be the empty string", name: "versionId", value: "")
        }
        throw .invalidArgument("Invalid version id specified", name: "versionId", value: text)
    }

    func refuseVersion() throws(S3Error) {
        guard let text = query["versionId"] else { return }
        throw .invalidArgument(
            "This operation does not accept a version-id.", name: "versionId", value: text)
    }

    private func partNumber() throws(S3Error) -> PartNumber? {
        guard let text = query["partNumber"] else { return nil }
        guard let number = PartNumber(text) else { throw Self.badPartNumber(text) }
        if fields["range"] != nil {
            throw .invalidRequest("Cannot specify both Range header and partNumber query parameter")
        }
        return number
    }

    // MARK: Conditions

    /// - Parameter prefix: of the fields' names: the conditions of a copy on its source have one.
    func readConditions(prefix: String = "") throws(S3Error) -> ReadConditions {
        ReadConditions(
            ifMatch: try entityTags("\(prefix)if-match"), ifNoneMatch: try entityTags("\(prefix)if-none-match"),
            ifModifiedSince: fields["\(prefix)if-modified-since"].flatMap(Timestamp.parseHTTPDate),
            ifUnmodifiedSince: fields["\(prefix)if-unmodified-since"].flatMap(Timestamp.parseHTTPDate))
    }

    private func entityTags(_ header: String) throws(S3Error) -> EntityTagCondition? {
        guard let value = fields.joined(header) else { return nil }
        return try EntityTagCondition(value, header: header)
    }

    func putCondition() throws(S3Error) -> WriteCondition {
        guard let absent = fields.joined("if-none-match") else { return try ifMatch(allowsAny: false) }
        // Of If-None-Match a PUT knows `*` alone, and not together with If-Match.
        guard absent.trimmingSpaces == "*" else { throw .notImplemented(header: "If-None-Match") }
        guard fields["if-match"] == nil else { throw .notImplemented(header: "If-Match") }
        return .ifAbsent
    }

    private func ifMatch(allowsAny: Bool) throws(S3Error) -> WriteCondition {
        switch try entityTags("if-match") {
        case nil: return .none
        case .any:
            guard allowsAny else { throw .notImplemented(header: "If-Match") }
            return .ifExists
        case .tags(let tags):
            guard let tag = tags.first, tags.count == 1 else { throw .notImplemented(header: "If-Match") }
            return .ifMatches(tag)
        }
    }

    // MARK: Metadata

    /// `UsingMetadata.html`.
    func metadata() throws(S3Error) -> ObjectMetadata {
        var metadata = ObjectMetadata()
        for field in ObjectMetadata.StandardField.allCases {
            guard var value = fields.joined(field.headerName) else { continue }
            if field == .contentEncoding { value = Self.withoutChunkedCoding(value) }
            if !value.isEmpty { metadata.standard.append(.init(field, value)) }
        }
        let prefix: StaticString = "x-amz-meta-"
        try fields.forEachAmazonField { (field, value) throws(S3Error) in
            guard field.hasASCIIPrefix(prefix) else { return }
            let name = String(field.utf8.dropFirst(prefix.utf8CodeUnitCount)) ?? ""
            guard !name.isEmpty, name.utf8.allSatisfy(Self.isToken) else {
                throw .invalidArgument("The name of a metadata field is not valid.", name: field, value: value)
            }
            let decoded = EncodedWord.decode(value)
            if let index = metadata.user.firstIndex(where: { $0.name == name }) {
                metadata.user[index].value += ",\(decoded)"
            } else {
                metadata.user.append(.init(name, decoded))
            }
        }
        let size = metadata.user.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        guard size <= ObjectMetadata.maximumUserBytes else {
            throw S3Error(
                .metadataTooLarge,
                details: [
                    S3Error.Detail("Size", "\(size)"),
                    S3Error.Detail("MaxSizeAllowed", "\(ObjectMetadata.maximumUserBytes)"),
                ])
        }
        return metadata
    }

    /// `aws-chunked` is a coding of the request, not of the object.
    private static func withoutChunkedCoding(_ value: String) -> String {
        guard value.utf8.count >= 11 else { return value }
        let codings = value.split(separator: ",").map { String($0).trimmingSpaces }
        let kept = codings.filter { $0.lowercased() != "aws-chunked" }
        return kept.count == codings.count ? value : kept.joined(separator: ", ")
    }

    /// RFC 9110, section 5.6.2.
    private static func isToken(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(character)
        }
    }

    /// `response-*`. The values come percent-decoded from a query and go into header fields: a line break among them
    /// would write a field of its own.
    private func overrides() throws(S3Error) -> [ObjectMetadata.StandardEntry] {
        var overrides: [ObjectMetadata.StandardEntry] = []
        for field in ObjectMetadata.StandardField.allCases {
            guard let value = query[field.responseParameter] else { continue }
            guard value.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F && $0.value <= 0xFF }) else {
                throw .invalidArgument(
                    "Header value cannot be represented using ISO-8859-1.", name: field.responseParameter,
                    value: value)
            }
            overrides.append(.init(field, value))
        }
        return overrides
    }
}
