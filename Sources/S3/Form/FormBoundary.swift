/// What divides the parts of a form.
enum FormBoundary {
    /// nil unless the type is `multipart/form-data` with a valid boundary (RFC 2046, section 5.1.1; RFC 7578).
    static func parse(contentType: String) -> [UInt8]? {
        let pieces = contentType.split(separator: ";", omittingEmptySubsequences: false)
        guard let type = pieces.first, String(type).trimmingSpaces.lowercased() == "multipart/form-data" else {
            return nil
        }
        for piece in pieces.dropFirst() {
            let text = String(piece).trimmingSpaces
            guard text.lowercased().hasPrefix("boundary=") else { continue }
            var value = Array(text.utf8.dropFirst(9))
            if value.count >= 2, value.first == UInt8(ascii: "\""), value.last == UInt8(ascii: "\"") {
                value = Array(value[1..<value.count - 1])
            }
            guard (1...70).contains(value.count), value.last != UInt8(ascii: " "), value.allSatisfy(isAllowed) else {
                return nil
            }
            return value
        }
        return nil
    }

    private static func isAllowed(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "'()+_,-./:=? ".utf8.contains(character)
        }
    }
}
