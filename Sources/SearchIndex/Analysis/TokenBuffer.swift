/// The words that an analyzer found, flat, so that analysing a document allocates nothing once the buffer has grown.
/// Written by `Analyzer`, read by the in-memory segment, by the query language and by the highlighter.
public struct TokenBuffer: Sendable {
    public struct Token: Sendable, Equatable {
        /// Of the term in `bytes`.
        public var start: UInt32
        public var end: UInt32
        /// Counts words; terms that stand for the same word (a whole component and its first word) share one.
        public var position: UInt32
        /// Of the source text, in UTF-8 bytes.
        public var sourceStart: UInt32
        public var sourceEnd: UInt32
    }

    public internal(set) var bytes: [UInt8] = []
    public internal(set) var tokens: [Token] = []
    /// The position after the last word: what follows goes on from here.
    public internal(set) var nextPosition: UInt32 = 0

    public init() {}

    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        tokens.removeAll(keepingCapacity: true)
        nextPosition = 0
    }

    /// Leaves a gap, so that no phrase reaches from one value into the next.
    public mutating func skip(positions: UInt32) { nextPosition += positions }

    public func term(_ token: Token) -> ArraySlice<UInt8> { bytes[Int(token.start)..<Int(token.end)] }
}
