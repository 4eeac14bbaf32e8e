import Core
import TestSupport
import Testing

@testable import SearchIndex

/// What a user may not list does not show: not in what is found, and not in what is refused.
@Suite("Index, scopes")
struct IndexScopeTests {
    /// A store's other buckets may hold any number of words: the limit of a pattern is about those of the scope.
    @Test(arguments: [false, true])
    func wordsOfOtherBucketsDoNotCount(isCommitted: Bool) async throws {
        let index = try await SearchIndex.open(
            SimulatedDrive(), folder: "index", settings: IndexSettings(), compute: InPlaceCompute())
        let (small, large) = (BucketID(5), BucketID(9))
        var changes: [IndexChange] = []
        for number in 0..<1500 {
            changes.append(.put(Self.document(large, "l\(number)", "\(Self.word(number)) common"), .standard))
        }
        for number in 0..<3 {
            changes.append(.put(Self.document(small, "s\(number)", "\(Self.word(2000 + number)) common"), .standard))
        }
        index.apply(changes, through: SequenceNumber(1))
        if isCommitted { _ = try await index.commit() }
        for query in [IndexQuery.prefix(.all, Array("qu".utf8)), .wildcard(.all, Array("qu*".utf8))] {
            let found = try await index.snapshot().search(
                IndexSearch(query: query, scope: .buckets([small]), limit: 10)
            ) { false }
            #expect(found.hits.map { String(decoding: $0.position.key, as: UTF8.self) } == ["s0", "s1", "s2"])
            await #expect(throws: IndexError.self) {
                _ = try await index.snapshot().search(
                    IndexSearch(query: query, scope: .buckets([large]), limit: 10)
                ) { false }
            }
        }
    }

    /// Letters alone, so that it is one word.
    private static func word(_ number: Int) -> String {
        let letters = (0..<4).map { Character(UnicodeScalar(UInt8(97 + (number >> (4 * $0)) % 16))) }
        return "qu" + String(letters)
    }

    private static func document(_ bucket: BucketID, _ key: String, _ text: String) -> IndexDocument {
        IndexDocument(
            bucket: bucket, key: Array(key.utf8), sizeBytes: 1, modifiedMilliseconds: 1,
            userMetadata: [IndexDocument.Field("w", text)])
    }
}

private struct InPlaceCompute: Compute {
    func run<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T { work() }
}
