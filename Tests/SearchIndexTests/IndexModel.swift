import Core
import TestSupport
import Testing

@testable import SearchIndex

/// What an index must hold: a dictionary of documents beside it.
struct IndexModel {
    var documents: [[UInt8]: ReferenceDocument] = [:]
    var sequence: UInt64 = 0

    mutating func change(_ change: IndexChange) {
        switch change {
        case .put(let document, let schema):
            documents[PendingDocument.key(document.bucket, document.key)] = ReferenceDocument(document, schema)
        case .delete(let bucket, let key): documents[PendingDocument.key(bucket, key)] = nil
        }
        sequence += 1
    }

    var reference: ReferenceSearch {
        ReferenceSearch(documents: documents.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value))
    }

    mutating func apply(_ changes: [IndexChange], to index: SearchIndex) {
        for change in changes { self.change(change) }
        index.apply(changes, through: SequenceNumber(sequence))
    }
}

enum IndexComparison {
    static let never: @Sendable () -> Bool = { false }

    /// Compares a reply with what looking at every document gives; returns what differs.
    static func difference(
        _ index: SearchIndex, _ model: IndexModel, _ search: IndexSearch
    ) async throws -> String? {
        let snapshot = index.snapshot()
        guard snapshot.sequence.rawValue == model.sequence else { return "sequence \(snapshot.sequence)" }
        return try await difference(snapshot, model.reference, search)
    }

    static func difference(
        _ snapshot: IndexSnapshot, _ reference: ReferenceSearch, _ search: IndexSearch
    ) async throws -> String? {
        let reply = try await snapshot.search(search, isCancelled: never)
        let expected = reference.search(search)
        let statistics = try await snapshot.statistics(for: search.query, scope: search.scope)
        if statistics != reference.statistics(search.query, search.scope) { return "statistics \(statistics)" }
        if reply.facets != expected.facets { return "facets \(reply.facets) not \(expected.facets)" }
        switch search.count {
        case .none: if reply.count != nil { return "a count" }
        case .exact: if reply.count != expected.count || !reply.isCountExact { return "count \(reply.count ?? 0)" }
        case .lowerBound:
            guard let count = reply.count, let all = expected.count else { return "no count" }
            if count > all || (reply.isCountExact && count != all) { return "count \(count) of \(all)" }
        }
        return hits(reply.hits, expected.hits, search)
    }

    /// The same hits in the same order; where scores are equal but for rounding, their order is free.
    static func hits(_ found: [IndexHit], _ expected: [IndexHit], _ search: IndexSearch) -> String? {
        guard found.count == expected.count else { return "\(found.count) hits, not \(expected.count)" }
        for (place, (left, right)) in zip(found, expected).enumerated() {
            guard abs(left.score - right.score) <= 1e-5 * max(1, abs(right.score)) else {
                return "hit \(place): score \(left.score), not \(right.score)"
            }
            if left.position.bucket != right.position.bucket || left.position.key != right.position.key {
                let isNear =
                    expected.contains {
                        abs($0.score - left.score) <= 1e-5 * max(1, abs($0.score)) && $0.score != left.score
                    } || place + 1 == expected.count
                let isByScore = search.sort.isEmpty || search.sort.contains { $0.field == .relevance }
                if !isByScore || !isNear {
                    return "hit \(place): \(text(left)), not \(text(right))"
                }
            }
        }
        return nil
    }

    private static func text(_ hit: IndexHit) -> String {
        "\(hit.position.bucket)/\(String(decoding: hit.position.key, as: UTF8.self)) \(hit.position.values)"
    }
}
