/// An object's key: 1 to 1,024 bytes of UTF-8, compared byte by byte (a Swift `String` would hold two spellings of
/// one character to be equal).
///
/// Source: Amazon S3 User Guide, "Naming Amazon S3 objects" (`object-keys.html`).
public struct ObjectKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    public static let maximumBytes = 1024

    public let bytes: [UInt8]

    /// - Throws: `KeyTooLongError`, or `InvalidURI` if the bytes are empty or not UTF-8.
    public init(_ bytes: [UInt8]) throws(S3Error) {
        guard bytes.count <= Self.maximumBytes else {
            throw S3Error(
                .keyTooLong,
                details: [
                    S3Error.Detail("Size", "\(bytes.count)"), S3Error.Detail("MaxSizeAllowed", "\(Self.maximumBytes)"),
                ])
        }
        guard !bytes.isEmpty, (try? UTF8Span(validating: bytes.span)) != nil else { throw S3Error(.invalidURI) }
        self.bytes = bytes
    }

    public init(_ text: String) throws(S3Error) { try self.init(Array(text.utf8)) }

    public var text: String { String(decoding: bytes, as: UTF8.self) }
    public var description: String { text }

    public static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}
