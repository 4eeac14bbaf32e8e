import Core
import Metadata

/// What of the rows an index has yet to read: all of them while it is built, or those of a bucket whose schema changed.
/// Kept in a file beside the index until what was read is committed, so that a crash begins it anew.
///
/// File `index/<store>-<generation>.scan`: text, a line each: `roost index scan 1`, then `all` or a bucket ID in hexadecimal.
struct IndexScan: Sendable, Equatable {
    /// nil: all.
    var bucket: BucketID?
    /// The last row that was read.
    var row: [UInt8]?
    var isDone = false

    init(bucket: BucketID?) { self.bucket = bucket }

    private static let firstLine = "roost index scan 1"

    static func encode(_ scans: [IndexScan]) -> [UInt8] {
        let lines = [firstLine] + scans.map { $0.bucket.map { String($0.rawValue, radix: 16) } ?? "all" }
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    /// nil if the file is none of ours: everything is to be read again.
    static func decode(_ bytes: [UInt8]) -> [IndexScan]? {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard lines.first.map(String.init) == firstLine else { return nil }
        var scans: [IndexScan] = []
        for line in lines.dropFirst() {
            if line == "all" { return [IndexScan(bucket: nil)] }
            guard let bucket = UInt64(line, radix: 16) else { return nil }
            scans.append(IndexScan(bucket: BucketID(bucket)))
        }
        return scans
    }
}

/// Names of what a replica's index keeps on its drive.
struct IndexPlace: Sendable, Equatable {
    static let folder = "index"

    var store: StoreID
    /// Grows with every build.
    var generation: Int

    var path: String {
        var writer = ByteWriter()
        writer.writeBigEndian(store.rawValue)
        return "\(Self.folder)/\(Hexadecimal.encode(writer.bytes))-\(generation)"
    }

    var scanPath: String { path + ".scan" }

    init(store: StoreID, generation: Int) {
        self.store = store
        self.generation = generation
    }

    /// nil if the name is that of something else, a scan file's among them.
    init?(name: String) {
        let pieces = name.split(separator: "-", omittingEmptySubsequences: false)
        guard pieces.count == 2, pieces[0].utf8.count == 8, let store = UInt32(pieces[0], radix: 16),
            let generation = Int(pieces[1]), generation > 0
        else { return nil }
        self.init(store: StoreID(store), generation: generation)
    }
}
