/// What BM25 needs to know of all documents: gathered from every shard and added up before anything is scored, so that
/// scores do not depend on how the keys are cut. Deleted documents that are not merged away yet do not count.
public struct CorpusStatistics: Sendable, Equatable {
    public struct FieldStatistics: Sendable, Equatable {
        /// Documents that have the field, and words in them.
        public var documents: UInt64
        public var words: UInt64
        public init(documents: UInt64 = 0, words: UInt64 = 0) {
            self.documents = documents
            self.words = words
        }
    }

    public struct Term: Sendable, Equatable, Hashable {
        public var field: TextField
        public var term: [UInt8]
        public init(_ field: TextField, _ term: [UInt8]) {
            self.field = field
            self.term = term
        }
    }

    public var fields: [TextField: FieldStatistics] = [:]
    /// Documents that have the term; terms of the query that are missing here occur nowhere.
    public var terms: [Term: UInt64] = [:]

    public init() {}

    public mutating func add(_ other: CorpusStatistics) {
        for (field, statistics) in other.fields {
            fields[field, default: FieldStatistics()].documents += statistics.documents
            fields[field, default: FieldStatistics()].words += statistics.words
        }
        for (term, count) in other.terms { terms[term, default: 0] += count }
    }
}
