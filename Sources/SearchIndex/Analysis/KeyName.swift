/// The parts of a key that have fields of their own.
public enum KeyName {
    /// Where the key's last component lies: what follows the last `/`. Of a folder's marker (`photos/2026/`) the folder's
    /// name; of nothing but slashes nothing.
    public static func lastComponent(of key: UnsafeRawBufferPointer) -> Range<Int> {
        var end = key.count
        while end > 0, key[end - 1] == UInt8(ascii: "/") { end -= 1 }
        var start = end
        while start > 0, key[start - 1] != UInt8(ascii: "/") { start -= 1 }
        return start..<end
    }

    /// What follows the last dot of the name, in lower case, without the dot. nil if the name has none, begins or ends
    /// with it (`.profile`), or if white space follows.
    public static func fileExtension(of key: UnsafeRawBufferPointer) -> [UInt8]? {
        let name = lastComponent(of: key)
        guard let dot = key[name].lastIndex(of: UInt8(ascii: ".")), dot > name.lowerBound, dot + 1 < name.upperBound,
            !key[(dot + 1)..<name.upperBound].contains(where: { $0 <= UInt8(ascii: " ") })
        else { return nil }
        return lowercased(UnsafeRawBufferPointer(rebasing: key[(dot + 1)..<name.upperBound]))
    }

    /// Letters of all scripts in lower case, as extensions are compared.
    static func lowercased(_ text: UnsafeRawBufferPointer) -> [UInt8] {
        if text.allSatisfy({ $0 < 0x80 }) { return text.map { $0 &- 65 < 26 ? $0 | 0x20 : $0 } }
        return Array(String(decoding: text, as: UTF8.self).lowercased().utf8)
    }
}

public enum ContentTypeName {
    /// The header's media type in lower case, without parameters and white space around it.
    public static func normalised(_ header: String) -> [UInt8] {
        let type = header.utf8.prefix { $0 != UInt8(ascii: ";") }
        let start = type.firstIndex { !isSpace($0) } ?? type.endIndex
        var bytes = Array(type[start...])
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        return bytes.withUnsafeBytes { KeyName.lowercased($0) }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
