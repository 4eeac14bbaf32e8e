/// The first bytes of a term in a segment's dictionary: which field it is of. Terms of one field stand together, and no
/// field's code is the beginning of another's.
enum FieldCode {
    static let all: UInt8 = 0x01
    static let key: UInt8 = 0x02
    static let name: UInt8 = 0x03
    static let keywordName: UInt8 = 0x10
    static let fileExtension: UInt8 = 0x11
    static let contentType: UInt8 = 0x12
    static let owner: UInt8 = 0x13
    static let storageClass: UInt8 = 0x14
    static let entityTag: UInt8 = 0x15
    static let version: UInt8 = 0x16
    /// Followed by the code of a keyword field: the documents that have it.
    static let present: UInt8 = 0x1F
    /// Followed by a metadata name: words; the empty term has the documents with words, and their number as frequency.
    static let metadataWords: UInt8 = 0x20
    /// Followed by a metadata name: values.
    static let metadataValue: UInt8 = 0x21
    /// Followed by a metadata name: the documents that have it.
    static let metadataPresent: UInt8 = 0x22

    /// Source, length of the name in two bytes (big-endian), name.
    static func of(_ code: UInt8, _ name: MetadataName) -> [UInt8] {
        let bytes = Array(name.name.utf8.prefix(Int(UInt16.max)))
        return [code, name.source.rawValue, UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + bytes
    }

    static func of(_ field: TextField) -> [UInt8] {
        switch field {
        case .all: [all]
        case .key: [key]
        case .name: [name]
        case .metadata(let name): of(metadataWords, name)
        }
    }

    static func of(_ field: KeywordField) -> [UInt8] {
        switch field {
        case .name: [keywordName]
        case .fileExtension: [fileExtension]
        case .contentType: [contentType]
        case .owner: [owner]
        case .storageClass: [storageClass]
        case .entityTag: [entityTag]
        case .version: [version]
        case .metadata(let name): of(metadataValue, name)
        }
    }

    static func presence(of field: KeywordField) -> [UInt8] {
        if case .metadata(let name) = field { return of(metadataPresent, name) }
        return [present] + of(field)
    }

    /// The plane of lengths that a text field uses; nil: lengths are the frequencies of the field's empty term.
    static func lengthPlane(_ field: TextField) -> Int? {
        switch field {
        case .all: 0
        case .key: 1
        case .name: 2
        case .metadata: nil
        }
    }
}

/// What is known of a document that has a term.
enum TermKind {
    /// That it has it.
    case plain
    /// And how often.
    case counted
    /// And where.
    case positioned

    /// Of a term with its field's code before it.
    @inline(__always)
    static func of(_ term: UnsafeRawBufferPointer) -> TermKind {
        guard let first = term.first else { return .plain }
        if first <= FieldCode.name { return .positioned }
        guard first == FieldCode.metadataWords else { return .plain }
        return term.count == 4 + (Int(term[2]) << 8 | Int(term[3])) ? .counted : .positioned
    }
}

/// Values whose text form wastes space are kept otherwise, in the same order: an entity tag's 32 digits in 16 bytes.
enum KeywordForm {
    /// Entity tags of 32 lower-case hexadecimal digits begin with 0, then 16 bytes, then what follows; others with 1.
    static func stored(_ field: KeywordField, _ value: [UInt8]) -> [UInt8] {
        guard field == .entityTag else { return value }
        guard value.count >= 32 else { return [1] + value }
        var stored: [UInt8] = [0]
        stored.reserveCapacity(value.count - 15)
        for place in stride(from: 0, to: 32, by: 2) {
            guard let high = digit(value[place]), let low = digit(value[place + 1]) else { return [1] + value }
            stored.append(high << 4 | low)
        }
        stored.append(contentsOf: value[32...])
        return stored
    }

    static func shown(_ field: KeywordField, _ stored: UnsafeRawBufferPointer) -> [UInt8] {
        guard field == .entityTag, let form = stored.first else { return Array(stored) }
        guard form == 0, stored.count >= 17 else { return Array(stored.dropFirst()) }
        var value: [UInt8] = []
        value.reserveCapacity(stored.count + 15)
        for byte in stored[1..<17] {
            value.append(character(byte >> 4))
            value.append(character(byte & 15))
        }
        value.append(contentsOf: stored[17...])
        return value
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    private static func character(_ digit: UInt8) -> UInt8 {
        digit < 10 ? digit + UInt8(ascii: "0") : digit - 10 + UInt8(ascii: "a")
    }
}
