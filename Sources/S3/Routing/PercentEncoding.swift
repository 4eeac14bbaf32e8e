/// Percent-encoding of URIs (RFC 3986, section 2.1) as SigV4 and S3 use it.
enum PercentEncoding {
    private static let digits: StaticString = "0123456789ABCDEF"

    /// nil if a `%` is not followed by two hexadecimal digits.
    /// - Parameter plusIsSpace: in queries, not in paths.
    static func decode(_ text: Substring, plusIsSpace: Bool) -> [UInt8]? {
        decode(text.utf8.span, plusIsSpace: plusIsSpace)
    }

    static func decode(_ text: Span<UInt8>, plusIsSpace: Bool) -> [UInt8]? {
        var isWhole = true
        let bytes = [UInt8](capacity: text.count) { output in
            var index = 0
            while index < text.count {
                let character = text[unchecked: index]
                index &+= 1
                switch character {
                case UInt8(ascii: "%"):
                    guard index &+ 2 <= text.count, let byte = escape(text, at: index) else {
                        isWhole = false
                        return
                    }
                    output.append(byte)
                    index &+= 2
                case UInt8(ascii: "+") where plusIsSpace: output.append(UInt8(ascii: " "))
                default: output.append(character)
                }
            }
        }
        return isWhole ? bytes : nil
    }

    /// All characters are unreserved: decoded and encoded the same.
    static func isPlain(_ text: Span<UInt8>) -> Bool {
        var index = 0
        while index < text.count {
            guard isUnreserved(text[unchecked: index]) else { return false }
            index &+= 1
        }
        return true
    }

    /// - Precondition: there are two characters from `index` on.
    private static func escape(_ text: Span<UInt8>, at index: Int) -> UInt8? {
        guard let high = digit(text[index]), let low = digit(text[index + 1]) else { return nil }
        return high << 4 | low
    }

    /// True if `encode` of what `decode` makes of the text is the text: the usual case, as clients encode in this way
    /// themselves.
    /// - Parameter keepsSlash: for the path of a canonical request.
    static func isCanonical(_ text: Span<UInt8>, keepsSlash: Bool) -> Bool {
        var index = 0
        while index < text.count {
            let character = text[unchecked: index]
            index &+= 1
            if isUnreserved(character) || (keepsSlash && character == UInt8(ascii: "/")) { continue }
            guard character == UInt8(ascii: "%"), index &+ 2 <= text.count, let byte = escape(text, at: index),
                !isUnreserved(byte), !(keepsSlash && byte == UInt8(ascii: "/")), isUpper(text[index]),
                isUpper(text[index + 1])
            else { return false }
            index &+= 2
        }
        return true
    }

    private static func isUpper(_ digit: UInt8) -> Bool { digit < UInt8(ascii: "a") }

    /// Every byte but the unreserved ones becomes `%XX`, in upper case.
    /// - Parameter keepsSlash: for the path of a canonical request.
    static func encode(_ bytes: some Sequence<UInt8>, keepsSlash: Bool, to output: inout [UInt8]) {
        for byte in bytes {
            if isUnreserved(byte) || (keepsSlash && byte == UInt8(ascii: "/")) {
                output.append(byte)
            } else {
                output.append(UInt8(ascii: "%"))
                // Safe: the static string has sixteen characters.
                output.append(unsafe digits.utf8Start[Int(byte >> 4)])
                output.append(unsafe digits.utf8Start[Int(byte & 15)])
            }
        }
    }

    static func encode(_ text: String, keepsSlash: Bool = false) -> String {
        var output: [UInt8] = []
        encode(text.utf8, keepsSlash: keepsSlash, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// RFC 3986, section 2.3: letters, digits, `-._~`.
    @inline(__always)
    static func isUnreserved(_ byte: UInt8) -> Bool {
        // A bit for each of the first 128 characters.
        let low: UInt64 = 0x03FF_6000_0000_0000
        let high: UInt64 = 0x47FF_FFFE_87FF_FFFE
        return byte < 128 && (byte < 64 ? low : high) >> UInt64(byte & 63) & 1 == 1
    }

    private static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
