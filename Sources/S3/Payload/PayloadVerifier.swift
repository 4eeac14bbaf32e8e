private import Core

/// What the bytes of an object came to.
public struct PayloadDigests: Sendable, Equatable {
    /// 16 bytes: the entity tag of a single upload.
    public var md5: [UInt8]
    /// In the algorithm that is to be kept: the payload's `stored`, or what the client asked for, else CRC64NVME.
    public var checksum: ObjectChecksum
    /// Bytes.
    public var length: UInt64
}

/// Holds the digests that a body needs, and compares them with what the client said of it: MD5 always, SHA-256 if the
/// payload is signed with it, and the checksum. A copy shares the running digests: keep one.
///
/// Source: Amazon S3 User Guide, "Checking object integrity in Amazon S3" (`checking-object-integrity.html`).
public struct PayloadVerifier: Sendable {
    private let payload: PayloadDescription
    private let md5 = Digest(.md5)
    private let sha256: Digest?
    private var checksum: RunningChecksum
    /// What the client sent a checksum in, where another is kept.
    private var sent: RunningChecksum?
    private var length: UInt64 = 0

    public init(_ payload: PayloadDescription) {
        self.payload = payload
        let kept = payload.keptAlgorithm
        let sent = payload.checksum == .none ? kept : payload.checksum.algorithm
        var needsSHA256 = kept == .sha256 || sent == .sha256
        if case .signed = payload.form { needsSHA256 = true }
        sha256 = needsSHA256 ? Digest(.sha256) : nil
        checksum = RunningChecksum(kept)
        self.sent = sent == kept ? nil : RunningChecksum(sent)
    }

    /// Takes the next bytes of the object. About 2 ms of CPU per MiB if the payload is signed: not for an event loop
    /// above a few KiB.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        md5.update(bytes)
        sha256?.update(bytes)
        checksum.update(bytes)
        sent?.update(bytes)
        length += UInt64(bytes.count)
    }

    /// To be called once, when all bytes have come. On failure nothing of the body may be kept.
    ///
    /// - Parameter trailer: what `PayloadDecoder.finish` returned.
    /// - Returns: the digests, or `IncompleteBody`, `XAmzContentSHA256Mismatch`, `BadDigest`, `InvalidRequest`,
    ///   `MalformedTrailerError`.
    public func finish(trailer: [TrailerField] = []) -> Result<PayloadDigests, S3Error> {
        do throws(S3Error) {
            return .success(try verify(trailer))
        } catch {
            return .failure(error)
        }
    }

    private func verify(_ trailer: [TrailerField]) throws(S3Error) -> PayloadDigests {
        try checkLength()
        let sha256 = self.sha256?.finish()
        let md5 = self.md5.finish()
        if case .signed(let expected) = payload.form, let sha256, sha256 != expected {
            throw S3Error(
                .contentSHA256Mismatch,
                details: [
                    S3Error.Detail("ClientComputedContentSHA256", Hexadecimal.encode(expected)),
                    S3Error.Detail("S3ComputedContentSHA256", Hexadecimal.encode(sha256)),
                ])
        }
        if let expected = payload.contentMD5, expected != md5 {
            throw S3Error(
                .badDigest, "The Content-MD5 you specified did not match what we received.",
                details: [
                    S3Error.Detail("ExpectedDigest", Hexadecimal.encode(expected)),
                    S3Error.Detail("CalculatedDigest", Hexadecimal.encode(md5)),
                ])
        }
        let kept = ObjectChecksum(
            algorithm: payload.keptAlgorithm, value: checksum.finish(md5: md5, sha256: sha256 ?? []))
        if let expected = try expectedChecksum(trailer) {
            let value = sent?.finish(md5: md5, sha256: sha256 ?? []) ?? kept.value
            let computed = ObjectChecksum(algorithm: expected.algorithm, value: value)
            guard expected == computed else { throw Self.mismatch(expected, computed) }
        }
        return PayloadDigests(md5: md5, checksum: kept, length: length)
    }

    private func checkLength() throws(S3Error) {
        guard let allowed = payload.allowedLengths else {
            guard length == payload.length else { throw S3Error(.incompleteBody) }
            return
        }
        guard length >= allowed.lowerBound else {
            throw S3Error(
                .entityTooSmall,
                details: [
                    S3Error.Detail("ProposedSize", "\(length)"),
                    S3Error.Detail("MinSizeAllowed", "\(allowed.lowerBound)"),
                ])
        }
        guard length <= allowed.upperBound else { throw .entityTooLarge(length, maximum: allowed.upperBound) }
    }

    private static func mismatch(_ expected: ObjectChecksum, _ computed: ObjectChecksum) -> S3Error {
        S3Error(
            .badDigest, "The \(expected.algorithm.name) you specified did not match the calculated checksum.",
            details: [
                S3Error.Detail("ExpectedDigest", expected.text), S3Error.Detail("CalculatedDigest", computed.text),
            ])
    }

    /// nil if the client gave none. A field of the trailer that was not announced is no checksum that was asked for;
    /// one that was announced must come.
    private func expectedChecksum(_ trailer: [TrailerField]) throws(S3Error) -> ObjectChecksum? {
        switch payload.checksum {
        case .none: return nil
        case .given(let checksum): return checksum
        case .inTrailer(let algorithm):
            guard let field = trailer.first(where: { $0.name == algorithm.headerName }) else {
                throw S3Error(.malformedTrailer)
            }
            guard let checksum = ObjectChecksum(algorithm: algorithm, text: field.value) else {
                throw .invalidRequest("Value for \(algorithm.headerName) trailing header is invalid.")
            }
            return checksum
        }
    }
}

extension PayloadDescription {
    /// The algorithm of the checksum that is kept.
    var keptAlgorithm: ChecksumAlgorithm { stored ?? checksum.algorithm }
}
