/// How the bytes of a blob lie in stripes and fragments. Pure arithmetic.
///
/// Stripe s holds bytes [s·stripeSize, (s+1)·stripeSize) of the blob; data fragment j of a stripe of `length` bytes holds
/// bytes [j·f, (j+1)·f) of the stripe, f = ceil(length / k) rounded up to 64 B. The last fragment of a stripe is filled
/// with zeros to f bytes; the last stripe of a blob is as short as its data allow.
public struct StripeLayout: Hashable, Sendable {
    public static let fragmentAlignment = 64

    public let scheme: Scheme
    /// Bytes of data in a full stripe.
    public let stripeSizeBytes: Int
    public let blobSizeBytes: UInt64

    /// - Precondition: the stripe size is a positive multiple of k × 64 B.
    public init(scheme: Scheme, stripeSizeBytes: Int, blobSizeBytes: UInt64) {
        precondition(
            stripeSizeBytes > 0 && stripeSizeBytes.isMultiple(of: scheme.dataCount * Self.fragmentAlignment),
            "stripe size is no multiple of the fragments")
        self.scheme = scheme
        self.stripeSizeBytes = stripeSizeBytes
        self.blobSizeBytes = blobSizeBytes
    }

    public var stripeCount: UInt32 {
        UInt32((blobSizeBytes + UInt64(stripeSizeBytes) - 1) / UInt64(stripeSizeBytes))
    }

    /// Bytes of data in a stripe.
    public func length(ofStripe stripe: UInt32) -> Int {
        let start = UInt64(stripe) * UInt64(stripeSizeBytes)
        precondition(start < blobSizeBytes, "stripe beyond the blob")
        return Int(min(UInt64(stripeSizeBytes), blobSizeBytes - start))
    }

    /// f: the length of each fragment of a stripe of `length` bytes.
    public static func fragmentSize(scheme: Scheme, stripeLength length: Int) -> Int {
        let share = (length + scheme.dataCount - 1) / scheme.dataCount
        return (share + fragmentAlignment - 1) / fragmentAlignment * fragmentAlignment
    }

    public func fragmentSize(ofStripe stripe: UInt32) -> Int {
        Self.fragmentSize(scheme: scheme, stripeLength: length(ofStripe: stripe))
    }

    /// A run of bytes in one data fragment.
    public struct Piece: Hashable, Sendable {
        public var stripe: UInt32
        public var fragment: Int
        /// In the fragment.
        public var range: Range<Int>

        public init(stripe: UInt32, fragment: Int, range: Range<Int>) {
            self.stripe = stripe
            self.fragment = fragment
            self.range = range
        }
    }

    /// The pieces, in order, that make up a range of the blob within one stripe.
    public func pieces(stripe: UInt32, range: Range<Int>) -> [Piece] {
        let size = fragmentSize(ofStripe: stripe)
        var pieces: [Piece] = []
        var position = range.lowerBound
        while position < range.upperBound {
            let fragment = position / size
            let end = min((fragment + 1) * size, range.upperBound)
            pieces.append(
                Piece(
                    stripe: stripe, fragment: fragment, range: position - fragment * size..<end - fragment * size))
            position = end
        }
        return pieces
    }
}
