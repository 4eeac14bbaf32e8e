/// Why a text is no JSON, and where.
public struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Reason: Equatable, Sendable {
        case unexpectedEnd
        /// The character, quoted, as the message shows it.
        case unexpectedCharacter(String)
        case expected(StaticStringName)
        case invalidEscape
        case invalidNumber
        case controlCharacterInString
        case notUTF8
        case duplicateName(String)
        case tooDeep(limit: Int)
        case tooLarge(limitBytes: Int)
        case trailingText
    }

    public var reason: Reason
    public var position: JSONPosition

    public init(_ reason: Reason, at position: JSONPosition) {
        self.reason = reason
        self.position = position
    }

    public var description: String { "\(position): \(message)" }

    /// Without the position.
    public var message: String {
        switch reason {
        case .unexpectedEnd: "the text ends too early"
        case .unexpectedCharacter(let character): "unexpected \(character)"
        case .expected(let what): "expected \(what)"
        case .invalidEscape: "invalid escape in a string"
        case .invalidNumber: "invalid number"
        case .controlCharacterInString: "a line break or control character stands in a string"
        case .notUTF8: "the text is not UTF-8"
        case .duplicateName(let name): "\"\(name)\" is given more than once"
        case .tooDeep(let limit): "nested deeper than \(limit) levels"
        case .tooLarge(let limit): "longer than \(limit) bytes"
        case .trailingText: "there is text behind the value"
        }
    }
}
