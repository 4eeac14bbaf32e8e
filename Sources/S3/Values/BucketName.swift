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
        guard Self.isValid(Array(text.utf8)) else {
            throw S3Error(.invalidBucketName, details: [S3Error.Detail("BucketName", text)])
        }
        self.text = text
    }

    private static let reservedPrefixes = ["xn--", "sthree-", "amzn-s3-demo-"]
    private static let reservedSuffixes = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"]

    private static func isValid(_ name: [UInt8]) -> Bool {
        guard (3...63).contains(name.count), let first = name.first, let last = name.last else { return false }
        guard isLetterOrDigit(first), isLetterOrDigit(last) else { return false }
        var previous = UInt8(0)
        for character in name {
            guard isLetterOrDigit(character) || character == UInt8(ascii: ".") || character == UInt8(ascii: "-")
            else { return false }
            if character == UInt8(ascii: "."), previous == UInt8(ascii: ".") { return false }
            previous = character
        }
        let text = String(decoding: name, as: UTF8.self)
        guard !reservedPrefixes.contains(where: text.hasPrefix), !reservedSuffixes.contains(where: text.hasSuffix)
        else { return false }
        return !isAddress(text)
    }

    private static func isLetterOrDigit(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }

    private static func isAddress(_ text: String) -> Bool {
        let groups = text.split(separator: ".", omittingEmptySubsequences: false)
        return groups.count == 4 && groups.allSatisfy { $0.allSatisfy { $0.isASCII && $0.isNumber } }
    }

    public static func < (left: BucketName, right: BucketName) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
}
