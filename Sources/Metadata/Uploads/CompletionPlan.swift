import Core

/// A part as CompleteMultipartUpload names it.
public struct NamedPart: Sendable, Equatable {
    public var number: UInt16
    /// The entity tag; what is none of ours matches nothing.
    public var md5: [UInt8]
    /// nil: the client did not name it.
    public var checksum: [UInt8]?

    public init(number: UInt16, md5: [UInt8], checksum: [UInt8]? = nil) {
        self.number = number
        self.md5 = md5
        self.checksum = checksum
    }
}

/// Why an upload cannot be completed with a list of parts.
public enum CompletionError: Error, Sendable, Equatable {
    case noParts
    /// The numbers do not ascend, or are not 1 to 10,000.
    case order
    /// There is no such part, or its tag or checksum is another.
    case invalidPart(number: UInt16)
    /// Only the last part may be smaller than 5 MiB.
    case tooSmall(number: UInt16, sizeBytes: UInt64)
}

/// Compares the client's list with the part rows, page by page, and computes what a `complete` command needs.
/// API_CompleteMultipartUpload has the rules.
///
///     var plan = try CompletionPlan(list)
///     for page in pages { try plan.take(page) }
///     let outcome = try plan.finish()
public struct CompletionPlan: ~Copyable, Sendable {
    /// Of every part but the last.
    public static let minimumPartBytes: UInt64 = 5 << 20
    public static let largestPartNumber: UInt16 = 10_000

    /// What was found of a part.
    public struct Part: Sendable, Equatable {
        public var sizeBytes: UInt64
        public var checksum: [UInt8]
    }

    public struct Outcome: Sendable, Equatable {
        public var numbers: PartNumbers
        public var rowsDigest: [UInt8]
        public var listDigest: [UInt8]
        /// MD5 of the parts' MD5s.
        public var tag: [UInt8]
        public var sizeBytes: UInt64
        /// In their order; checksums of the object are made of them.
        public var parts: [Part]
    }

    private let list: [NamedPart]
    /// Of the next part to be found.
    private var index = 0
    private var parts: [Part] = []
    private var rows = PartRowsDigest()
    private let tag = Digest(.md5)
    private var tooSmall: CompletionError?

    public init(_ list: [NamedPart]) throws(CompletionError) {
        guard !list.isEmpty else { throw .noParts }
        var last: UInt16 = 0
        for part in list {
            guard part.number > last, part.number <= Self.largestPartNumber else { throw .order }
            last = part.number
        }
        self.list = list
    }

    /// SHA-256 over number u16, MD5 (u32 length, bytes) and checksum (present u8, u32 length, bytes) of each part. The
    /// same whatever has become of the parts: a repeated request is known by it.
    public static func digest(of list: [NamedPart]) -> [UInt8] {
        let digest = Digest(.sha256)
        for part in list {
            var writer = ByteWriter(reserving: 64)
            writer.write(part.number)
            writer.write(part.md5)
            writer.write(optional: part.checksum) { $0.write($1) }
            digest.update(writer.bytes)
        }
        return digest.finish()
    }

    /// The number after which part rows are still needed; nil once all were found.
    public var next: UInt16? { index < list.count ? list[index].number - 1 : nil }

    /// Part rows in the order of their numbers; what the list does not name is passed over.
    public mutating func take(_ page: [NumberedPart]) throws(CompletionError) {
        for found in page {
            guard index < list.count else { return }
            let wanted = list[index]
            if found.number < wanted.number { continue }
            guard found.number == wanted.number, found.part.md5 == wanted.md5,
                wanted.checksum == nil || wanted.checksum == found.part.checksum
            else { throw .invalidPart(number: wanted.number) }
            rows.add(found.number, found.part.encoded)
            tag.update(found.part.md5)
            parts.append(Part(sizeBytes: found.part.sizeBytes, checksum: found.part.checksum))
            index += 1
            if index < list.count, found.part.sizeBytes < Self.minimumPartBytes, tooSmall == nil {
                tooSmall = .tooSmall(number: found.number, sizeBytes: found.part.sizeBytes)
            }
        }
    }

    /// After the last page.
    public consuming func finish() throws(CompletionError) -> Outcome {
        guard index == list.count else { throw .invalidPart(number: list[index].number) }
        if let tooSmall { throw tooSmall }
        var numbers = PartNumbers()
        for part in list { numbers.append(part.number) }
        return Outcome(
            numbers: numbers, rowsDigest: rows.finish(), listDigest: Self.digest(of: list), tag: tag.finish(),
            sizeBytes: parts.reduce(0) { $0 + $1.sizeBytes }, parts: parts)
    }
}

/// SHA-256 over number u16 and the whole row of each part, in the order of the numbers: two that are equal were made of
/// the same parts.
struct PartRowsDigest: Sendable {
    private let digest = Digest(.sha256)

    func add(_ number: UInt16, _ row: [UInt8]) {
        digest.update([UInt8(truncatingIfNeeded: number), UInt8(number >> 8)])
        digest.update(row)
    }

    func finish() -> [UInt8] { digest.finish() }
}
