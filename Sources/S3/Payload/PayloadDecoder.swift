private import Core

/// A field of a body's trailer.
public struct TrailerField: Sendable, Equatable {
    /// Lower case.
    public var name: String
    public var value: String
}

/// Takes the framing off a body: feeds on the bytes as they come from the connection and says which of them belong to
/// the object, without a copy. Plain bodies pass through and are counted.
///
/// Chunk signatures are proved when a chunk ends, after its bytes were given out: nothing that was received may become
/// visible before `finish` has returned. A copy of a decoder shares its running hash: keep one.
///
/// States: `chunkHeader` → `chunkData` → `chunkEnd` → `chunkHeader` …; a chunk of no bytes → `trailer` → `ended`.
/// `plain` for bodies without framing. Any error ends the request.
///
/// Source: Amazon S3 API Reference, `sigv4-streaming.html`, `sigv4-streaming-trailers.html`.
public struct PayloadDecoder: Sendable {
    /// Of one line of framing, in bytes; a chunk header with its signature takes about 100.
    static let maximumLineBytes = 1024
    static let maximumTrailerFields = 8
    /// Of every signed chunk but the last one of data, in bytes.
    static let minimumSignedChunkBytes: UInt64 = 8192

    private enum State {
        case plain, chunkHeader, chunkData, chunkEnd, trailer, ended
    }

    private let form: PayloadForm
    private let length: UInt64
    /// nil: exactly `length`.
    private let allowedLengths: ClosedRange<UInt64>?
    private var signing: ChunkSigning?
    private var state: State
    /// Bytes of the object so far.
    public private(set) var received: UInt64 = 0
    private var chunkRemaining: UInt64 = 0
    private var chunkSignature = ""
    private var sawSmallChunk = false
    private var line: [UInt8] = []
    private let chunkHash: Digest?
    private var trailer: [TrailerField] = []
    private var trailerSignature: String?
    private var emptyTrailerLines = 0

    /// - Parameter signing: what `SigV4Verifier` returned for a form whose chunks are signed.
    public init(_ payload: PayloadDescription, signing: ChunkSigning? = nil) {
        precondition(
            !payload.form.hasChunkSignatures || signing != nil, "signed chunks cannot be read without their key")
        form = payload.form
        length = payload.length
        allowedLengths = payload.allowedLengths
        self.signing = signing
        state = payload.form.isChunked ? .chunkHeader : .plain
        chunkHash = payload.form.hasChunkSignatures ? Digest(.sha256) : nil
    }

    /// Takes all of `bytes`, and appends to `ranges` those of its ranges that are the object's, in order.
    /// - Throws: `IncompleteBody` (broken framing, or more bytes than announced), `SignatureDoesNotMatch`,
    ///   `InvalidChunkSizeError`, `MalformedTrailerError`.
    public mutating func decode(
        _ bytes: UnsafeRawBufferPointer, into ranges: inout [Range<Int>]
    ) throws(S3Error) {
        var index = 0
        while index < bytes.count {
            switch state {
            case .plain:
                try take(UInt64(bytes.count - index))
                ranges.append(index..<bytes.count)
                index = bytes.count
            case .chunkData:
                let count = Int(min(UInt64(bytes.count - index), chunkRemaining))
                chunkHash?.update(UnsafeRawBufferPointer(rebasing: bytes[index..<index + count]))
                ranges.append(index..<index + count)
                index += count
                chunkRemaining -= UInt64(count)
                if chunkRemaining == 0 {
                    try verifyChunk()
                    state = .chunkEnd
                }
            case .chunkHeader, .chunkEnd, .trailer:
                if let text = try collectLine(bytes, &index) { try endLine(text) }
            case .ended:
                throw Self.broken("There are bytes behind the end of the body.")
            }
        }
    }

    /// To be called at the end of the body.
    /// - Returns: the trailer's fields, without its signature.
    /// - Throws: `IncompleteBody` if the body is not complete, `MalformedTrailerError` if all is there but the trailer's
    ///   signature.
    public func finish() throws(S3Error) -> [TrailerField] {
        if state == .trailer, emptyTrailerLines > 0, trailerSignature == nil, line.isEmpty {
            throw Self.malformedTrailer
        }
        guard state == .plain || state == .ended, allowedLengths != nil || received == length else { throw incomplete }
        return trailer
    }

    // MARK: Lines of framing

