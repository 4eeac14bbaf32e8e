/// A valid bucket name: 3 to 63 characters of `a-z`, `0-9`, `.` and `-`, first and last a letter or a digit, no two
/// dots side by side, not the form of an IPv4 address, none of the reserved prefixes and suffixes.
///
/// Source: Amazon S3 User Guide, "General purpose bucket naming rules" (`bucketnamingrules.html`).
public struct BucketName: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let text: String

    public var description: String { text }

    /// - Throws: `InvalidBucketName`, with the name.
    public init(_ text: some StringProtocol) throws(S3Error) {
        let text = String(text)
        guard Self.isValid(text.utf8.span) else {
            throw S3Error(.invalidBucketName, details: [S3Error.Detail("BucketName", text)])
        }
        self.text = text
    }

    private static let reservedPrefixes: [StaticString] = ["xn--", "sthree-", "amzn-s3-demo-"]
    private static let reservedSuffixes: [StaticString] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"]

    private static func isValid(_ name: Span<UInt8>) -> Bool {
        guard (3...63).contains(name.count), isLetterOrDigit(name[0]), isLetterOrDigit(name[name.count - 1]) else {
            return false
        }
        var previous = UInt8(0)
        var dashes = 0
        for index in name.indices {
            let character = name[unchecked: index]
            if !isLetterOrDigit(character) {
                guard character == UInt8(ascii: ".") || character == UInt8(ascii: "-") else { return false }
                if character == UInt8(ascii: "."), previous == character { return false }
                dashes += 1
            }
            previous = character
        }
        return dashes == 0 || (!isReserved(name) && !isAddress(name))
    }

    private static func isReserved(_ name: Span<UInt8>) -> Bool {
        for prefix in reservedPrefixes where name.hasPrefix(prefix) { return true }
        for suffix in reservedSuffixes where name.count >= suffix.utf8CodeUnitCount {
            if name.extracting(last: suffix.utf8CodeUnitCount).hasPrefix(suffix) { return true }
        }
        return false
    }

    /// Four groups of digits.
    private static func isAddress(_ name: Span<UInt8>) -> Bool {
        var dots = 0
        for index in name.indices {
            let character = name[unchecked: index]
            if character == UInt8(ascii: ".") {
                dots += 1
            } else if !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character) {
                return false
            }
        }
        return dots == 3
    }

    private static func isLetterOrDigit(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }

    public static func < (left: BucketName, right: BucketName) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
}
