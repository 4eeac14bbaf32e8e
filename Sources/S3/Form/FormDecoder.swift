/// Reads a form as its bytes come: first its fields, of which no more than a few KiB are kept, then the bytes of the
/// file, which are passed on. Fields behind the file count for nothing.
///
/// Two calls, in this order: `readFields` until `isAtFile`, then `scanFile` until `isAtEnd`. Any error ends the request.
///
/// Source: RFC 7578, RFC 2046 section 5.1; Amazon S3 API Reference, "POST Object" (`RESTObjectPOST.html`).
public struct FormDecoder: Sendable {
    private enum State {
        /// Before the first boundary.
        case preamble
        /// Behind a boundary: the line goes on with nothing, or with `--` at the end of the form.
        case boundaryEnd
        case header
        case value
        case file
        case ended
    }

    /// Of framing and fields together, in bytes; the fields alone are held to `PostObjectRequest.maximumFieldBytes`.
    private static let maximumBufferedBytes = 64 << 10
    private static let maximumFields = 256

    /// CRLF, two dashes, the boundary: what ends a part.
    private let delimiter: [UInt8]
    private var state = State.preamble
    /// What has come and is not taken apart yet.
    private var buffer: [UInt8] = []
    private var cursor = 0
    /// Nothing that is looked for begins before this place.
    private var searched = 0
    private var total = 0
    private var part = FormPart()
    private var fieldBytes = 0
    /// The fields before the file, and what the file's part says of it.
    public private(set) var fields = FormFields()

    public init(_ request: PostObjectRequest) {
        delimiter = Array("\r\n--".utf8) + request.boundary
        // The first boundary needs no line end before it: as if there were one.
        buffer = Array("\r\n".utf8)
    }

    /// The next byte is the file's first.
    public var isAtFile: Bool { state == .file }
    /// The file is complete; what follows is not of interest.
    public var isAtEnd: Bool { state == .ended }

    // MARK: Fields

    /// Takes bytes up to the first of the file.
    /// - Returns: how many were taken: all of them unless `isAtFile`.
    /// - Throws: `MalformedPOSTRequest`, `MaxPostPreDataLengthExceededError`.
    public mutating func readFields(_ bytes: UnsafeRawBufferPointer) throws(S3Error) -> Int {
        precondition(state != .file && state != .ended, "the fields have been read")
        let count = min(bytes.count, Self.maximumBufferedBytes - total)
        buffer.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        total += count
        while state != .file {
            guard try step() else { break }
        }
        if state == .file {
            let rest = buffer.count - cursor
            buffer = []
            return count - rest
        }
        guard count == bytes.count else { throw S3Error(.maxPostPreDataLengthExceeded) }
        buffer.removeFirst(cursor)
        searched -= cursor
        cursor = 0
        return count
    }

    /// To be called if the form ends while its fields are read.
    public func endedBeforeFile() -> S3Error {
        switch state {
        case .boundaryEnd, .ended: S3Error(.incorrectNumberOfFiles)
        default: S3Error(.malformedPOSTRequest)
        }
    }

    /// Takes the next piece of the form; false if more bytes are needed.
    private mutating func step() throws(S3Error) -> Bool {
        switch state {
        case .preamble:
            guard take(until: delimiter) != nil else { return false }
            state = .boundaryEnd
        case .boundaryEnd:
            guard buffer.count - cursor >= 2 else { return false }
            if buffer[cursor] == UInt8(ascii: "-"), buffer[cursor + 1] == UInt8(ascii: "-") {
                throw S3Error(.incorrectNumberOfFiles)
            }
            guard let rest = take(until: Self.lineEnd) else { return false }
            guard rest.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) else {
                throw S3Error(.malformedPOSTRequest)
            }
            part = FormPart()
            state = .header
        case .header:
            guard let line = take(until: Self.lineEnd) else { return false }
            if line.isEmpty {
                try endHeader()
            } else {
                try part.add(line: line)
            }
        case .value:
            guard let value = take(until: delimiter) else { return false }
            try endValue(value)
            state = .boundaryEnd
        case .file, .ended:
            return false
        }
        return true
    }

    private mutating func endHeader() throws(S3Error) {
        guard let name = part.name else { throw S3Error(.malformedPOSTRequest) }
        if name.lowercased() == "file" {
            fields.fileName = part.fileName
            state = .file
        } else {
            state = .value
        }
    }

    private mutating func endValue(_ value: [UInt8]) throws(S3Error) {
        guard let name = part.name, let text = String(validating: value, as: UTF8.self) else {
            throw S3Error(.malformedPOSTRequest)
        }
        fieldBytes += name.utf8.count + text.utf8.count
        guard fieldBytes <= PostObjectRequest.maximumFieldBytes, fields.count < Self.maximumFields else {
            throw S3Error(.maxPostPreDataLengthExceeded)
        }
        guard fields.add(name.lowercased(), text) else { throw S3Error(.malformedPOSTRequest) }
    }

    private static let lineEnd: [UInt8] = [UInt8(ascii: "\r"), UInt8(ascii: "\n")]

    /// What comes before a mark, which is taken with it; nil if it has not come yet.
    private mutating func take(until mark: [UInt8]) -> [UInt8]? {
        var start = max(searched, cursor)
        while start + mark.count <= buffer.count {
            if buffer[start] == mark[0], buffer[start..<start + mark.count].elementsEqual(mark) {
                let taken = Array(buffer[cursor..<start])
                cursor = start + mark.count
                searched = cursor
                return taken
            }
            start += 1
        }
        searched = start
        return nil
    }

    // MARK: File

    /// The bytes of the file among `bytes`: as many from their beginning.
    ///
    /// While the file goes on, what is left of `bytes` may be the beginning of the boundary, fewer than 80 bytes: the
    /// caller puts them before the next ones and calls again. At the end of the file what is left is of no interest.
    ///
    /// - Parameter isLast: there are no more bytes.
    /// - Throws: `IncompleteBody` if the form ends within the file.
    public mutating func scanFile(_ bytes: UnsafeRawBufferPointer, isLast: Bool) throws(S3Error) -> Int {
        precondition(state == .file, "the fields come first, and behind the end nothing")
        var start = 0
        while let place = Self.find(delimiter[0], in: bytes, from: start) {
            let length = min(delimiter.count, bytes.count - place)
            let candidate = UnsafeRawBufferPointer(rebasing: bytes[place..<place + length])
            guard candidate.elementsEqual(delimiter[..<length]) else {
                start = place + 1
                continue
            }
            if length == delimiter.count {
                state = .ended
                return place
            }
            guard !isLast else { break }
            return place
        }
        guard !isLast else { throw S3Error(.incompleteBody) }
        return bytes.count
    }

    private static func find(_ byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var index = start
        let pattern = UInt64(byte) &* 0x0101_0101_0101_0101
        while index &+ 8 <= bytes.count {
            // A zero byte where the two are equal ("Hacker's Delight", section 6-1).
            let difference = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ pattern
            if (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080 != 0 { break }
            index &+= 8
        }
        while index < bytes.count {
            if bytes[index] == byte { return index }
            index &+= 1
        }
        return nil
    }
}
