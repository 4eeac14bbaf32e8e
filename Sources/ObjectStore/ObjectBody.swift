public import Core
public import S3

/// Raw bytes of a request body as they come from the connection.
public protocol PayloadSource: AnyObject {
    /// At least one byte, or 0 at the end.
    func read(into slice: IOSlice) async throws(S3Error) -> Int
}

/// The payload of an upload: framing taken off in place, signatures of chunks verified, trailer kept for the end.
/// Confined to one task.
public final class ObjectBody {
    private let source: any PayloadSource
    /// The same, of a payload whose length is not known.
    let openEnded: LookAheadSource?
    private var decoder: PayloadDecoder
    private let isFramed: Bool
    private var trailer: [TrailerField]?

    public convenience init(
        _ source: any PayloadSource, _ payload: PayloadDescription, signing: ChunkSigning?
    ) {
        self.init(source, payload, signing: signing, lookingAhead: nil)
    }

    init(
        _ source: any PayloadSource, _ payload: PayloadDescription, signing: ChunkSigning?,
        lookingAhead openEnded: LookAheadSource?
    ) {
        self.source = source
        self.openEnded = openEnded
        self.decoder = PayloadDecoder(payload, signing: signing)
        self.isFramed = payload.form.isChunked
    }

    /// Payload bytes in order: at least one, or 0 at the end.
    func read(into slice: IOSlice) async throws(S3Error) -> Int {
        while true {
            let count = try await source.read(into: slice)
            if count == 0 {
                if trailer == nil { trailer = try decoder.finish() }
                return 0
            }
            let kept = try decode(slice.prefix(count))
            if kept > 0 { return kept }
        }
    }

    /// Moves the payload to the front of what was read.
    private func decode(_ raw: IOSlice) throws(S3Error) -> Int {
        var ranges: [Range<Int>] = []
        try raw.withBytes { (bytes) throws(S3Error) in try decoder.decode(bytes, into: &ranges) }
        guard isFramed else { return raw.count }
        return raw.withMutableBytes { bytes in
            var end = 0
            for range in ranges {
                if let base = bytes.baseAddress, range.lowerBound != end {
                    (base + end).copyMemory(from: base + range.lowerBound, byteCount: range.count)
                }
                end += range.count
            }
            return end
        }
    }

    /// Fills the slice as far as the payload goes.
    func fill(_ slice: IOSlice) async throws(S3Error) -> Int {
        var filled = 0
        while filled < slice.count {
            let count = try await read(into: slice.dropFirst(filled))
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    /// Takes in what follows the payload: the last chunk and the trailer.
    func finish() async throws(S3Error) -> [TrailerField] {
        if trailer == nil {
            let rest = IOBuffer(capacity: 4096)
            // The decoder refuses payload beyond the announced length, so nothing but framing can come.
            while try await read(into: rest.all) > 0 {}
        }
        return trailer ?? []
    }
}

/// The digests of one upload, fed in order by one task after the other.
// Safe: @unchecked because an upload waits for each update before it starts the next.
final class RunningDigests: @unchecked Sendable {
    private var verifier: PayloadVerifier

    init(_ payload: PayloadDescription) { verifier = PayloadVerifier(payload) }

    func update(_ slice: IOSlice) { slice.withBytes { verifier.update($0) } }

    func finish(_ trailer: [TrailerField]) throws(S3Error) -> PayloadDigests {
        try verifier.finish(trailer: trailer).get()
    }
}

extension ObjectBody {
    /// The whole of a small body, verified like an object.
    public func readDocument(_ payload: PayloadDescription) async throws(S3Error) -> [UInt8] {
        let buffer = IOBuffer(capacity: max(1, Int(payload.length)))
        let slice = buffer.slice(0..<Int(payload.length))
        let filled = slice.count == 0 ? 0 : try await fill(slice)
        let digests = RunningDigests(payload)
        digests.update(slice.prefix(filled))
        _ = try digests.finish(try await finish())
        return slice.prefix(filled).bytes
    }
}
