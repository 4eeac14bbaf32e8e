/// Classes of octets in HTTP (RFC 9110 section 5.6.2, RFC 3986 section 2), as bit sets over ASCII.
enum Characters {
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")
    static let tab = UInt8(ascii: "\t")

    /// `tchar`: ! # $ % & ' * + - . ^ _ ` | ~, digits and letters.
    @inline(__always)
    static func isToken(_ octet: UInt8) -> Bool {
        contains(octet, 0x03FF_6CFA_0000_0000, 0x57FF_FFFF_C7FF_FFFE)
    }

    /// What may stand in a request target as it was sent: visible ASCII but `#`.
    @inline(__always)
    static func isTarget(_ octet: UInt8) -> Bool { octet > 0x20 && octet < 0x7F && octet != UInt8(ascii: "#") }

    /// What may stand in a field's value: HTAB, SP, visible ASCII and octets above 0x7F.
    @inline(__always)
    static func isFieldValue(_ octet: UInt8) -> Bool { octet >= 0x20 ? octet != 0x7F : octet == tab }

    /// Host and port (RFC 3986 section 3.2.2) without userinfo; no comma, so that a joined list is refused.
    @inline(__always)
    static func isHost(_ octet: UInt8) -> Bool {
        contains(octet, 0x2FFF_6FF2_0000_0000, 0x47FF_FFFE_AFFF_FFFE)
    }

    @inline(__always)
    static func isBlank(_ octet: UInt8) -> Bool { octet == space || octet == tab }

    @inline(__always)
    static func lowercased(_ octet: UInt8) -> UInt8 {
        octet &- UInt8(ascii: "A") < 26 ? octet | 0x20 : octet
    }

    /// The value of a hexadecimal digit; nil for others.
    @inline(__always)
    static func hexadecimalValue(_ octet: UInt8) -> UInt8? {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): octet - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): octet - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): octet - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    @inline(__always)
    private static func contains(_ octet: UInt8, _ low: UInt64, _ high: UInt64) -> Bool {
        octet < 64 ? low >> UInt64(octet) & 1 == 1 : octet < 128 && high >> UInt64(octet - 64) & 1 == 1
    }
}
