private import Core

extension PayloadDescription {
    /// Of one PutObject, in bytes: 5 GiB.
    public static let maximumObjectBytes: UInt64 = 5 << 30
}

extension ParsedRequest {
    /// What the head says of the body.
    ///
    /// - Parameter readsChecksum: the checksum fields are about the body, and `x-amz-trailer` is allowed.
    /// Source: Amazon S3 API Reference, `PutObject` (`API_PutObject.html`, "Request Headers").
    /// - Throws: `MissingContentLength`, `EntityTooLarge`, `InvalidDigest`, `InvalidRequest`, `InvalidArgument`,
    ///   `NotImplemented`.
    func payload(maximumBytes: UInt64, readsChecksum: Bool = true) throws(S3Error) -> PayloadDescription {
        let length = try payloadLength()
        guard length <= maximumBytes else {
            var error = S3Error.entityTooLarge(length, maximum: maximumBytes)
            if !carriesObject { error = S3Error(.maxMessageLengthExceeded, details: error.details) }
            throw error
        }
        var payload = PayloadDescription(form: form, length: length)
        payload.contentMD5 = try contentMD5()
        if readsChecksum { payload.checksum = try checksum() }
        return payload
    }

    func contentMD5() throws(S3Error) -> [UInt8]? {
        guard let text = fields["content-md5"] else { return nil }
        guard let md5 = Base64.decode(text), md5.count == 16 else {
            throw S3Error(.invalidDigest, details: [S3Error.Detail("Content-MD5", text)])
        }
        return md5
    }

    /// The body is the bytes of an object, not a document.
    private var carriesObject: Bool { name == .putObject || name == .uploadPart }

    /// Bytes of the object: the decoded length of a chunked form.
    private func payloadLength() throws(S3Error) -> UInt64 {
        if form.isChunked {
            guard let text = fields["x-amz-decoded-content-length"] else {
                throw S3Error(.missingContentLength)
            }
            guard let length = Self.number(text) else {
                throw .invalidArgument(
                    "The decoded content length is not a number.", name: "x-amz-decoded-content-length", value: text)
            }
            return length
        }
        if fields.isChunked { throw .notImplemented(header: "Transfer-Encoding") }
        guard let text = fields.contentLength else {
            // Without both fields a request has no body (RFC 9112, section 6.3); S3 wants an object's length said.
            if carriesObject { throw S3Error(.missingContentLength) }
            return 0
        }
        guard let length = Self.number(text) else {
            throw .invalidArgument("The content length is not a number.", name: "Content-Length", value: text)
        }
        return length
    }

    static func number(_ text: String) -> UInt64? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return UInt64(text)
    }

    /// At most one checksum, in the head or announced for the trailer, and of the algorithm that
    /// `x-amz-sdk-checksum-algorithm` names if that is there.
    func checksum() throws(S3Error) -> ChecksumRequest {
        let given = try checksumFields()
        let announced = try announcedTrailer()
        guard given.count + (announced == nil ? 0 : 1) <= 1 else { throw Self.severalChecksums }
        var request = ChecksumRequest.none
        if let (algorithm, text) = given.first {
            guard let checksum = ObjectChecksum(algorithm: algorithm, text: text) else {
                throw .invalidRequest("Value for \(algorithm.headerName) header is invalid.")
            }
            request = .given(checksum)
        } else if let announced {
            request = .inTrailer(announced)
        }
        try checkNamedAlgorithm(request)
        return request
    }

    /// Fields that carry a checksum.
    func checksumFields() throws(S3Error) -> [(algorithm: ChecksumAlgorithm, value: String)] {
        var found: [(algorithm: ChecksumAlgorithm, value: String)] = []
        try fields.forEachAmazonField { (name, value) throws(S3Error) in
            if let algorithm = ChecksumAlgorithm(field: name) { found.append((algorithm, value)) }
        }
        return found
    }

    static var severalChecksums: S3Error {
        .invalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
    }

    private func announcedTrailer() throws(S3Error) -> ChecksumAlgorithm? {
        guard let text = fields["x-amz-trailer"] else { return nil }
        guard form.hasTrailer else {
            throw .invalidRequest("x-amz-trailer is given, but the payload's form has no trailer.")
        }
        let names = text.split(separator: ",").map { String($0).trimmingSpaces.lowercased() }
        guard let name = names.first, names.count == 1 else { throw Self.severalChecksums }
        if let algorithm = ChecksumAlgorithm(headerName: name) { return algorithm }
        throw .invalidRequest("The value specified in the x-amz-trailer header is not supported")
    }

    private func checkNamedAlgorithm(_ request: ChecksumRequest) throws(S3Error) {
        guard let name = fields["x-amz-sdk-checksum-algorithm"] else { return }
        guard let algorithm = ChecksumAlgorithm(name: name) else {
            throw .invalidRequest("Value for x-amz-sdk-checksum-algorithm header is invalid.")
        }
        // Beside Content-MD5 the name alone is a leftover of an SDK, not a promise.
        if request == .none, fields["content-md5"] != nil { return }
        guard request != .none else {
            throw .invalidRequest(
                "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer "
                    + "headers were found.")
        }
        guard request.algorithm == algorithm else {
            throw .invalidRequest("Value for x-amz-sdk-checksum-algorithm header is invalid.")
        }
    }
}
