public import Core

/// A date in the form of RFC 9110 section 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
public struct HTTPDate: Sendable, Equatable, CustomStringConvertible {
    /// Since 1970-01-01 UTC.
    public let seconds: UInt64
    /// 29 octets of ASCII.
    private let text: InlineArray<29, UInt8>

    private static let days: StaticString = "ThuFriSatSunMonTueWed"
    private static let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"

    public init(_ time: WallTime) {
        seconds = time.seconds
        let dayNumber = seconds / 86_400
        let (year, month, day) = Self.civil(daysSince1970: dayNumber)
        let second = seconds % 86_400
        var text = InlineArray<29, UInt8>(repeating: Characters.space)
        func put(_ value: UInt64, _ digits: Int, at offset: Int) {
            var rest = value
            for index in stride(from: digits - 1, through: 0, by: -1) {
                text[offset + index] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
        }
        func put(_ names: StaticString, _ index: Int, at offset: Int) {
            precondition(3 * index + 3 <= names.utf8CodeUnitCount, "no such name")
            // Safe: within the static string by the precondition.
            for letter in 0..<3 { text[offset + letter] = unsafe names.utf8Start[3 * index + letter] }
        }
        put(Self.days, Int(dayNumber % 7), at: 0)
        text[3] = UInt8(ascii: ",")
        put(day, 2, at: 5)
        put(Self.months, Int(month) - 1, at: 8)
        put(year, 4, at: 12)
        put(second / 3600, 2, at: 17)
        text[19] = UInt8(ascii: ":")
        put(second / 60 % 60, 2, at: 20)
        text[22] = UInt8(ascii: ":")
        put(second % 60, 2, at: 23)
        put("GMT", 0, at: 26)
        self.text = text
    }

    public var description: String {
        String(unsafeUninitializedCapacity: 29) { target in
            for index in 0..<29 { target[index] = text[index] }
            return 29
        }
    }

    public static func == (left: HTTPDate, right: HTTPDate) -> Bool { left.seconds == right.seconds }

    func write(to output: inout OutputBuffer) {
        text.span.withUnsafeBytes { output.append($0) }
    }

    /// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`, for dates from 1970 on.
    static func civil(daysSince1970: UInt64) -> (year: UInt64, month: UInt64, day: UInt64) {
        let shifted = daysSince1970 + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
