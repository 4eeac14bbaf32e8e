import Core
import Glibc
import SearchIndex
import SystemIO

/// One index, or several that share the keys by range as a bucket's shards do.
struct SearchedIndexes {
    private let drive: FolderDrive
    private let options: SearchOptions
    private(set) var indexes: [SearchIndex] = []
    /// The first key of every index but the first.
    private var bounds: [[UInt8]] = []
    private var waiting: [[IndexChange]]
    private var sequence = SequenceNumber.zero

    private(set) var cpuNanoseconds: UInt64 = 0
    private(set) var wallNanoseconds: UInt64 = 0

    init(_ options: SearchOptions, _ generator: DocumentGenerator) async throws(BenchError) {
        self.options = options
        waiting = Array(repeating: [], count: options.cut)
        for part in Self.parents(options.folder) { _ = mkdir(part, 0o755) }
        do throws(DriveError) {
            drive = try FolderDrive(path: options.folder)
            for number in 0..<options.cut { try await SearchIndex.remove(drive, folder: Self.name(number)) }
        } catch {
            throw .failed("\(options.folder): \(error)")
        }
        let sample = (0..<min(options.documents, 10_000)).map { generator.document($0).key }
            .sorted { $0.lexicographicallyPrecedes($1) }
        bounds = (1..<max(options.cut, 1)).map { sample[$0 * sample.count / options.cut] }
        try await open()
    }

    private static func parents(_ path: String) -> [String] {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return (1...parts.count).map { parts.prefix($0).joined(separator: "/") }.filter { !$0.isEmpty }
    }

    private static func name(_ number: Int) -> String { "index-\(number)" }

    /// Opens all of them anew, and takes the time.
    mutating func open() async throws(BenchError) {
        indexes = []
        let settings = IndexSettings(cacheBytes: options.cacheBytes / options.cut)
        do throws(IndexError) {
            for number in 0..<options.cut {
                indexes.append(
                    try await SearchIndex.open(
                        drive, folder: Self.name(number), settings: settings, compute: InPlace()))
            }
        } catch {
            throw .failed("\(error)")
        }
    }

    func remove() async {
        for number in 0..<options.cut {
            do throws(DriveError) {
                try await SearchIndex.remove(drive, folder: Self.name(number))
            } catch {
                complain("\(options.folder)/\(Self.name(number)) is left: \(error)")
            }
        }
    }

    // MARK: - Writing

    mutating func put(_ document: IndexDocument) async throws(BenchError) {
        var place = 0
        while place < bounds.count, !document.key.lexicographicallyPrecedes(bounds[place]) { place += 1 }
        waiting[place].append(.put(document, .standard))
        if waiting[place].count == 500 { try await apply(place) }
    }

    /// Everything into files; merged if merges are wanted.
    mutating func finish() async throws(BenchError) {
        for place in indexes.indices { try await apply(place) }
        let merges = options.merges
        for index in indexes {
            try await timed { () async throws(IndexError) in
                _ = try await index.commit()
                while merges, index.wantsMerge, try await index.merge() {}
            }
        }
    }

    private mutating func apply(_ place: Int) async throws(BenchError) {
        let (index, changes) = (indexes[place], waiting[place])
        waiting[place].removeAll(keepingCapacity: true)
        sequence = SequenceNumber(sequence.rawValue + UInt64(changes.count))
        let through = sequence
        let merges = options.merges
        try await timed { () async throws(IndexError) in
            index.apply(changes, through: through)
            if index.wantsCommit { _ = try await index.commit() }
            while merges, index.wantsMerge, try await index.merge() {}
        }
    }

    private mutating func timed(_ work: () async throws(IndexError) -> Void) async throws(BenchError) {
        let (cpu, wall) = (ProcessFigures.cpuNanoseconds, ProcessFigures.wallNanoseconds)
        do throws(IndexError) {
            try await work()
        } catch {
            throw .failed("\(error)")
        }
        cpuNanoseconds += ProcessFigures.cpuNanoseconds - cpu
        wallNanoseconds += ProcessFigures.wallNanoseconds - wall
    }

    // MARK: - Searching

    var snapshots: [IndexSnapshot] { indexes.map { $0.snapshot() } }

    /// As a gateway does it: statistics of all, then the hits of all, merged.
    static func search(
        _ snapshots: [IndexSnapshot], _ query: IndexQuery, sort: [SortKey], limit: Int, count: CountMode
    ) async throws(BenchError) -> IndexReply {
        var search = IndexSearch(query: query, sort: sort, limit: limit, count: count)
        do throws(IndexError) {
            if snapshots.count == 1 { return try await snapshots[0].search(search) { false } }
            var statistics = CorpusStatistics()
            for snapshot in snapshots { statistics.add(try await snapshot.statistics(for: query, scope: .everything)) }
            search.statistics = statistics
            var merged = IndexReply()
            var total: UInt64?
            for snapshot in snapshots {
                let reply = try await snapshot.search(search) { false }
                merged.hits += reply.hits
                if let count = reply.count { total = (total ?? 0) + count }
            }
            merged.hits.sort { $0.position.precedes($1.position, under: sort) }
            merged.hits = Array(merged.hits.prefix(limit))
            merged.count = total
            return merged
        } catch {
            throw .failed("\(query): \(error)")
        }
    }

    var figures: IndexFigures {
        var sum = IndexFigures()
        for figures in indexes.map(\.figures) {
            sum.documents += figures.documents
            sum.deletedDocuments += figures.deletedDocuments
            sum.segments += figures.segments
            sum.memoryBytes += figures.memoryBytes
            sum.diskBytes += figures.diskBytes
        }
        return sum
    }
}
