/// Sizes and dates as they are written.
enum QueryScalar {
    private static let units: [(String, UInt64)] = [
        ("", 1), ("b", 1), ("kb", 1_000), ("mb", 1_000_000), ("gb", 1_000_000_000), ("tb", 1_000_000_000_000),
        ("pb", 1_000_000_000_000_000), ("kib", 1 << 10), ("mib", 1 << 20), ("gib", 1 << 30), ("tib", 1 << 40),
        ("pib", 1 << 50),
    ]

    /// Bytes: a decimal number and a unit, in capitals or not. What is no whole number of bytes is rounded down.
    static func size(_ text: String, at place: QueryPlace) throws(QueryError) -> Int64 {
        let digits = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        let unitName = text.dropFirst(digits.count).lowercased()
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard let first = parts.first, !first.isEmpty, parts.count <= 2, parts.count == 1 || !parts[1].isEmpty else {
            throw QueryError(
                .invalidSize, "`\(text)` is no size.", at: place, expected: ["a number of bytes", "a size like 1.5GiB"])
        }
        guard let unit = units.first(where: { $0.0 == unitName })?.1 else {
            let suggestion = units.contains { $0.0 == unitName + "b" } ? "\(digits)\(unitName.uppercased())B" : nil
            throw QueryError(
                .invalidSize, "`\(text)` has no unit that is known.", at: place,
                expected: ["B", "KB", "MB", "GB", "TB", "PB", "KiB", "MiB", "GiB", "TiB", "PiB"],
                suggestion: suggestion)
        }
        let fraction = parts.count == 2 ? parts[1].prefix(9) : ""
        let (whole, overflow) = (UInt64(first) ?? .max).multipliedReportingOverflow(by: unit)
        let scale = fraction.reduce(UInt64(1)) { scale, _ in scale * 10 }
        let part = scale.dividingFullWidth((UInt64(fraction) ?? 0).multipliedFullWidth(by: unit)).quotient
        let (sum, sumOverflow) = whole.addingReportingOverflow(part)
        guard !overflow, !sumOverflow, let bytes = Int64(exactly: sum) else {
            throw QueryError(
                .invalidSize, "`\(text)` is more than an object can have.", at: place, expected: ["a smaller size"])
        }
        return bytes
    }

    /// What a date stands for: `2026-11` a month, `now-7d` an instant, `now-7d/d` the day of it; an integer of more than
    /// four digits is milliseconds since 1970.
    static func date(_ text: String, now: Int64, at place: QueryPlace) throws(QueryError) -> DateInterval {
        if text.hasPrefix("now") { return try relative(text, now: now, at: place) }
        let utf8 = Array(text.utf8)
        let result: Result<DateInterval?, DateInterval.Invalid> = utf8.withUnsafeBytes { bytes in
            do throws(DateInterval.Invalid) {
                return .success(try DateInterval.parse(bytes))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let interval?): return interval
        case .success(nil):
            if utf8.count > 4, utf8.allSatisfy(DateInterval.isDigit), let instant = Int64(text) {
                return DateInterval(lower: instant, upper: instant)
            }
            throw QueryError(
                .invalidDate, "`\(text)` is no date.", at: place,
                expected: ["a date like 2026, 2026-11 or 2026-11-27T10:30Z", "a date like now-7d"])
        case .failure(let invalid):
            // Quotes and backslashes make the text another than what was written; then all of it is to blame.
            var part = place
            if place.length == utf8.count {
                part = QueryPlace(
                    offset: place.offset + invalid.range.lowerBound, length: invalid.range.count,
                    column: place.column + String(decoding: utf8[..<invalid.range.lowerBound], as: UTF8.self).count)
            }
            throw QueryError(.invalidDate, "`\(text)` is no date.", at: part, expected: [invalid.expected])
        }
    }

    private static func relative(_ text: String, now: Int64, at place: QueryPlace) throws(QueryError) -> DateInterval {
        func invalid() -> QueryError {
            QueryError(
                .invalidDate, "`\(text)` is no time that can be counted from now.", at: place,
                expected: ["now, then + or - with a number and s, m, h, d or w, then /d for its whole day"])
        }
        var rest = text.dropFirst(3)
        var instant = now
        if let sign = rest.first, sign == "-" || sign == "+" {
            let digits = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(1 + digits.count)
            let units: [Character: Int64] = ["s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000]
            guard let number = Int64(digits), number < 1_000_000_000, let unit = rest.first.flatMap({ units[$0] })
            else { throw invalid() }
            rest = rest.dropFirst()
            instant += (sign == "-" ? -number : number) * unit
        }
        if rest.isEmpty { return DateInterval(lower: instant, upper: instant) }
        guard rest == "/d" else { throw invalid() }
        let day: Int64 = 86_400_000
        let start = instant - (instant % day + day) % day
        return DateInterval(lower: start, upper: start + day - 1)
    }
}
