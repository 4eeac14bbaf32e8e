import Core

/// Writes an XML document into bytes. Names are constants of the program; text is escaped.
///
/// A listing of 1,000 keys is most of what S3 answers in XML, so text without special characters is copied in one
/// piece and numbers and times are written without a `String` in between.
struct XMLWriter {
    static let s3Namespace: StaticString = "http://s3.amazonaws.com/doc/2006-03-01/"

    private(set) var bytes: [UInt8]

    init(reserving capacity: Int = 512) {
        bytes = []
        bytes.reserveCapacity(capacity)
        raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
    }

    private mutating func raw(_ text: StaticString) { text.withUTF8Buffer { bytes.append(contentsOf: $0) } }

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
        utf8.withUnsafeBufferPointer { escape($0) }
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
        Timestamp.appendISO8601(time, to: &bytes)
        close(name)
    }

    mutating func text(_ text: String) {
        var text = text
        text.withUTF8 { escape($0) }
    }

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

    private mutating func append(_ number: UInt64) {
        var digits: InlineArray<20, UInt8> = .init(repeating: 0)
        var rest = number
        var index = 20
        repeat {
            index -= 1
            digits[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        } while rest > 0
        while index < 20 {
            bytes.append(digits[index])
            index += 1
        }
    }

    /// XML 1.0, section 2.4. Control characters, which XML 1.0 cannot hold, become character references as AWS writes
    /// them; clients that meet such keys ask for `encoding-type=url`.
    private mutating func escape(_ text: UnsafeBufferPointer<UInt8>) {
        var start = 0
        for index in 0..<text.count where Self.isSpecial[Int(text[index])] {
            bytes.append(contentsOf: text[start..<index])
            start = index + 1
            switch text[index] {
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
        bytes.append(contentsOf: text[start..<text.count])
    }

    private static let isSpecial: [Bool] = (0..<256).map { byte in
        byte < 0x20
            || [UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\"")].contains(UInt8(byte))
    }
}
