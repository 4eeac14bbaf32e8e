/// How the bytes of a body are signed and framed, from `x-amz-content-sha256`.
///
/// Source: Amazon S3 API Reference, "Authenticating Requests: Using the Authorization Header"
/// (`sigv4-auth-using-authorization-header.html`).
public enum PayloadForm: Sendable, Equatable {
    /// The body as it is; its SHA-256 (32 bytes) is part of the signature.
    case signed(sha256: [UInt8])
    /// `UNSIGNED-PAYLOAD`: the body as it is.
    case unsigned
    /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD`: aws-chunked, each chunk signed.
    case signedChunks
    /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER`: the same with a signed trailer.
    case signedChunksWithTrailer
    /// `STREAMING-UNSIGNED-PAYLOAD-TRAILER`: aws-chunked without signatures; the trailer's checksum is the only proof.
    case unsignedChunksWithTrailer

    public var isChunked: Bool {
        switch self {
        case .signed, .unsigned: false
        case .signedChunks, .signedChunksWithTrailer, .unsignedChunksWithTrailer: true
        }
    }

    public var hasTrailer: Bool {
        switch self {
        case .signed, .unsigned, .signedChunks: false
        case .signedChunksWithTrailer, .unsignedChunksWithTrailer: true
        }
    }

    public var hasChunkSignatures: Bool {
        switch self {
        case .signed, .unsigned, .unsignedChunksWithTrailer: false
        case .signedChunks, .signedChunksWithTrailer: true
        }
    }
}

/// The checksum that a client wants to be verified and stored.
public enum ChecksumRequest: Sendable, Equatable {
    /// None named: the default, CRC64NVME, is computed and stored.
    case none
    /// The value came with the head.
    case given(ObjectChecksum)
    /// The value comes in the trailer.
    case inTrailer(ChecksumAlgorithm)

    /// What is computed over the bytes.
    public var algorithm: ChecksumAlgorithm {
        switch self {
        case .none: .crc64nvme
        case .given(let checksum): checksum.algorithm
        case .inTrailer(let algorithm): algorithm
        }
    }
}

/// What is to arrive as an object, a part or a document, and how it is verified.
public struct PayloadDescription: Sendable, Equatable {
    public var form: PayloadForm
    /// Bytes of the object: Content-Length, or `x-amz-decoded-content-length` of the chunked forms. If there are
    /// `allowedLengths`, the most that can come: how many there are is known at the end alone.
    public var length: UInt64
    /// Of the file of a form: `content-length-range` of its policy, or from 0 to the limit of a single upload.
    public var allowedLengths: ClosedRange<UInt64>?
    /// 16 bytes, from Content-MD5.
    public var contentMD5: [UInt8]?
    public var checksum: ChecksumRequest
    /// The algorithm of the checksum that is kept; nil: that of `checksum`. What the client sent is verified all the
    /// same. A part's is that of its upload.
    public var stored: ChecksumAlgorithm?

    public init(
        form: PayloadForm, length: UInt64, allowedLengths: ClosedRange<UInt64>? = nil, contentMD5: [UInt8]? = nil,
        checksum: ChecksumRequest = .none, stored: ChecksumAlgorithm? = nil
    ) {
        self.form = form
        self.length = length
        self.allowedLengths = allowedLengths
        self.contentMD5 = contentMD5
        self.checksum = checksum
        self.stored = stored
    }
}
