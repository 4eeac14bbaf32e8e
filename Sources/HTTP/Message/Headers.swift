/// Header fields in the order in which they came. Names compare without case; values are valid UTF-8 without leading
/// or trailing white space (the parser refuses others, RFC 9110 section 5.5).
public struct Headers: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    public struct Field: Sendable, Equatable {
        /// Lower case.
        public var name: String
        public var value: String
    }

    public private(set) var fields: [Field] = []

    public init() {}

    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { add(name, value) }
    }

    /// The first value of a name.
    /// - Parameter name: lower case.
    public subscript(_ name: String) -> String? {
        let length = name.utf8.count
        // Most names differ in their lengths, which costs less than to copy and compare them.
        for index in fields.indices where fields[index].name.utf8.count == length && fields[index].name == name {
            return fields[index].value
        }
        return nil
    }

    /// All values of a name, in order.
    /// - Parameter name: lower case.
    public func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    public mutating func add(_ name: String, _ value: String) {
        fields.append(Field(name: name.lowercased(), value: value))
    }

    /// Replaces every field of that name by one.
    public mutating func set(_ name: String, _ value: String) {
        let name = name.lowercased()
        fields.removeAll { $0.name == name }
        fields.append(Field(name: name, value: value))
    }

    public mutating func remove(_ name: String) { fields.removeAll { $0.name == name } }

    /// The parser's way in: the name is known to be lower case.
    mutating func append(lowercaseName name: String, value: String) {
        if fields.isEmpty { fields.reserveCapacity(16) }
        fields.append(Field(name: name, value: value))
    }
}
