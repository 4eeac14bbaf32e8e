import Core

/// Writes an XML document into bytes. Names are constants of the program; text is escaped.
///
/// A listing of 1,000 keys is most of what S3 answers in XML, so text without special characters is copied in one
/// piece and numbers and times are written without a `String` in between.
struct XMLWriter {
    static let s3Namespace: StaticString = "http://s3.amazonaws.com/doc/2006-03-01/"

    private(set) var bytes: [UInt8]
    private var calendar = Timestamp.Calendar()

    init(reserving capacity: Int = 512) {
        bytes = []
        bytes.reserveCapacity(capacity)
        raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
    }

    /// Markup as it is: the way of the elements that a listing repeats a thousand times.
    mutating func raw(_ text: StaticString) { text.withUTF8Buffer { bytes.append(contentsOf: $0) } }

    mutating func open(_ name: StaticString) {
        bytes.append(UInt8(ascii: "<"))
        raw(name)
        bytes.append(UInt8(ascii: ">"))
    }

    mutating func open(_ name: StaticString, namespace: StaticString) {
        bytes.append(UInt8(ascii: "<"))
        raw(name)
        raw(" xmlns=\"")
        raw(namespace)
        raw("\">")
    }

    /// A grantee that is named by its canonical ID, the one element of S3 with an attribute.
    mutating func openCanonicalGrantee() {
        raw("<Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\">")
    }

    mutating func close(_ name: StaticString) {
        raw("</")
        raw(name)
        bytes.append(UInt8(ascii: ">"))
    }

    mutating func element(_ name: StaticString, _ text: String) {
        open(name)
        self.text(text)
        close(name)
    }

    /// - Parameter utf8: the text.
    mutating func element(_ name: StaticString, utf8: [UInt8]) {
        open(name)
        escape(utf8.span)
        close(name)
    }

    mutating func element(_ name: StaticString, _ number: UInt64) {
        open(name)
        append(number)
        close(name)
    }

    mutating func element(_ name: StaticString, _ number: Int) { element(name, UInt64(max(0, number))) }

    mutating func element(_ name: StaticString, _ flag: Bool) {
        open(name)
        raw(flag ? "true" : "false")
        close(name)
    }

    mutating func element(_ name: StaticString, _ time: WallTime) {
        open(name)
        append(time)
        close(name)
    }

    mutating func text(_ text: String) { escape(text.utf8.span) }

    /// - Parameter utf8: the text.
    mutating func text(utf8: [UInt8]) { escape(utf8.span) }

    /// Percent-encoded, as a listing with `encoding-type=url` has it: nothing is left that would need an escape.
    mutating func text(percentEncoding utf8: [UInt8]) {
        if PercentEncoding.isCanonical(utf8.span, keepsSlash: true), !utf8.contains(UInt8(ascii: "%")) {
            bytes.append(contentsOf: utf8)
        } else {
            PercentEncoding.encode(utf8, keepsSlash: true, to: &bytes)
        }
    }

    /// The dates of a page are mostly those of few days.
    mutating func append(_ time: WallTime) { calendar.append(time, to: &bytes) }

    /// An element whose name is not a constant: the details of an error.
    mutating func detail(_ name: String, _ text: String) {
        bytes.append(UInt8(ascii: "<"))
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: ">"))
        self.text(text)
        bytes.append(contentsOf: "</".utf8)
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: ">"))
    }

    mutating func append(_ number: UInt64) {
        var digits: InlineArray<20, UInt8> = .init(repeating: 0)
        var rest = number
        var index = 20
        repeat {
            index -= 1
            digits[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        } while rest > 0
        digits.span.extracting(index..<20).withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }

    /// XML 1.0, section 2.4. Control characters, which XML 1.0 cannot hold, become character references as AWS writes
    /// them; clients that meet such keys ask for `encoding-type=url`.
    private mutating func escape(_ text: Span<UInt8>) {
        var start = 0
        while start < text.count {
            let special = Self.firstSpecial(text, from: start)
            text.extracting(start..<special).withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
            if special == text.count { return }
            start = special + 1
            switch text[special] {
            case UInt8(ascii: "&"): raw("&amp;")
            case UInt8(ascii: "<"): raw("&lt;")
            case UInt8(ascii: ">"): raw("&gt;")
            case UInt8(ascii: "\""): raw("&quot;")
            case let control:
                raw("&#")
                append(UInt64(control))
                bytes.append(UInt8(ascii: ";"))
            }
        }
    }

    /// Eight bytes at a time while none of them is below 0x20 or one of `"&<>` ("Hacker's Delight", section 6-1; a byte
    /// behind a special one may be taken for one too, which the second loop finds out).
    private static func firstSpecial(_ text: Span<UInt8>, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let raw = text.bytes
        var index = start
        while index &+ 8 <= text.count {
            // Safe: the eight bytes lie within the span by the condition.
            let word = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
            let quote = word ^ (ones &* 0x22)
            let ampersand = word ^ (ones &* 0x26)
            // `<` and `>` differ in one bit.
            let angle = (word | (ones &* 0x02)) ^ (ones &* 0x3E)
            let zeros = (quote &- ones) & ~quote | (ampersand &- ones) & ~ampersand | (angle &- ones) & ~angle
            let controls = (word &- ones &* 0x20) & ~word
            if (zeros | controls) & (ones << 7) != 0 { break }
            index &+= 8
        }
        while index < text.count, !isSpecial(text[unchecked: index]) { index &+= 1 }
        return index
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        // A bit for each of the first 64 characters: controls, and `"&<>`.
        let special: UInt64 = 0x5000_0044_FFFF_FFFF
        return byte < 64 && special >> UInt64(byte) & 1 == 1
    }
}