    /// The next line without its end; nil if it goes on in bytes to come.
    private mutating func collectLine(_ bytes: UnsafeRawBufferPointer, _ index: inout Int) throws(S3Error) -> String? {
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\n") {
                if line.last == UInt8(ascii: "\r") {
                    line.removeLast()
                } else if state != .trailer {
                    throw Self.broken("A line of the chunked body does not end with CRLF.")
                }
                guard let text = String(validating: line, as: UTF8.self) else {
                    throw Self.broken("A line of the chunked body is not text.")
                }
                line.removeAll(keepingCapacity: true)
                return text
            }
            guard line.count < Self.maximumLineBytes else {
                throw Self.broken("A line of the chunked body is too long.")
            }
            line.append(byte)
        }
        return nil
    }

    private mutating func endLine(_ text: String) throws(S3Error) {
        switch state {
        case .chunkHeader: try beginChunk(text)
        case .chunkEnd:
            guard text.isEmpty else { throw Self.broken("A chunk is longer than its header says.") }
            state = .chunkHeader
        case .trailer: try trailerLine(text)
        case .plain, .chunkData, .ended: preconditionFailure("no line is expected in this state")
        }
    }

    /// `hexadecimal size`, and with signatures `;chunk-signature=…`.
    private mutating func beginChunk(_ text: String) throws(S3Error) {
        let parts = text.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)
        let digits = parts[0]
        guard (1...16).contains(digits.utf8.count), digits.utf8.first != UInt8(ascii: "+"),
            let size = UInt64(digits, radix: 16)
        else { throw Self.broken("A chunk has no valid size.") }
        if form.hasChunkSignatures {
            let prefix = "chunk-signature="
            guard parts.count == 2, parts[1].hasPrefix(prefix), parts[1].utf8.count == prefix.utf8.count + 64 else {
                throw Self.broken("A chunk has no valid signature.")
            }
            chunkSignature = String(parts[1].dropFirst(prefix.utf8.count))
        } else if parts.count != 1 {
            throw Self.broken("A chunk has an unknown extension.")
        }
        if size == 0 {
            try verifyChunk()
            guard received == length else { _ = try finish(); return }
            state = .trailer
            return
        }
        if form.hasChunkSignatures {
            guard !sawSmallChunk else {
                throw S3Error(
                    .invalidChunkSize, "Only the last chunk is allowed to have a size less than 8192 bytes")
            }
            sawSmallChunk = size < Self.minimumSignedChunkBytes
        }
        try take(size)
        chunkRemaining = size
        state = .chunkData
    }

    private mutating func take(_ count: UInt64) throws(S3Error) {
        if let allowedLengths, received + count > allowedLengths.upperBound {
            throw .entityTooLarge(received + count, maximum: allowedLengths.upperBound)
        }
        guard count <= length - received else {
            throw Self.broken("The body holds more bytes than were announced.")
        }
        received += count
    }

    private mutating func verifyChunk() throws(S3Error) {
        guard let hash = chunkHash?.finish(), let expected = signing?.signChunk(hash: hash) else { return }
        guard SigV4Verifier.isEqual(expected, chunkSignature) else { throw S3Error(.signatureDoesNotMatch) }
    }

    // MARK: Trailer

    private mutating func trailerLine(_ text: String) throws(S3Error) {
        if text.isEmpty {
            // Clients write an empty line before the signature, behind the last chunk or the fields: no end yet.
            if form == .signedChunksWithTrailer, trailerSignature == nil {
                emptyTrailerLines += 1
                guard emptyTrailerLines <= 2 else { throw Self.malformedTrailer }
                return
            }
            try verifyTrailer()
            state = .ended
            return
        }
        guard form.hasTrailer, trailerSignature == nil, trailer.count < Self.maximumTrailerFields,
            let colon = text.firstIndex(of: ":")
        else { throw Self.malformedTrailer }
        let name = text[..<colon].lowercased()
        let value = String(text[text.index(after: colon)...]).trimmingSpaces
        if name == "x-amz-trailer-signature" {
            guard form == .signedChunksWithTrailer else { throw Self.malformedTrailer }
            trailerSignature = value
        } else {
            guard !name.isEmpty, !trailer.contains(where: { $0.name == name }) else { throw Self.malformedTrailer }
            trailer.append(TrailerField(name: name, value: value))
        }
    }

    private mutating func verifyTrailer() throws(S3Error) {
        guard form == .signedChunksWithTrailer, let trailerSignature else { return }
        let text = trailer.map { "\($0.name):\($0.value)\n" }.joined()
        let hash = Digest.of(Array(text.utf8), .sha256)
        guard let expected = signing?.signTrailer(hash: hash), SigV4Verifier.isEqual(expected, trailerSignature) else {
            throw S3Error(.signatureDoesNotMatch)
        }
    }

    private static var malformedTrailer: S3Error { S3Error(.malformedTrailer) }

    private var incomplete: S3Error {
        Self.broken(
            "You did not provide the number of bytes specified by the Content-Length HTTP header.",
            details: [
                S3Error.Detail("NumberBytesExpected", "\(length)"),
                S3Error.Detail("NumberBytesProvided", "\(received)"),
            ])
    }

    private static func broken(_ message: String, details: [S3Error.Detail] = []) -> S3Error {
        S3Error(.incompleteBody, message, details: details)
    }
}
