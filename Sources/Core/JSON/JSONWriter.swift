extension JSONValue {
    /// The value as JSON (RFC 8259). Numbers that JSON cannot hold (infinite, not a number) become null.
    /// - Parameter indented: two spaces a level, one member a line.
    public func encoded(indented: Bool = false) -> [UInt8] {
        var writer = JSONWriter(indented: indented)
        writer.write(self, depth: 0)
        return writer.bytes
    }

    public func text(indented: Bool = false) -> String { String(decoding: encoded(indented: indented), as: UTF8.self) }
}

private struct JSONWriter {
    let indented: Bool
    var bytes: [UInt8] = []

    init(indented: Bool) { self.indented = indented }

    mutating func write(_ value: JSONValue, depth: Int) {
        switch value {
        case .null: append("null")
        case .boolean(let boolean): append(boolean ? "true" : "false")
        case .integer(let integer): append("\(integer)")
        case .number(let number): append(number.isFinite ? "\(number)" : "null")
        case .string(let string): write(string)
        case .array(let values):
            list("[", "]", values, depth: depth) { writer, value in writer.write(value, depth: depth + 1) }
        case .object(let object):
            list("{", "}", object.members, depth: depth) { writer, member in
                writer.write(member.name)
                writer.append(writer.indented ? ": " : ":")
                writer.write(member.value, depth: depth + 1)
            }
        }
    }

    private mutating func list<Element>(
        _ open: String, _ close: String, _ elements: [Element], depth: Int,
        _ write: (inout JSONWriter, Element) -> Void
    ) {
        append(open)
        for (index, element) in elements.enumerated() {
            if index > 0 { append(",") }
            breakLine(depth: depth + 1)
            write(&self, element)
        }
        if !elements.isEmpty { breakLine(depth: depth) }
        append(close)
    }

    private mutating func breakLine(depth: Int) {
        guard indented else { return }
        append("\n")
        for _ in 0..<depth { append("  ") }
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func write(_ string: String) {
        append("\"")
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case UInt8(ascii: "\n"): append("\\n")
            case UInt8(ascii: "\r"): append("\\r")
            case UInt8(ascii: "\t"): append("\\t")
            case 0..<0x20: append("\\u00\(Hexadecimal.encode([byte]))")
            default: bytes.append(byte)
            }
        }
        append("\"")
    }
}
