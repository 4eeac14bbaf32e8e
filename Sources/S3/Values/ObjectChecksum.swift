private import Core

/// The checksum algorithms of S3. The numbers are stable: they may be stored.
///
/// Source: Amazon S3 User Guide, "Checking object integrity" (`checking-object-integrity-upload.html`).
public enum ChecksumAlgorithm: UInt8, Sendable, CaseIterable {
    case crc32 = 1
    case crc32c = 2
    case crc64nvme = 3
    case sha1 = 4
    case sha256 = 5
    case sha512 = 6
    case md5 = 7
    case xxhash64 = 8
    case xxhash3 = 9
    case xxhash128 = 10

    /// As in `ChecksumAlgorithm` elements and `x-amz-sdk-checksum-algorithm`.
    public var name: String {
        switch self {
        case .crc32: "CRC32"
        case .crc32c: "CRC32C"
        case .crc64nvme: "CRC64NVME"
        case .sha1: "SHA1"
        case .sha256: "SHA256"
        case .sha512: "SHA512"
        case .md5: "MD5"
        case .xxhash64: "XXHASH64"
        case .xxhash3: "XXHASH3"
        case .xxhash128: "XXHASH128"
        }
    }

    /// Lower case.
    public var headerName: String {
        switch self {
        case .crc32: "x-amz-checksum-crc32"
        case .crc32c: "x-amz-checksum-crc32c"
        case .crc64nvme: "x-amz-checksum-crc64nvme"
        case .sha1: "x-amz-checksum-sha1"
        case .sha256: "x-amz-checksum-sha256"
        case .sha512: "x-amz-checksum-sha512"
        case .md5: "x-amz-checksum-md5"
        case .xxhash64: "x-amz-checksum-xxhash64"
        case .xxhash3: "x-amz-checksum-xxhash3"
        case .xxhash128: "x-amz-checksum-xxhash128"
        }
    }

    /// The element that holds a value.
    var elementName: StaticString {
        switch self {
        case .crc32: "ChecksumCRC32"
        case .crc32c: "ChecksumCRC32C"
        case .crc64nvme: "ChecksumCRC64NVME"
        case .sha1: "ChecksumSHA1"
        case .sha256: "ChecksumSHA256"
        case .sha512: "ChecksumSHA512"
        case .md5: "ChecksumMD5"
        case .xxhash64: "ChecksumXXHASH64"
        case .xxhash3: "ChecksumXXHASH3"
        case .xxhash128: "ChecksumXXHASH128"
        }
    }

    /// The types that a multipart upload may have, the default first. The checksum of a whole object can be had from
    /// those of its parts with a CRC alone, and of CRC64NVME S3 keeps nothing else.
    ///
    /// Source: Amazon S3 User Guide, "Checking object integrity for data uploads" (`checking-object-integrity-upload.html`,
    /// "Full object and composite checksum types").
    public var multipartTypes: [ChecksumType] {
        switch self {
        case .crc64nvme: [.fullObject]
        case .crc32, .crc32c: [.composite, .fullObject]
        case .sha1, .sha256, .sha512, .md5, .xxhash64, .xxhash3, .xxhash128: [.composite]
        }
    }

    /// Length of a value in bytes.
    public var length: Int {
        switch self {
        case .crc32, .crc32c: 4
        case .crc64nvme, .xxhash64, .xxhash3: 8
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        case .md5, .xxhash128: 16
        }
    }

    public init?(name: some StringProtocol) {
        let upper = name.uppercased()
        guard let match = Self.allCases.first(where: { $0.name == upper }) else { return nil }
        self = match
    }

    public init?(headerName: some StringProtocol) { self.init(field: headerName.lowercased()) }

    /// - Parameter field: lower case.
    init?(field: String) {
        guard field.hasASCIIPrefix("x-amz-checksum-") else { return nil }
        for algorithm in Self.allCases where algorithm.headerName == field {
            self = algorithm
            return
        }
        return nil
    }
}

/// Whether a checksum is that of the whole object's bytes or of its parts' checksums. The numbers are stable.
public enum ChecksumType: UInt8, Sendable {
    case fullObject = 1
    case composite = 2

    public var name: String {
        switch self {
        case .fullObject: "FULL_OBJECT"
        case .composite: "COMPOSITE"
        }
    }

    init?(name: String) {
        switch name {
        case "FULL_OBJECT": self = .fullObject
        case "COMPOSITE": self = .composite
        default: return nil
        }
    }
}

/// A checksum of an object or of what a client sends.
public struct ObjectChecksum: Sendable, Equatable {
    public var algorithm: ChecksumAlgorithm
    public var type: ChecksumType
    /// `algorithm.length` bytes, big-endian for the CRCs and XXHashes.
    public var value: [UInt8]
    /// Of a COMPOSITE one: the number of parts, which is written behind the value.
    public var parts: Int?

    public init(
        algorithm: ChecksumAlgorithm, type: ChecksumType = .fullObject, value: [UInt8], parts: Int? = nil
    ) {
        precondition(value.count == algorithm.length, "a checksum of the wrong length")
        self.algorithm = algorithm
        self.type = type
        self.value = value
        self.parts = parts
    }

    /// Of bytes that are sent: nil unless the text is base64 of the algorithm's length.
    public init?(algorithm: ChecksumAlgorithm, text: some StringProtocol) {
        guard let value = Base64.decode(text), value.count == algorithm.length else { return nil }
        self.init(algorithm: algorithm, value: value)
    }

    /// Of an object: the same, or with `-N` behind it for one of N parts.
    init?(algorithm: ChecksumAlgorithm, objectText: String) {
        let pieces = objectText.split(separator: "-", omittingEmptySubsequences: false)
        guard pieces.count == 2 else {
            self.init(algorithm: algorithm, text: objectText)
            return
        }
        guard let parts = PartNumber(pieces[1]) else { return nil }
        self.init(algorithm: algorithm, text: pieces[0])
        type = .composite
        self.parts = parts.value
    }

    public var text: String { Base64.encode(value) + (parts.map { "-\($0)" } ?? "") }
}
