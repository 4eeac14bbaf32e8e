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
        }
    }

    /// Length of a value in bytes.
    public var length: Int {
        switch self {
        case .crc32, .crc32c: 4
        case .crc64nvme: 8
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        case .md5: 16
        }
    }

    public init?(name: some StringProtocol) {
        let upper = name.uppercased()
        guard let match = Self.allCases.first(where: { $0.name == upper }) else { return nil }
        self = match
    }

    public init?(headerName: some StringProtocol) {
        let lower = headerName.lowercased()
        guard let match = Self.allCases.first(where: { $0.headerName == lower }) else { return nil }
        self = match
    }

    /// Names that S3 knows and Roost does not serve yet.
    static let laterNames = ["XXHASH64", "XXHASH3", "XXHASH128"]
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
}

/// A checksum of an object or of what a client sends.
public struct ObjectChecksum: Sendable, Equatable {
    public var algorithm: ChecksumAlgorithm
    public var type: ChecksumType
    /// `algorithm.length` bytes, big-endian for the CRCs.
    public var value: [UInt8]

    public init(algorithm: ChecksumAlgorithm, type: ChecksumType = .fullObject, value: [UInt8]) {
        precondition(value.count == algorithm.length, "a checksum of the wrong length")
        self.algorithm = algorithm
        self.type = type
        self.value = value
    }

    /// nil unless the text is base64 of the algorithm's length.
    public init?(algorithm: ChecksumAlgorithm, text: String) {
        guard let value = Base64.decode(text), value.count == algorithm.length else { return nil }
        self.init(algorithm: algorithm, value: value)
    }

    public var text: String { Base64.encode(value) }
}
