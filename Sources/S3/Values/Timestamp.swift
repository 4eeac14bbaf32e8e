public import Core

/// The three forms of time in S3: the HTTP date of header fields, ISO 8601 with milliseconds of XML, and the basic
/// ISO 8601 form of SigV4. All are UTC in the proleptic Gregorian calendar.
public enum Timestamp {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Sun, 06 Nov 1994 08:49:37 GMT` (IMF-fixdate; RFC 9110, section 5.6.7).
    public static func httpDate(_ time: WallTime) -> String {
        let fields = CivilTime(time)
        let day = days[Int(time.seconds / 86_400 % 7)]
        return "\(day), \(two(fields.day)) \(months[fields.month - 1]) \(four(fields.year)) "
            + "\(two(fields.hour)):\(two(fields.minute)):\(two(fields.second)) GMT"
    }

    /// `2009-10-12T17:50:30.000Z`.
    public static func iso8601(_ time: WallTime) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        appendISO8601(time, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    static func appendISO8601(_ time: WallTime, to bytes: inout [UInt8]) {
        var calendar = Calendar()
        calendar.append(time, to: &bytes)
    }

    /// Writes times in ISO 8601, and remembers the date of the last one.
    struct Calendar: Sendable {
        private var day: Int?
        /// `2009-10-12T`.
        private var date = InlineArray<11, UInt8>(repeating: 0)

        mutating func append(_ time: WallTime, to bytes: inout [UInt8]) {
            // Years beyond 9999 have no form here: `CivilTime` says which time stands for them.
            let seconds = Int(min(time.seconds, CivilTime.lastSecond))
            if day != seconds / 86_400 { set(CivilTime(time), day: seconds / 86_400) }
            let date = self.date
            bytes.append(addingCapacity: 24) { output in
                for index in date.indices { output.append(date[index]) }
                Self.two(seconds / 3600 % 24, &output)
                output.append(UInt8(ascii: ":"))
                Self.two(seconds / 60 % 60, &output)
                output.append(UInt8(ascii: ":"))
                Self.two(seconds % 60, &output)
                output.append(UInt8(ascii: "."))
                let milliseconds = Int(time.milliseconds % 1000)
                output.append(UInt8(ascii: "0") + UInt8(milliseconds / 100))
                Self.two(milliseconds % 100, &output)
                output.append(UInt8(ascii: "Z"))
            }
        }

        private mutating func set(_ fields: CivilTime, day: Int) {
            self.day = day
            let digits = [
                fields.year / 1000, fields.year / 100 % 10, fields.year / 10 % 10, fields.year % 10, nil,
                fields.month / 10, fields.month % 10, nil, fields.day / 10, fields.day % 10,
            ]
            for (index, digit) in digits.enumerated() {
                date[index] = digit.map { UInt8(ascii: "0") + UInt8($0) } ?? UInt8(ascii: "-")
            }
            date[10] = UInt8(ascii: "T")
        }

        private static func two(_ value: Int, _ output: inout OutputSpan<UInt8>) {
            output.append(UInt8(ascii: "0") + UInt8(value / 10))
            output.append(UInt8(ascii: "0") + UInt8(value % 10))
        }
    }

    /// `20130524T000000Z`, the form of `x-amz-date`.
    public static func basic(_ time: WallTime) -> String {
        let fields = CivilTime(time)
        return "\(four(fields.year))\(two(fields.month))\(two(fields.day))T"
            + "\(two(fields.hour))\(two(fields.minute))\(two(fields.second))Z"
    }

    /// nil unless the text is `YYYYMMDDTHHMMSSZ` with fields in their ranges.
    public static func parseBasic(_ text: String) -> WallTime? {
        let bytes = text.utf8.span
        guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z") else { return nil }
        guard let year = number(bytes, 0..<4), let month = number(bytes, 4..<6), let day = number(bytes, 6..<8),
            let hour = number(bytes, 9..<11), let minute = number(bytes, 11..<13), let second = number(bytes, 13..<15)
        else { return nil }
        return CivilTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second).wallTime
    }

    private static func number(_ digits: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var value = 0
        for index in range {
            let digit = digits[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value * 10 + Int(digit)
        }
        return value
    }

    /// nil unless the text is `YYYY-MM-DDTHH:MM:SSZ`, with a fraction of one to nine digits or none.
    public static func parseISO8601(_ text: String) -> WallTime? {
        let bytes = Array(text.utf8)
        guard (20...30).contains(bytes.count), bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            bytes.last == UInt8(ascii: "Z"), bytes.count == 20 || (bytes.count > 21 && bytes[19] == UInt8(ascii: ".")),
            let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10]),
            let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]), let second = number(bytes[17..<19]),
            bytes.count == 20 || number(bytes[20..<bytes.count - 1]) != nil,
            let time = CivilTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
                .wallTime
        else { return nil }
        let digits = bytes.count == 20 ? [] : bytes[20..<bytes.count - 1].prefix(3).map { Int($0 - UInt8(ascii: "0")) }
        let milliseconds = (digits + [0, 0, 0]).prefix(3).reduce(0) { $0 * 10 + $1 }
        return WallTime(milliseconds: time.milliseconds + UInt64(milliseconds))
    }

    /// The three forms that a recipient of HTTP accepts (RFC 9110, section 5.6.7): IMF-fixdate, RFC 850, asctime.
    public static func parseHTTPDate(_ text: String) -> WallTime? {
        let words = text.split(whereSeparator: { $0 == " " || $0 == "," })
        switch words.count {
        case 6 where words[5] == "GMT":
            return date(day: words[1], month: words[2], year: words[3], time: words[4])
        case 4 where words[3] == "GMT":
            let parts = words[1].split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 3, let year = number(Array(parts[2].utf8)[...]), parts[2].utf8.count == 2 else {
                return nil
            }
            return date(
                day: parts[0], month: parts[1], year: "\(year < 70 ? 2000 + year : 1900 + year)", time: words[2])
        case 5:
            return date(day: words[2], month: words[1], year: words[4], time: words[3])
        default:
            return nil
        }
    }

    private static func date(
        day: some StringProtocol, month: some StringProtocol, year: some StringProtocol, time: some StringProtocol
    ) -> WallTime? {
        let clock = time.split(separator: ":", omittingEmptySubsequences: false).map { Array($0.utf8) }
        guard clock.count == 3, clock.allSatisfy({ $0.count == 2 }), year.utf8.count == 4,
            (1...2).contains(day.utf8.count), let monthIndex = months.firstIndex(of: String(month)),
            let day = number(Array(day.utf8)[...]), let year = number(Array(year.utf8)[...]),
            let hour = number(clock[0][...]), let minute = number(clock[1][...]), let second = number(clock[2][...])
        else { return nil }
        return CivilTime(
            year: year, month: monthIndex + 1, day: day, hour: hour, minute: minute, second: second
        ).wallTime
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard !digits.isEmpty, digits.count <= 9 else { return nil }
        var value = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return value
    }

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

    private static func four(_ value: Int) -> String { "\(two(value / 100))\(two(value % 100))" }
}

/// A date and a time of day, UTC. Days are counted as in Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms" (`days_from_civil`, `civil_from_days`).
struct CivilTime {
    var year: Int
    var month: Int
    var day: Int
    var hour: Int
    var minute: Int
    var second: Int

    init(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
    }

    /// 9999-12-31T23:59:59Z.
    static let lastSecond: UInt64 = 253_402_300_799

    init(_ time: WallTime) {
        // Years beyond 9999 have no form in HTTP: the last second that has one stands for them.
        let seconds = Int(min(time.seconds, Self.lastSecond))
        let shifted = seconds / 86_400 + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        hour = seconds / 3600 % 24
        minute = seconds / 60 % 60
        second = seconds % 60
    }

    /// nil if a field is outside of its range, or the time before 1970. A leap second counts as the next second.
    var wallTime: WallTime? {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths: InlineArray<12, Int> = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1970...9999).contains(year), (1...12).contains(month), (1...lengths[month - 1]).contains(day),
            (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second)
        else { return nil }
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear % 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        return WallTime(milliseconds: UInt64(days * 86_400 + hour * 3600 + minute * 60 + second) * 1000)
    }
}
