private import Core

/// What the bytes of an object came to.
public struct PayloadDigests: Sendable, Equatable {
    /// 16 bytes: the entity tag of a single upload.
    public var md5: [UInt8]
    /// In the algorithm that the client asked for, else CRC64NVME.
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
    private var length: UInt64 = 0

    public init(_ payload: PayloadDescription) {
        self.payload = payload
        let algorithm = payload.checksum.algorithm
        if case .signed = payload.form {
            sha256 = Digest(.sha256)
        } else {
            sha256 = algorithm == .sha256 ? Digest(.sha256) : nil
        }
        checksum = RunningChecksum(algorithm)
    }

    /// Takes the next bytes of the object. About 2 ms of CPU per MiB if the payload is signed: not for an event loop
    /// above a few KiB.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        md5.update(bytes)
        sha256?.update(bytes)
        checksum.update(bytes)
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
        guard length == payload.length else { throw S3Error(.incompleteBody) }
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
        let algorithm = payload.checksum.algorithm
        let computed = ObjectChecksum(
            algorithm: algorithm, value: checksum.finish(md5: md5, sha256: sha256 ?? []))
        if let expected = try expectedChecksum(trailer), expected != computed {
            throw S3Error(
                .badDigest, "The \(algorithm.name) you specified did not match the calculated checksum.",
                details: [
                    S3Error.Detail("ExpectedDigest", expected.text),
                    S3Error.Detail("CalculatedDigest", computed.text),
                ])
        }
        return PayloadDigests(md5: md5, checksum: computed, length: length)
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

/// A checksum under way. MD5 and SHA-256 run elsewhere already.
private enum RunningChecksum: Sendable {
    case crc32(CRC32)
    case crc32c(CRC32C)
    case crc64nvme(CRC64NVME)
    case digest(Digest)
    case md5, sha256

    init(_ algorithm: ChecksumAlgorithm) {
        switch algorithm {
        case .crc32: self = .crc32(CRC32())
        case .crc32c: self = .crc32c(CRC32C())
        case .crc64nvme: self = .crc64nvme(CRC64NVME())
        case .sha1: self = .digest(Digest(.sha1))
        case .sha512: self = .digest(Digest(.sha512))
        case .sha256: self = .sha256
        case .md5: self = .md5
        }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch self {
        case .crc32(var crc):
            crc.update(bytes)
            self = .crc32(crc)
        case .crc32c(var crc):
            crc.update(bytes)
            self = .crc32c(crc)
        case .crc64nvme(var crc):
            crc.update(bytes)
            self = .crc64nvme(crc)
        case .digest(let digest): digest.update(bytes)
        case .md5, .sha256: break
        }
    }

    func finish(md5: [UInt8], sha256: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        switch self {
        case .crc32(let crc): writer.writeBigEndian(crc.value)
        case .crc32c(let crc): writer.writeBigEndian(crc.value)
        case .crc64nvme(let crc): writer.writeBigEndian(crc.value)
        case .digest(let digest): return digest.finish()
        case .md5: return md5
        case .sha256: return sha256
        }
        return writer.bytes
    }
}
