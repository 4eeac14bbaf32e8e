private import Core

/// A part that the store holds for an upload.
public struct StoredPart: Sendable, Equatable {
    public var number: PartNumber
    /// Bytes.
    public var size: UInt64
    /// 16 bytes.
    public var md5: [UInt8]
    /// In the upload's algorithm, or CRC64NVME if it names none.
    public var checksum: ObjectChecksum

    public init(number: PartNumber, size: UInt64, md5: [UInt8], checksum: ObjectChecksum) {
        self.number = number
        self.size = size
        self.md5 = md5
        self.checksum = checksum
    }
}

/// What the parts of a CompleteMultipartUpload come to.
public struct AssembledObject: Sendable, Equatable {
    /// Bytes.
    public var size: UInt64
    public var tag: EntityTag
    public var checksum: ObjectChecksum
    /// Those that make up the object, in the order of their numbers; the upload may have others.
    public var parts: [StoredPart]
}

extension CompleteMultipartUploadRequest {
    /// Holds what the client lists against what the store has.
    ///
    /// Source: Amazon S3 API Reference, `CompleteMultipartUpload` (`API_CompleteMultipartUpload.html`, "Errors"), Amazon
    /// S3 User Guide, "Checking object integrity for data uploads" (`checking-object-integrity-upload.html`).
    /// - Parameters:
    ///   - stored: of the upload, in the order of their numbers; more than the client lists may be there.
    ///   - upload: the checksum that the upload was begun with.
    ///   - minimumPartBytes: of every part but the last.
    /// - Throws: `InvalidPart`, `InvalidPartOrder`, `EntityTooSmall`, `EntityTooLarge`, `InvalidRequest`, `BadDigest`.
    public func assemble(
        _ stored: [StoredPart], upload expected: MultipartChecksum?,
        minimumPartBytes: UInt64 = MultipartLimits.minimumPartBytes
    ) throws(S3Error) -> AssembledObject {
        try checkType(expected)
        try checkNumbers(expected)
        var chosen: [StoredPart] = []
        chosen.reserveCapacity(parts.count)
        var index = 0
        var size: UInt64 = 0
        for (position, part) in parts.enumerated() {
            while index < stored.count, stored[index].number < part.number { index += 1 }
            guard index < stored.count, stored[index].number == part.number else { throw invalid(part) }
            let found = stored[index]
            try check(part, found, expected)
            guard position == parts.count - 1 || found.size >= minimumPartBytes else {
                throw Self.tooSmall(part, found, minimumPartBytes)
            }
            size += found.size
            chosen.append(found)
        }
        guard size <= MultipartLimits.maximumObjectBytes else {
            throw .entityTooLarge(size, maximum: MultipartLimits.maximumObjectBytes)
        }
        if let objectSize, objectSize != size {
            throw .invalidRequest(
                "The provided 'x-amz-mp-object-size' header value \(objectSize) does not match what was computed: "
                    + "\(size)")
        }
        let computed =
            expected?.type == .composite
            ? ObjectChecksum.composite(parts: chosen.map(\.checksum))
            : ObjectChecksum.combine(parts: chosen.map { ($0.checksum, $0.size) })
        try check(computed)
        return AssembledObject(
            size: size, tag: EntityTag(partMD5s: chosen.map(\.md5)), checksum: computed, parts: chosen)
    }

    private func checkType(_ expected: MultipartChecksum?) throws(S3Error) {
        let type = expected?.type ?? .fullObject
        guard checksumType ?? type == type else {
            throw .invalidRequest(
                "The upload was created using the \(type.name) checksum mode. The complete request must use the same "
                    + "checksum mode.")
        }
    }

    /// `API_CompletedPart.html`, "PartNumber": where each part has a checksum of its own, numbers begin at 1 and have no
    /// gaps.
    private func checkNumbers(_ expected: MultipartChecksum?) throws(S3Error) {
        guard expected?.type == .composite else { return }
        for (index, part) in parts.enumerated() where part.number.value != index + 1 {
            throw S3Error(.invalidPartOrder, details: [S3Error.Detail("PartNumber", "\(part.number)")])
        }
    }

    private func check(
        _ part: CompletedPart, _ found: StoredPart, _ expected: MultipartChecksum?
    ) throws(S3Error) {
        guard part.tag.text.lowercased() == Hexadecimal.encode(found.md5) else { throw invalid(part) }
        guard let checksum = part.checksum else {
            guard expected?.type != .composite else {
                let name = found.checksum.algorithm.name.lowercased()
                throw .invalidRequest(
                    "The upload was created using a \(name) checksum. The complete request must include the checksum "
                        + "for each part. It was missing for part \(part.number) in the request.")
            }
            return
        }
        guard checksum.algorithm == found.checksum.algorithm else {
            throw Self.typeMismatch(expected: expected, actual: checksum.algorithm)
        }
        guard checksum.value == found.checksum.value else { throw invalid(part) }
    }

    private func check(_ computed: ObjectChecksum) throws(S3Error) {
        guard let checksum else { return }
        guard checksum.algorithm == computed.algorithm else {
            throw Self.typeMismatch(
                expected: MultipartChecksum(computed.algorithm, computed.type), actual: checksum.algorithm)
        }
        // Clients leave the number of parts out now and then; the value is what is compared.
        guard checksum.value == computed.value, checksum.parts ?? computed.parts == computed.parts else {
            throw S3Error(
                .badDigest, "The \(computed.algorithm.name) you specified did not match the calculated checksum.",
                details: [
                    S3Error.Detail("ExpectedDigest", checksum.text),
                    S3Error.Detail("CalculatedDigest", computed.text),
                ])
        }
    }

    private static func typeMismatch(expected: MultipartChecksum?, actual: ChecksumAlgorithm) -> S3Error {
        .invalidRequest(
            "Checksum Type mismatch occurred, expected checksum Type: "
                + "\(expected?.algorithm.name.lowercased() ?? "null"), actual checksum Type: \(actual.name.lowercased())"
        )
    }

    private func invalid(_ part: CompletedPart) -> S3Error {
        S3Error(
            .invalidPart,
            details: [
                S3Error.Detail("UploadId", upload.text), S3Error.Detail("PartNumber", "\(part.number)"),
                S3Error.Detail("ETag", part.tag.text),
            ])
    }

    private static func tooSmall(_ part: CompletedPart, _ found: StoredPart, _ minimumBytes: UInt64) -> S3Error {
        S3Error(
            .entityTooSmall,
            details: [
                S3Error.Detail("ProposedSize", "\(found.size)"),
                S3Error.Detail("MinSizeAllowed", "\(minimumBytes)"),
                S3Error.Detail("PartNumber", "\(part.number)"), S3Error.Detail("ETag", part.tag.text),
            ])
    }
}
