/// Takes the framing off a body (RFC 9112 sections 6 and 7). It tells how many of the next bytes are content; the
/// driver moves these itself, so that large bodies go from the socket to their buffer without a copy.
///
/// States: run(n) → [chunk end → chunk size] → … → trailers → ended. `untilClose` ends with the connection.
public struct BodyDecoder: Sendable {
    private enum State: Sendable, Equatable {
        /// So many bytes of content come next.
        case run(UInt64)
        case chunkSize
        case chunkRun(UInt64)
        case chunkEnd
        case trailers
        case untilClose
        case ended
    }

    private var state: State
    private var scanner = LineScanner()
    private var overheadBytes = 0

    /// Of one size line with its extensions.
    private static let longestSizeLine = 1 << 10
    /// Of all extensions and trailers of one body. Without a limit, a body of one-byte chunks with long extensions
    /// costs much and carries nothing.
    private static let overheadLimit = 64 << 10
    private static let trailerLimits = HeadLimits(headBytes: 16 << 10, fields: 32)

    public init(_ framing: BodyFraming) {
        state =
            switch framing {
            case .none: .ended
            case .length(let count): count == 0 ? .ended : .run(count)
            case .chunked: .chunkSize
            }
    }

    /// For a response without framing: it ends with the connection (RFC 9112 section 6.3, rule 8).
    static var untilClose: BodyDecoder {
        var decoder = BodyDecoder(.none)
        decoder.state = .untilClose
        return decoder
    }

    public var isAtEnd: Bool { state == .ended }

    var endsWithConnection: Bool { state == .untilClose }

    /// Content that comes next without framing in between; 0 when framing comes next or the body has ended.
    public var run: UInt64 {
        switch state {
        case .run(let count), .chunkRun(let count): count
        case .untilClose: .max
        case .chunkSize, .chunkEnd, .trailers, .ended: 0
        }
    }

    /// The content still to come where the framing tells.
    public var remaining: UInt64? {
        switch state {
        case .run(let count): count
        case .ended: 0
        default: nil
        }
    }

    /// The driver has moved so many bytes of the run.
    /// - Precondition: not more than `run`.
    public mutating func take(_ count: Int) {
        precondition(count >= 0 && UInt64(count) <= run, "more than the run was taken")
        switch state {
        case .run(let left): state = left == UInt64(count) ? .ended : .run(left - UInt64(count))
        case .chunkRun(let left): state = left == UInt64(count) ? .chunkEnd : .chunkRun(left - UInt64(count))
        case .chunkSize, .chunkEnd, .trailers, .untilClose, .ended: break
        }
    }

    /// Reads framing until content or the end comes next. Returns false if more input is needed.
    /// - Parameter consumed: increased by the bytes of framing that are done with.
    public mutating func advance(_ input: Span<UInt8>, consumed: inout Int) throws(ParseError) -> Bool {
        var position = 0
        defer { consumed += position }
        while run == 0, !isAtEnd {
            guard let length = try scanner.lineLength(in: input, from: position) else {
                guard scanner.pending <= Self.longestSizeLine else { throw .chunkOverhead }
                return false
            }
            guard length <= Self.longestSizeLine else { throw .chunkOverhead }
            let line = input.extracting(position..<position + length)
            position += length + 2
            try take(line)
        }
        return true
    }

    private mutating func take(_ line: Span<UInt8>) throws(ParseError) {
        switch state {
        case .chunkEnd:
            guard line.isEmpty else { throw .chunk }
            state = .chunkSize
        case .chunkSize:
            let size = try Self.chunkSize(line, overhead: &overheadBytes)
            guard overheadBytes <= Self.overheadLimit else { throw .chunkOverhead }
            state = size == 0 ? .trailers : .chunkRun(size)
        case .trailers:
            guard !line.isEmpty else {
                state = .ended
                return
            }
            overheadBytes += line.count
            guard overheadBytes <= Self.overheadLimit else { throw .chunkOverhead }
            // Checked like header fields, and dropped: nothing in S3 travels in them (RFC 9110 section 6.5.1).
            var section = FieldSection()
            try section.add(line, limits: Self.trailerLimits)
        case .run, .chunkRun, .untilClose, .ended:
            preconditionFailure("no framing is expected here")
        }
    }

    /// `1*HEXDIG [chunk-ext]`. Extensions are skipped (RFC 9112 section 7.1.1), but must be free of controls.
    private static func chunkSize(_ line: Span<UInt8>, overhead: inout Int) throws(ParseError) -> UInt64 {
        var size: UInt64 = 0
        var index = 0
        while index < line.count, let digit = Characters.hexadecimalValue(line[index]) {
            guard index < 15 else { throw .chunk }
            size = size << 4 | UInt64(digit)
            index += 1
        }
        guard index > 0 else { throw .chunk }
        guard index < line.count else { return size }
        overhead += line.count - index
        // White space before the semicolon is "bad white space" that a recipient must parse; nothing else may follow.
        while index < line.count, Characters.isBlank(line[index]) { index += 1 }
        guard index < line.count, line[index] == UInt8(ascii: ";") else { throw .chunk }
        while index < line.count {
            guard Characters.isFieldValue(line[index]) else { throw .chunk }
            index += 1
        }
        return size
    }
}
