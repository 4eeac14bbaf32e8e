import Core
import Glibc
import SearchIndex

/// `bench search`: makes documents, indexes them in this process on a real folder, and measures searches. Other engines
/// are measured beside it by Tools/bench-search/run, from the documents that this writes.
struct SearchBench {
    private let options: SearchOptions
    private let generator: DocumentGenerator

    init(_ options: SearchOptions) {
        self.options = options
        generator = DocumentGenerator(seed: options.seed, vocabulary: options.vocabulary)
    }

    /// Returns true: whatever fails is thrown.
    func run() async throws(BenchError) -> Bool {
        var indexes = try await SearchedIndexes(options, generator)
        if let path = options.write { try writeDocuments(path) }
        let memoryBefore = ProcessFigures.anonymousBytes
        for number in 0..<options.documents { try await indexes.put(generator.document(number)) }
        try await indexes.finish()
        if options.overwrite > 0 {
            for number in overwritten { try await indexes.put(generator.document(number, revision: 1)) }
            try await indexes.finish()
        }
        if let dump = options.dump {
            try await SearchDump(indexes.snapshots).run(dump)
        } else {
            let loaded = ProcessFigures.anonymousBytes
            let start = ProcessFigures.wallNanoseconds
            try await indexes.open()
            let recovery = ProcessFigures.wallNanoseconds - start
            var report = JSONObject()
            report["documents"] = .integer(Int64(options.documents))
            report["figures"] = figures(indexes, memoryBefore, loaded, recovery)
            report["queries"] = .array(try await queries(indexes))
            print(JSONValue.object(report).text(indented: !options.isJSON))
        }
        await indexes.remove()
        return true
    }

    private var overwritten: [Int] {
        (0..<options.documents).filter { $0 * options.overwrite % 100 < options.overwrite }
    }

    private func figures(
        _ indexes: SearchedIndexes, _ memoryBefore: Int, _ loaded: Int, _ recovery: UInt64
    ) -> JSONValue {
        let figures = indexes.figures
        return .object([
            "indexingCPUSeconds": .number(Double(indexes.cpuNanoseconds) / 1e9),
            "indexingSeconds": .number(Double(indexes.wallNanoseconds) / 1e9),
            "diskBytes": .integer(Int64(figures.diskBytes)),
            "bytesPerDocument": .number(Double(figures.diskBytes) / Double(max(1, figures.documents))),
            "segments": .integer(Int64(figures.segments)),
            "deletedDocuments": .integer(Int64(figures.deletedDocuments)),
            "memoryBytes": .integer(Int64(figures.memoryBytes)),
            "anonymousBytesBefore": .integer(Int64(memoryBefore)),
            "anonymousBytesLoaded": .integer(Int64(loaded)), "openSeconds": .number(Double(recovery) / 1e9),
        ])
    }

    // MARK: - Searches

    private func queries(_ indexes: SearchedIndexes) async throws(BenchError) -> [JSONValue] {
        let snapshots = indexes.snapshots
        var rows: [JSONValue] = []
        for measured in MeasuredQuery.all(DocumentGenerator.word, vocabulary: options.vocabulary) {
            let query: IndexQuery
            do throws(QueryError) {
                query = try Query(parsing: measured.text).normalised(QueryContext(now: 0))
            } catch {
                throw .failed("\(measured.text): \(error.message)")
            }
            let counted = try await SearchedIndexes.search(
                snapshots, query, sort: measured.sort, limit: 10, count: .exact)
            let cpu = try await cpuMilliseconds { () async throws(BenchError) in
                let reply = try await SearchedIndexes.search(
                    snapshots, query, sort: measured.sort, limit: 10, count: .none)
                guard !reply.hits.isEmpty else { throw .failed("\(measured.text) finds nothing") }
            }
            rows.append(
                .object([
                    "name": .string(measured.name), "kind": .string(measured.kind.rawValue),
                    "words": .array(measured.words.map { .string($0) }), "cpuMilliseconds": .number(cpu),
                    "count": counted.count.map { .integer(Int64($0)) } ?? .null,
                    "best": counted.hits.first.map { .string(String(decoding: $0.position.key, as: UTF8.self)) }
                        ?? .null,
                    "score": counted.hits.first.map { .number(Double($0.score)) } ?? .null,
                ]))
        }
        return rows
    }

    /// Of one run: the least of seven batches of 100 ms, after one that warms up. Others share the machine.
    private func cpuMilliseconds(_ work: () async throws(BenchError) -> Void) async throws(BenchError) -> Double {
        var best = Double.infinity
        for batch in 0..<8 {
            let start = ProcessFigures.cpuNanoseconds
            var (runs, spent) = (0, UInt64(0))
            repeat {
                try await work()
                runs += 1
                spent = ProcessFigures.cpuNanoseconds - start
            } while spent < 100_000_000
            if batch > 0 { best = min(best, Double(spent) / Double(runs) / 1e6) }
        }
        return best
    }

    // MARK: - Documents for others

    private func writeDocuments(_ path: String) throws(BenchError) {
        guard let file = fopen(path, "w") else { throw .failed("\(path) cannot be written") }
        var writer = DocumentWriter()
        var isWhole = true
        func write(_ document: IndexDocument, isOverwrite: Bool) {
            let line = writer.line(document, isOverwrite: isOverwrite)
            isWhole = isWhole && fwrite(line, 1, line.count, file) == line.count
        }
        for number in 0..<options.documents { write(generator.document(number), isOverwrite: false) }
        for number in options.overwrite > 0 ? overwritten : [] {
            write(generator.document(number, revision: 1), isOverwrite: true)
        }
        guard fclose(file) == 0, isWhole else { throw .failed("\(path) cannot be written") }
    }
}

/// Prints what queries find: one JSON line for each line of a file. For tests against other engines.
struct SearchDump {
    private let snapshots: [IndexSnapshot]

    init(_ snapshots: [IndexSnapshot]) { self.snapshots = snapshots }

    func run(_ path: String) async throws(BenchError) {
        guard let file = fopen(path, "r") else { throw .failed("\(path) cannot be read") }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 8192)
        while fgets(&line, Int32(line.count), file) != nil {
            let bytes = line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }
            print(try await answer(String(decoding: bytes, as: UTF8.self)).text())
        }
    }

    private func answer(_ text: String) async throws(BenchError) -> JSONValue {
        let query: IndexQuery
        do throws(QueryError) {
            query = try Query(parsing: text).normalised(QueryContext(now: DocumentGenerator.newest))
        } catch {
            return .object(["query": .string(text), "error": .string(error.code.rawValue)])
        }
        let reply = try await SearchedIndexes.search(snapshots, query, sort: [], limit: 1000, count: .exact)
        return .object([
            "query": .string(text), "count": reply.count.map { .integer(Int64($0)) } ?? .null,
            "hits": .array(
                reply.hits.map {
                    .object([
                        "key": .string(String(decoding: $0.position.key, as: UTF8.self)),
                        "score": .number(Double($0.score)),
                    ])
                }),
        ])
    }
}
