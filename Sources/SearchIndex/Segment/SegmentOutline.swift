import Core

/// Documents and words of the three fields that every document has lengths of.
struct LengthTotals: Sendable, Equatable {
    var all = CorpusStatistics.FieldStatistics()
    var key = CorpusStatistics.FieldStatistics()
    var name = CorpusStatistics.FieldStatistics()

    subscript(plane: Int) -> CorpusStatistics.FieldStatistics {
        get { plane == 0 ? all : plane == 1 ? key : name }
        set {
            switch plane {
            case 0: all = newValue
            case 1: key = newValue
            default: name = newValue
            }
        }
    }

    mutating func add(plane: Int, lengthByte: UInt8) {
        guard lengthByte > 0 else { return }
        self[plane].documents += 1
        self[plane].words += UInt64(WordCount.all[Int(lengthByte)])
    }

    mutating func add(_ other: LengthTotals) {
        for plane in 0..<3 {
            self[plane].documents += other[plane].documents
            self[plane].words += other[plane].words
        }
    }

    mutating func subtract(_ other: LengthTotals) {
        for plane in 0..<3 {
            self[plane].documents -= min(other[plane].documents, self[plane].documents)
            self[plane].words -= min(other[plane].words, self[plane].words)
        }
    }
}

/// What a segment says of itself: its documents, where its buckets begin, which columns it has.
struct SegmentOutline: Sendable, Equatable {
    struct Bucket: Sendable, Equatable {
        var bucket: BucketID
        /// Its documents are those from here up to the next bucket's first.
        var first: UInt32
        var totals = LengthTotals()
    }

    struct Column: Sendable, Equatable {
        /// nil: size (the first) or modified (the second).
        var name: MetadataName?
        var offset: UInt64
        var length: UInt64
    }

    var documentCount: UInt32 = 0
    /// Ascending.
    var buckets: [Bucket] = []
    var columns: [Column] = []

    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(documentCount)
        writer.write(list: buckets) { writer, bucket in
            bucket.bucket.encode(to: &writer)
            writer.write(bucket.first)
            for plane in 0..<3 {
                writer.write(bucket.totals[plane].documents)
                writer.write(bucket.totals[plane].words)
            }
        }
        writer.write(list: columns) { writer, column in
            writer.write(column.name?.source.rawValue ?? 0)
            writer.write(column.name?.name ?? "")
            writer.write(column.offset)
            writer.write(column.length)
        }
        return writer.bytes
    }

    init() {}

    init(_ bytes: [UInt8]) throws(CodecError) {
        var reader = ByteReader(bytes)
        documentCount = try reader.read()
        buckets = try reader.readList { reader throws(CodecError) in
            var bucket = Bucket(bucket: try BucketID(from: &reader), first: try reader.read())
            for plane in 0..<3 {
                bucket.totals[plane].documents = try reader.read()
                bucket.totals[plane].words = try reader.read()
            }
            return bucket
        }
        columns = try reader.readList { reader throws(CodecError) in
            let source = try reader.read(UInt8.self)
            let name = try reader.readString()
            let column = Column(
                name: MetadataName.Source(rawValue: source).map { MetadataName($0, name) },
                offset: try reader.read(), length: try reader.read())
            return column
        }
        try reader.expectEnd()
        let isOrdered = zip(buckets, buckets.dropFirst()).allSatisfy { $0.bucket < $1.bucket && $0.first < $1.first }
        guard isOrdered, columns.count >= 2, (buckets.first?.first ?? 0) == 0 else { throw .field("outline") }
    }

    /// The range of a bucket's documents; empty if it has none.
    func documents(of bucket: BucketID) -> Range<UInt32> {
        let index = firstIndex(from: bucket)
        guard index < buckets.count, buckets[index].bucket == bucket else { return 0..<0 }
        return documents(ofBucketAt: index)
    }

    func documents(ofBucketAt index: Int) -> Range<UInt32> {
        buckets[index].first..<(index + 1 < buckets.count ? buckets[index + 1].first : documentCount)
    }

    /// The first bucket that is not before this one.
    func firstIndex(from bucket: BucketID) -> Int {
        var (low, high) = (0, buckets.count)
        while low < high {
            let middle = (low + high) / 2
            if buckets[middle].bucket < bucket { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The bucket that a document is in.
    func bucketIndex(of document: UInt32) -> Int {
        var (low, high) = (0, buckets.count)
        while low < high {
            let middle = (low + high) / 2
            if buckets[middle].first <= document { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }
}
