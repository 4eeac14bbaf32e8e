/// The value of a Range field with one range of bytes.
///
/// Source: RFC 9110, section 14.1.2; Amazon S3 API Reference, `GetObject`, "Range".
public enum RangeRequest: Sendable, Equatable {
    /// `bytes=first-` and, with a last byte, `bytes=first-last` (inclusive).
    case from(first: UInt64, last: UInt64?)
    /// `bytes=-count`: the last bytes.
    case suffix(UInt64)

    /// nil if the field is to be ignored, as RFC 9110 and AWS do with another unit, bad syntax and several ranges:
    /// the whole object is sent then.
    public init?(_ value: String) {
        let text = value.trimmingSpaces
        guard text.lowercased().hasPrefix("bytes=") else { return nil }
        let range = text.dropFirst(6)
        guard !range.contains(","), let dash = range.firstIndex(of: "-") else { return nil }
        let first = String(range[..<dash]).trimmingSpaces
        let last = String(range[range.index(after: dash)...]).trimmingSpaces
        if first.isEmpty {
            guard let count = Self.number(last) else { return nil }
            self = .suffix(count)
        } else {
            guard let start = Self.number(first) else { return nil }
            if last.isEmpty {
                self = .from(first: start, last: nil)
            } else {
                guard let end = Self.number(last), end >= start else { return nil }
                self = .from(first: start, last: end)
            }
        }
    }

    /// Digits only (no sign); a number beyond 64 bits counts as the largest.
    private static func number(_ text: String) -> UInt64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return UInt64(text) ?? .max
    }

    /// The bytes of an object of `size` bytes that the range names, cut to its end.
    /// - Throws: `InvalidRange` (416) if it names none.
    public func resolve(size: UInt64) throws(S3Error) -> Range<UInt64> {
        switch self {
        case .from(let first, let last):
            guard first < size else { throw unsatisfiable(size) }
            return first..<min(size, (last ?? .max) == .max ? size : (last ?? 0) + 1)
        case .suffix(let count):
            guard count > 0, size > 0 else { throw unsatisfiable(size) }
            return size - min(count, size)..<size
        }
    }

    private var text: String {
        switch self {
        case .from(let first, let last): "bytes=\(first)-\(last.map { "\($0)" } ?? "")"
        case .suffix(let count): "bytes=-\(count)"
        }
    }

    private func unsatisfiable(_ size: UInt64) -> S3Error {
        S3Error(
            .invalidRange,
            details: [S3Error.Detail("RangeRequested", text), S3Error.Detail("ActualObjectSize", "\(size)")],
            headers: [S3Error.Detail("content-range", "bytes */\(size)")])
    }
}
