/// Calendar arithmetic in UTC, after Howard Hinnant: "chrono-Compatible Low-Level Date Algorithms", 2013.
extension FacetRequest.Interval {
    /// The start of the interval that a moment lies in; both in milliseconds since 1970. Weeks begin on Monday (ISO 8601).
    func start(of milliseconds: Int64) -> Int64 {
        let day = floorDivision(milliseconds, 86_400_000)
        switch self {
        case .hour: return floorDivision(milliseconds, 3_600_000) &* 3_600_000
        case .day: return day &* 86_400_000
        case .week: return (floorDivision(day &+ 3, 7) &* 7 &- 3) &* 86_400_000
        case .month, .quarter, .year:
            var (year, month) = Self.yearAndMonth(ofDay: day)
            if self == .quarter { month = (month - 1) / 3 * 3 + 1 }
            if self == .year { month = 1 }
            year &-= month <= 2 ? 1 : 0
            return Self.day(ofMarchYear: year, month: month) &* 86_400_000
        }
    }

    private static func yearAndMonth(ofDay day: Int64) -> (Int64, Int64) {
        let shifted = day + 719_468
        let era = floorDivision(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month)
    }

    /// The first day of a month; the year is counted from March.
    private static func day(ofMarchYear year: Int64, month: Int64) -> Int64 {
        let era = floorDivision(year, 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

private func floorDivision(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
}
