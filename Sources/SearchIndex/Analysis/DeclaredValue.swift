/// Values of declared metadata as numbers of a column.
public enum DeclaredValue {
    /// The value's place in the column (`ColumnValue`); nil if it has none.
    ///
    /// - number: decimal, with sign, fraction and exponent if need be, white space around it;
    /// - date: of the query language, as the beginning of what it stands for; or an integer of other than four digits:
    ///   milliseconds since 1970;
    /// - keyword: none, as its values are no numbers.
    public static func column(of text: String, kind: SearchSchema.Kind) -> Int64? {
        switch kind {
        case .number: number(text).map(ColumnValue.of)
        case .date: date(text)
        case .keyword: nil
        }
    }

    /// nil unless the text is a decimal number that a Double can hold.
    static func number(_ text: String) -> Double? {
        let digits = trimmed(text)
        var hasDigit = false
        for byte in digits.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): hasDigit = true
            case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): break
            // Double reads "0x1p3", "nan" and "inf" too.
            default: return nil
            }
        }
        guard hasDigit, let value = Double(digits), value.isFinite else { return nil }
        return value
    }

    private static func date(_ text: String) -> Int64? {
        let digits = trimmed(text)
        let bytes = Array(digits.utf8)
        // Safe: the array lives through the call.
        let interval = bytes.withUnsafeBytes { bytes in
            do throws(DateInterval.Invalid) {
                return try DateInterval.parse(bytes)
            } catch {
                return nil
            }
        }
        return interval?.lower ?? Int64(digits)
    }

    private static func trimmed(_ text: String) -> Substring {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        let utf8 = text.utf8
        guard let first = utf8.firstIndex(where: { !isSpace($0) }), let last = utf8.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return text[first...last]
    }
}
