/// How much an index may use.
public struct IndexSettings: Sendable, Equatable {
    /// Of the in-memory segment, in bytes: from there on `wantsCommit` is true.
    public var memoryBytes: Int
    /// Of verified parts of files that stay in memory, in bytes; what every search needs (`Segment/`: sparse indexes,
    /// filters, lengths: about 6 bytes a document) is kept beside.
    public var cacheBytes: Int
    /// Segments of one tier that are merged into one; 2 at least.
    public var segmentsPerTier: Int
    /// Segments below this size are of the lowest tier, in bytes.
    public var tierFloorBytes: Int

    public init(
        memoryBytes: Int = 24 << 20, cacheBytes: Int = 64 << 20, segmentsPerTier: Int = 8,
        tierFloorBytes: Int = 16 << 20
    ) {
        self.memoryBytes = memoryBytes
        self.cacheBytes = cacheBytes
        self.segmentsPerTier = max(2, segmentsPerTier)
        self.tierFloorBytes = tierFloorBytes
    }
}

/// An index at a moment.
public struct IndexFigures: Sendable, Equatable {
    /// That a search can find.
    public var documents: Int = 0
    /// Overwritten or deleted, and not merged away yet.
    public var deletedDocuments: Int = 0
    /// Files, and parts of the in-memory segment.
    public var segments: Int = 0
    /// In-memory segment, what is kept of the files, and the cache.
    public var memoryBytes: Int = 0
    public var diskBytes: Int = 0
    public init() {}
}
