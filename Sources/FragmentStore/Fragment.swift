public import Core

/// Names a fragment: which blob, which stripe of it, which of the stripe's k+m fragments.
public struct FragmentID: Hashable, Sendable, CustomStringConvertible {
    public var blob: BlobID
    public var stripe: UInt32
    public var index: UInt8

    public init(blob: BlobID, stripe: UInt32, index: UInt8) {
        self.blob = blob
        self.stripe = stripe
        self.index = index
    }

    public var description: String { "\(blob).\(stripe).\(index)" }

    /// What the stripe's placement group is cut from: the top bits of a well-mixed hash of blob and stripe. Part of the
    /// on-disk format (the index is ordered by it), so it never changes.
    public static func placementHash(_ blob: BlobID, stripe: UInt32) -> UInt64 {
        var hash = blob.high
        hash = mix(hash ^ 0x9E37_79B9_7F4A_7C15)
        hash = mix(hash ^ blob.low)
        return mix(hash ^ UInt64(stripe))
    }

    /// Finalizer of MurmurHash3 (Appleby, public domain).
    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        mixed = (mixed ^ (mixed >> 33)) &* 0xC4CE_B9FE_1A85_EC53
        return mixed ^ (mixed >> 33)
    }

    /// hash 8, blob 16, stripe 4, index 1, big-endian: fragments of a placement group are one range.
    var indexKey: [UInt8] {
        var writer = ByteWriter(reserving: 29)
        writer.writeRaw(Self.indexPrefix(ofHash: Self.placementHash(blob, stripe: stripe)))
        writer.writeBigEndian(blob.high)
        writer.writeBigEndian(blob.low)
        writer.writeBigEndian(stripe)
        writer.write(index)
        return writer.bytes
    }

    static func indexPrefix(ofHash hash: UInt64) -> [UInt8] {
        var writer = ByteWriter(reserving: 8)
        writer.writeBigEndian(hash)
        return writer.bytes
    }

    init(indexKey: [UInt8]) throws(CodecError) {
        var reader = ByteReader(indexKey)
        try reader.skip(8)
        blob = BlobID(high: try reader.readBigEndian(), low: try reader.readBigEndian())
        stripe = try reader.readBigEndian()
        index = try reader.read()
        try reader.expectEnd()
    }
}

/// Whose a fragment is: what the orphan collector asks about.
public struct FragmentOwner: Hashable, Sendable {
    public var bucket: BucketID
    /// At most 1,024 bytes.
    public var key: [UInt8]

    public init(bucket: BucketID, key: [UInt8]) {
        self.bucket = bucket
        self.key = key
    }
}

/// A fragment on its way to a drive.
public struct Fragment: Sendable {
    /// Bytes covered by one checksum.
    public static let blockBytes = 64 << 10

    public var id: FragmentID
    /// Whose table of placement groups the stripe is placed by.
    public var pool: UInt16
    public var dataCount: UInt8
    public var parityCount: UInt8
    public var owner: FragmentOwner
    /// From the start of its buffer, whose capacity covers the length rounded up to 4 KiB; the rest of the last 4 KiB
    /// is cleared by the store.
    public var payload: IOSlice
    /// CRC-32C of each 64 KiB block.
    public var checksums: [UInt32]

    public init(
        id: FragmentID, pool: UInt16, dataCount: UInt8, parityCount: UInt8, owner: FragmentOwner, payload: IOSlice,
        checksums: [UInt32]
    ) {
        precondition(payload.offset == 0, "a fragment begins at the start of its buffer")
        precondition(checksums.count == Fragment.blockCount(payload.count), "one checksum for each block")
        self.id = id
        self.pool = pool
        self.dataCount = dataCount
        self.parityCount = parityCount
        self.owner = owner
        self.payload = payload
        self.checksums = checksums
    }

    public static func blockCount(_ length: Int) -> Int { (length + blockBytes - 1) / blockBytes }

    public static func checksums(of payload: IOSlice) -> [UInt32] {
        stride(from: 0, to: payload.count, by: blockBytes).map { start in
            CRC32C.of(payload.dropFirst(start).prefix(blockBytes))
        }
    }
}

public enum FragmentError: Error, Equatable, Sendable {
    case missing
    /// The block's checksum does not match: repair it from the others.
    case damaged(block: Int)
    /// The drive has reached its reserve.
    case full
    case failed(DriveError)
    /// The index could not be read or written.
    case indexFailed(String)
    /// Another drive's or a newer format's volumes: refused untouched.
    case refused(String)
    case closed

    /// True if the drive must be held to be failing.
    public var isDriveFault: Bool {
        switch self {
        case .failed(let error): error.isDriveFault
        case .indexFailed, .closed: true
        case .missing, .damaged, .full, .refused: false
        }
    }
}

/// What a drive offers to gateways and workers, here or on another node.
public protocol FragmentService: Sendable {
    /// **Durable on return**, and readable. Storing a fragment again replaces it.
    func store(_ fragment: Fragment) async throws(FragmentError)
    /// Length in bytes; `.missing` if there is none.
    func length(of id: FragmentID) async throws(FragmentError) -> Int
    /// Reads whole checksummed blocks and verifies them before it returns.
    /// - Parameters:
    ///   - blocks: of 64 KiB; the last one of a fragment is as short as the fragment is.
    ///   - slice: room for all of them. After `.failed(.late)` the drive may still write to it: it must not be used again.
    /// - Returns: bytes read.
    func read(
        _ id: FragmentID, blocks: Range<Int>, into slice: IOSlice, patience: ReadPatience
    ) async throws(FragmentError) -> Int
    /// Durable on return: a tombstone for each fragment that is there.
    func remove(_ ids: [FragmentID]) async throws(FragmentError)
    /// Fragments of a pool whose stripes have placement hashes in the range, in the order of hash, blob, stripe and index.
    /// - Parameters:
    ///   - position: only fragments behind this one; it need not exist.
    ///   - limit: at most this many; fewer mean that there are no more.
    func list(
        pool: UInt16, _ hashes: ClosedRange<UInt64>, after position: FragmentID?, limit: Int
    ) async throws(FragmentError) -> [FragmentID]
    /// What the fragment's record says of it; `.missing` if there is none.
    func describe(_ id: FragmentID) async throws(FragmentError) -> FragmentDescription
}

/// How long a read waits for a drive that does not answer.
public enum ReadPatience: Sendable {
    /// Until others could have made the bytes: `.failed(.late)`.
    case short
    /// Until the drive has been declared failed.
    case long
}

/// A stored fragment without its bytes: all that making another fragment of its stripe needs to know.
public struct FragmentDescription: Sendable, Equatable {
    public var pool: UInt16
    public var dataCount: UInt8
    public var parityCount: UInt8
    public var owner: FragmentOwner
    /// Bytes; equal for all fragments of a stripe.
    public var length: Int

    public init(pool: UInt16, dataCount: UInt8, parityCount: UInt8, owner: FragmentOwner, length: Int) {
        self.pool = pool
        self.dataCount = dataCount
        self.parityCount = parityCount
        self.owner = owner
        self.length = length
    }
}
