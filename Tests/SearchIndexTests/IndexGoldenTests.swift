import Core
import Glibc
import TestSupport
import Testing

@testable import SearchIndex

/// Against `Tests/Golden/values.txt`, which a script wrote from the format page.
@Suite("Index, golden bytes")
struct IndexGoldenTests {
    @Test func manifest() throws {
        var manifest = Manifest(generation: 9, committed: SequenceNumber(1234), nextSegment: 7)
        manifest.entries = [
            .init(segment: 3, fileBytes: 70_000, liveGeneration: 0, deleted: 0),
            .init(segment: 6, fileBytes: 8192, liveGeneration: 9, deleted: 17),
        ]
        #expect(manifest.encoded() == Golden.value("search manifest"))
        #expect(try Manifest(Golden.value("search manifest")) == manifest)
    }

    @Test func endsOfASegmentFile() throws {
        #expect(SegmentDirectory.header(segment: 6) == Golden.value("search header"))
        #expect(SegmentDirectory.trailer(directoryPlace: 5000, directoryBytes: 600) == Golden.value("search trailer"))
    }

    @Test func list() {
        var list = PostingList()
        for (document, positions) in [(3, [5]), (10, [1, 4]), (11, [0]), (90, [2, 3, 300])] as [(UInt32, [UInt32])] {
            list.documents.append(document)
            list.frequencies.append(UInt32(positions.count))
            for position in positions { list.positions.append(position) }
        }
        var sink = ByteSink()
        var positions = ByteSink()
        PostingsFormat.write(list, kind: .positioned, to: &sink, positions: &positions) { _ in 1 }
        #expect(Array(sink.held) == Golden.value("search list"))
        #expect(Array(positions.held) == Golden.value("search positions"))
    }

    @Test func filter() {
        let hashes = (0..<100).map { number in
            PendingDocument.key(BucketID(7), Array("photos/\(number).jpg".utf8))
        }.map { key in key.withUnsafeBytes { bytes in bytes.baseAddress.map { ByteHash.of($0, key.count) } ?? 0 } }
        let filter = KeyFilter.made(of: hashes)
        // Safe: the bytes live as long as what holds them, which is to the end of the closure.
        withExtendedLifetime(filter) { #expect(Array(filter.buffer) == Golden.value("search filter")) }
    }

    /// What is packed in lanes comes out as it went in, at every width.
    @Test func runsOfEveryWidth() {
        var random = SplitMix64(seed: 1)
        for width in 0...32 {
            for count in [128, 127, 1, 64] {
                let values = (0..<count).map { _ in
                    width == 0 ? 0 : UInt32(truncatingIfNeeded: random.next()) >> UInt32(32 - width)
                }
                var sink = ByteSink()
                values.withUnsafeBufferPointer { values in
                    if let base = values.baseAddress { BitPacking.pack(base, count, width: width, into: &sink) }
                }
                let packed = sink.copied()
                let unpacked = [UInt32](unsafeUninitializedCapacity: 128) { target, initialized in
                    if let base = target.baseAddress {
                        BitPacking.unpack(packed.base, count, width: width, into: base)
                    }
                    initialized = count
                }
                #expect(unpacked == values, "\(count) of \(width) bits")
            }
        }
    }

    @Test func lengthsAreLucenes() {
        #expect((0...40).allSatisfy { WordCount.decoded(WordCount.encoded($0)) == $0 })
        // SmallFloat.byte4ToInt of Lucene 9.
        #expect([41, 42, 43, 100, 1000].map { WordCount.decoded(WordCount.encoded($0)) } == [40, 42, 42, 96, 984])
        let encoded = (0..<5000).map { WordCount.encoded($0) }
        #expect(encoded == encoded.sorted())
    }

    @Test func logarithmsAreTheLibrarys() {
        for number in [1, 1.0000001, 1.4142, 1.4143, 2, 2.718281828, 3, 10, 12_345.678, 1e9, 5e18] {
            let expected = log(number)
            #expect(abs(Relevance.naturalLogarithm(number) - expected) <= 1e-15 * max(1, expected), "\(number)")
        }
    }

    @Test(arguments: [
        ("a*c", "abbc", true), ("a*c", "abcd", false), ("?", "ü", true), ("??", "ü", false), ("a\\*", "a*", true),
        ("a\\*", "ab", false), ("*", "", true), ("*b*b", "abab", true), ("", "", true), ("", "a", false),
    ]) func wildcards(_ pattern: String, _ text: String, _ fits: Bool) {
        let wildcard = Wildcard(Array(pattern.utf8))
        #expect(Array(text.utf8).withUnsafeBytes { wildcard.fits($0) } == fits)
    }

    @Test(arguments: [
        ("photo", "photos", 1, true), ("photo", "phxtx", 1, false), ("photo", "phxtx", 2, true),
        ("photo", "xhoto", 2, false), ("über", "übr", 1, true), ("ab", "ba", 2, false),
    ]) func fuzzyWords(_ word: String, _ term: String, _ distance: Int, _ fits: Bool) {
        let fuzzy = FuzzyWord(Array(word.utf8), distance: distance)
        #expect(Array(term.utf8).withUnsafeBytes { fuzzy.fits($0) } == fits)
    }

    /// Milliseconds of dates by Python's calendar.
    @Test func intervals() {
        let moment: Int64 = 1_709_251_199_999  // 2024-02-29T23:59:59.999Z, a Thursday
        let starts: [(FacetRequest.Interval, Int64)] = [
            (.hour, 1_709_247_600_000), (.day, 1_709_164_800_000), (.week, 1_708_905_600_000),
            (.month, 1_706_745_600_000), (.quarter, 1_704_067_200_000), (.year, 1_704_067_200_000),
        ]
        for (interval, start) in starts { #expect(interval.start(of: moment) == start, "\(interval)") }
        #expect(FacetRequest.Interval.year.start(of: -1) == -31_536_000_000)
    }

    /// A search that was called off ends with an error, not with half of an answer.
    @Test func cancelledSearchesEnd() async throws {
        let index = try await IndexSearchTests.open(SimulatedDrive())
        var random = IndexRandom(seed: 5)
        index.apply((0..<50).map { _ in IndexSearchTests.put(random.document()) }, through: SequenceNumber(1))
        await #expect(throws: IndexError.timedOut) {
            try await index.snapshot().search(IndexSearch(query: .all), isCancelled: { true })
        }
    }

    @Test func tooManyTermsAreAnError() async throws {
        let index = try await IndexSearchTests.open(SimulatedDrive())
        let changes = (0..<1025).map { number -> IndexChange in
            // Letters alone, so that each key is one word.
            let word = "w\(number + 10_000)".utf8.map { $0 < UInt8(ascii: "a") ? $0 + 49 : $0 }
            return .put(
                IndexDocument(
                    bucket: BucketID(1), key: word, sizeBytes: 0, modifiedMilliseconds: 0,
                    tags: [.init("n", "wq\(String(number + 5000, radix: 36))")]), .standard)
        }
        index.apply(changes, through: SequenceNumber(1))
        let field = TextField.key
        await #expect(throws: IndexError.query(.tooManyTerms(pattern: Array("wb".utf8)))) {
            try await index.snapshot().search(
                IndexSearch(query: .prefix(field, Array("wb".utf8))), isCancelled: IndexComparison.never)
        }
    }
}
