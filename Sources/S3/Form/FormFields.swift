/// The fields of a form in the order in which they came.
public struct FormFields: Sendable, Equatable {
    struct Field: Sendable, Equatable {
        /// Lower case.
        var name: String
        var value: String
    }

    private(set) var fields: [Field] = []
    /// As the client has it; may be a path.
    var fileName: String?

    init(_ fields: [Field] = [], fileName: String? = nil) {
        self.fields = fields
        self.fileName = fileName
    }

    var count: Int { fields.count }

    /// Whose the form says it is, before anything is proved; nil if it does not say.
    public var accessKey: String? {
        self["x-amz-credential"].flatMap { $0.split(separator: "/").first.map(String.init) }
    }

    /// - Parameter name: lower case.
    subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// False if there is such a field already.
    mutating func add(_ name: String, _ value: String) -> Bool {
        guard self[name] == nil else { return false }
        fields.append(Field(name: name, value: value))
        return true
    }

    /// With `${filename}` replaced in all fields but those that are signed. Of a path the last component counts.
    ///
    /// Source: Amazon S3 API Reference, "Creating an HTML Form" (`HTTPPOSTForms.html`): variables are expanded before
    /// the form is held against its policy.
    func expanded() -> FormFields {
        let path = fileName ?? ""
        let name = path.utf8.lastIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
            .map { String(path[path.utf8.index(after: $0)...]) }
        var copy = self
        for index in copy.fields.indices where !Self.signed.contains(copy.fields[index].name) {
            copy.fields[index].value = copy.fields[index].value.replacing("${filename}", with: name ?? path)
        }
        return copy
    }

    private static let signed: Set<String> = ["policy", "x-amz-signature", "x-amz-credential", "x-amz-date"]
}

/// The header of one part of a form.
struct FormPart: Sendable {
    private(set) var name: String?
    private(set) var fileName: String?

    /// One line of it. Of interest is Content-Disposition alone (RFC 7578, section 4.2).
    mutating func add(line: [UInt8]) throws(S3Error) {
        guard let text = String(validating: line, as: UTF8.self),
            let colon = text.utf8.firstIndex(of: UInt8(ascii: ":"))
        else { throw S3Error(.malformedPOSTRequest) }
        guard text[..<colon].lowercased() == "content-disposition" else { return }
        let value = text[text.utf8.index(after: colon)...]
        guard name == nil, let parameters = Self.parameters(Array(value.utf8)) else {
            throw S3Error(.malformedPOSTRequest)
        }
        name = parameters.first { $0.name == "name" }?.value
        fileName = parameters.first { $0.name == "filename" }?.value
    }

    /// nil unless it is `form-data` with well-formed parameters. Within quotes browsers write `%22` for a quote and
    /// leave a backslash as it is; others write `\"`.
    private static func parameters(_ text: [UInt8]) -> [(name: String, value: String)]? {
        var index = 0
        guard token(text, &index).lowercased() == "form-data" else { return nil }
        var parameters: [(name: String, value: String)] = []
        skipSpaces(text, &index)
        while index < text.count {
            guard text[index] == UInt8(ascii: ";") else { return nil }
            index += 1
            let name = token(text, &index).lowercased()
            // A semicolon at the end is harmless.
            if name.isEmpty, index == text.count { break }
            guard !name.isEmpty, index < text.count, text[index] == UInt8(ascii: "=") else { return nil }
            index += 1
            guard
                let value = index < text.count && text[index] == UInt8(ascii: "\"")
                    ? quoted(text, &index) : Array(token(text, &index).utf8),
                let string = String(validating: value, as: UTF8.self)
            else { return nil }
            parameters.append((name, string))
            skipSpaces(text, &index)
        }
        return parameters
    }

    private static func skipSpaces(_ text: [UInt8], _ index: inout Int) {
        while index < text.count, text[index] == UInt8(ascii: " ") || text[index] == UInt8(ascii: "\t") { index += 1 }
    }

    private static func token(_ text: [UInt8], _ index: inout Int) -> String {
        skipSpaces(text, &index)
        let start = index
        while index < text.count, !" \t;=\"".utf8.contains(text[index]) { index += 1 }
        return String(decoding: text[start..<index], as: UTF8.self)
    }

    private static func quoted(_ text: [UInt8], _ index: inout Int) -> [UInt8]? {
        var value: [UInt8] = []
        index += 1
        while index < text.count {
            let byte = text[index]
            index += 1
            if byte == UInt8(ascii: "\"") { return value }
            if byte == UInt8(ascii: "\\"), index < text.count, text[index] == UInt8(ascii: "\"") {
                value.append(text[index])
                index += 1
            } else {
                value.append(byte)
            }
        }
        return nil
    }
}
