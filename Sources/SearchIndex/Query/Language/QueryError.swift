/// What is wrong with a query, and where: shown to whoever wrote it (HTTP 400).
public struct QueryError: Error, Equatable, Sendable {
    /// Stable: clients may tell errors apart by it.
    public enum Code: String, Sendable, CaseIterable {
        /// More than `QueryLimits.queryBytes`.
        case queryTooLong = "query-too-long"
        case tooManyClauses = "too-many-clauses"
        case tooDeep = "too-deep"
        case invalidUTF8 = "invalid-utf8"
        case unknownField = "unknown-field"
        /// An operator, a group or a field without what belongs to it.
        case missingOperand = "missing-operand"
        case missingValue = "missing-value"
        case unterminatedQuote = "unterminated-quote"
        case unbalancedParenthesis = "unbalanced-parenthesis"
        /// `!`, `&&` and `||` of other languages.
        case unknownOperator = "unknown-operator"
        case invalidNumber = "invalid-number"
        case invalidSize = "invalid-size"
        case invalidDate = "invalid-date"
        case invalidBoost = "invalid-boost"
        /// Behind `~`.
        case invalidDistance = "invalid-distance"
        case invalidRange = "invalid-range"
        case invalidList = "invalid-list"
        /// `>` or a range of a field that has no order.
        case notComparable = "not-comparable"
        /// `>` or a range of metadata that its bucket does not declare a number or a date.
        case undeclaredField = "undeclared-field"
        /// A form that this field does not know, such as `~` of a bucket.
        case unsupportedForm = "unsupported-form"
        /// Text without any letter or digit.
        case noWords = "no-words"
    }

    public var code: Code
    /// A sentence.
    public var message: String
    /// Where, in bytes of the query's UTF-8; 0 long at the query's end.
    public var offset: Int
    public var length: Int
    /// Where, in characters from 1.
    public var column: Int
    /// What could stand there.
    public var expected: [String]
    /// Text to put in the place of what is wrong.
    public var suggestion: String?

    public init(
        _ code: Code, _ message: String, offset: Int, length: Int, column: Int, expected: [String] = [],
        suggestion: String? = nil
    ) {
        self.code = code
        self.message = message
        self.offset = offset
        self.length = length
        self.column = column
        self.expected = expected
        self.suggestion = suggestion
    }

    init(
        _ code: Code, _ message: String, at place: QueryPlace, expected: [String] = [], suggestion: String? = nil
    ) {
        self.init(
            code, message, offset: place.offset, length: place.length, column: place.column, expected: expected,
            suggestion: suggestion)
    }
}

/// Where in its text a part of a query stood. Does not tell queries apart.
public struct QueryPlace: Sendable, Equatable {
    public var offset: Int
    public var length: Int
    public var column: Int

    public init(offset: Int, length: Int, column: Int) {
        self.offset = offset
        self.length = length
        self.column = column
    }

    init(_ range: Range<Int>, of text: [UInt8]) {
        offset = range.lowerBound
        length = range.count
        column = String(decoding: text[..<range.lowerBound], as: UTF8.self).count + 1
    }

    /// Of a query that was made by a program.
    public static let nowhere = QueryPlace(offset: 0, length: 0, column: 1)

    public static func == (_: QueryPlace, _: QueryPlace) -> Bool { true }
}
