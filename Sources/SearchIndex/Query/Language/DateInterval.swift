/// A date as people write it stands for an interval: `2026` for a year, `2026-11-27` for a day, in UTC.
struct DateInterval: Equatable {
    /// Milliseconds since 1970, both included.
    var lower: Int64
    var upper: Int64

    /// Which part of a date cannot be, counted in bytes of it.
    struct Invalid: Error, Equatable {
        var range: Range<Int>
        var expected: String
    }

    /// Reads `YYYY[-MM[-DD[Thh[:mm[:ss[.fff]]][zone]]]]`, zone `Z`, `±hh`, `±hhmm` or `±hh:mm`. nil if the text does not
    /// begin like a date: four digits, and then nothing or `-`.
    static func parse(_ text: UnsafeRawBufferPointer) throws(Invalid) -> DateInterval? {
        guard text.count >= 4, text[..<4].allSatisfy(isDigit),
            text.count == 4 || text[4] == UInt8(ascii: "-")
        else { return nil }
        var reader = DateReader(text)
        return try reader.interval()
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }
}

/// Days since 1970 of the Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
enum CalendarDay {
    static func days(year: Int, month: Int, day: Int) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int64(era * 146_097 + dayOfEra - 719_468)
    }

    static func daysInMonth(year: Int, month: Int) -> Int {
        let next = month == 12 ? days(year: year + 1, month: 1, day: 1) : days(year: year, month: month + 1, day: 1)
        return Int(next - days(year: year, month: month, day: 1))
    }
}

private struct DateReader {
    private let text: UnsafeRawBufferPointer
    private var offset = 0

    init(_ text: UnsafeRawBufferPointer) { self.text = text }

    private static let day: Int64 = 86_400_000

    mutating func interval() throws(DateInterval.Invalid) -> DateInterval {
        let year = try number(digits: 4, in: 0...9999, "a year of four digits")
        if isAtEnd {
            return between(
                CalendarDay.days(year: year, month: 1, day: 1), CalendarDay.days(year: year + 1, month: 1, day: 1))
        }
        try accept("-", "`-` and a month")
        let month = try number(digits: 2, in: 1...12, "a month, 01 to 12")
        let daysInMonth = CalendarDay.daysInMonth(year: year, month: month)
        let first = CalendarDay.days(year: year, month: month, day: 1)
        if isAtEnd { return between(first, first + Int64(daysInMonth)) }
        try accept("-", "`-` and a day")
        let day = try number(digits: 2, in: 1...daysInMonth, "a day, 01 to \(daysInMonth)")
        let start = first + Int64(day) - 1
        if isAtEnd { return between(start, start + 1) }
        guard text[offset] | 0x20 == UInt8(ascii: "t") else { throw invalid("`T` and a time of day") }
        offset += 1
        return try timeOfDay(start * Self.day)
    }

    private mutating func timeOfDay(_ midnight: Int64) throws(DateInterval.Invalid) -> DateInterval {
        var start = midnight
        var unit: Int64 = 3_600_000
        start += Int64(try number(digits: 2, in: 0...23, "an hour, 00 to 23")) * unit
        if peek(":") {
            offset += 1
            unit = 60_000
            start += Int64(try number(digits: 2, in: 0...59, "a minute, 00 to 59")) * unit
        }
        if unit == 60_000, peek(":") {
            offset += 1
            unit = 1000
            start += Int64(try number(digits: 2, in: 0...59, "a second, 00 to 59")) * unit
        }
        if unit == 1000, peek(".") {
            offset += 1
            start += try fraction(&unit)
        }
        start -= try zone()
        guard isAtEnd else { throw invalid("a time like 12:30:00, and Z or an offset like +01:00") }
        return DateInterval(lower: start, upper: start + unit - 1)
    }

    /// One to nine digits; what is finer than a millisecond is passed over.
    private mutating func fraction(_ unit: inout Int64) throws(DateInterval.Invalid) -> Int64 {
        let start = offset
        var milliseconds: Int64 = 0
        while offset < text.count, DateInterval.isDigit(text[offset]), offset - start < 9 {
            if unit > 1 {
                unit /= 10
                milliseconds += Int64(text[offset] - 48) * unit
            }
            offset += 1
        }
        guard offset > start else { throw invalid("digits of a fraction") }
        return milliseconds
    }

    private mutating func zone() throws(DateInterval.Invalid) -> Int64 {
        guard !isAtEnd else { return 0 }
        if text[offset] | 0x20 == UInt8(ascii: "z") {
            offset += 1
            return 0
        }
        guard peek("+") || peek("-") else { return 0 }
        let sign: Int64 = peek("-") ? -1 : 1
        offset += 1
        let hours = try number(digits: 2, in: 0...23, "hours of an offset, 00 to 23")
        if peek(":") { offset += 1 }
        let minutes = isAtEnd ? 0 : try number(digits: 2, in: 0...59, "minutes of an offset, 00 to 59")
        return sign * Int64(hours * 60 + minutes) * 60_000
    }

    private var isAtEnd: Bool { offset == text.count }

    private func peek(_ character: Unicode.Scalar) -> Bool { !isAtEnd && text[offset] == UInt8(ascii: character) }

    private mutating func accept(_ character: Unicode.Scalar, _ expected: String) throws(DateInterval.Invalid) {
        guard peek(character) else { throw invalid(expected) }
        offset += 1
    }

    private mutating func number(
        digits: Int, in range: ClosedRange<Int>, _ expected: String
    ) throws(DateInterval.Invalid) -> Int {
        var value = 0
        let start = offset
        for _ in 0..<digits {
            guard !isAtEnd, DateInterval.isDigit(text[offset]) else { throw invalid(expected, from: start) }
            value = value * 10 + Int(text[offset] - 48)
            offset += 1
        }
        guard range.contains(value) else {
            throw DateInterval.Invalid(range: start..<offset, expected: expected)
        }
        return value
    }

    private func invalid(_ expected: String, from start: Int? = nil) -> DateInterval.Invalid {
        DateInterval.Invalid(range: min(start ?? offset, text.count)..<text.count, expected: expected)
    }

    private func between(_ first: Int64, _ next: Int64) -> DateInterval {
        DateInterval(lower: first * Self.day, upper: next * Self.day - 1)
    }
}
