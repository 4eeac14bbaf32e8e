public import Core
import Directory
import ErasureCode
import FragmentStore
import Metadata
public import S3

/// Reads a range of a blob window by window. Every block's checksum has been verified before it is handed out; what is
/// missing or damaged is computed from the other fragments and reported for repair.
public struct BlobReader: Sendable {
    /// Read ahead of the socket.
    static let windowBytes = 1 << 20
    /// One read of a drive at most.
    static let readBytes = 256 << 10

    let context: ObjectStoreContext
    let reference: BlobReference
    let bucket: BucketID
    let key: [UInt8]
    let range: Range<UInt64>

    /// Bytes handed to a consumer, in order.
    public typealias Sink = ([IOSlice]) async throws(S3Error) -> Void

    /// Streams the range. While one window is sent the next one is read.
    /// - Throws: what the sink threw, or an error if the bytes cannot be had; some may have been handed out then.
    public func stream(to sink: Sink) async throws(S3Error) {
        guard !range.isEmpty else { return }
        let share = min(Int(range.count), 2 * Self.windowBytes)
        guard let reservation = await context.budget.reserve(share) else { throw S3Error(.slowDown) }
        defer { withExtendedLifetime(reservation) {} }
        var start = range.lowerBound
        var current = await read(window(from: start))
        while true {
            let slices = try current.get()
            start += UInt64(slices.reduce(0) { $0 + $1.count })
            guard start < range.upperBound else {
                try await sink(slices)
                return
            }
            async let next = read(window(from: start))
            let sent: Result<Void, S3Error>
            do throws(S3Error) { sent = .success(try await sink(slices)) } catch { sent = .failure(error) }
            current = await next
            try sent.get()
        }
    }

    /// From `start` to the end of the window, the stripe or the range.
    private func window(from start: UInt64) -> Range<UInt64> {
        let stripeSize = UInt64(reference.stripeSizeBytes)
        let stripeEnd = (start / stripeSize + 1) * stripeSize
        // Windows end on multiples of their size, so that a stream reads each block once.
        let windowEnd = (start / UInt64(Self.windowBytes) + 1) * UInt64(Self.windowBytes)
        return start..<min(range.upperBound, stripeEnd, windowEnd)
    }

    private func read(_ window: Range<UInt64>) async -> Result<[IOSlice], S3Error> {
        let stripeSize = UInt64(reference.stripeSizeBytes)
        let stripe = UInt32(window.lowerBound / stripeSize)
        let base = UInt64(stripe) * stripeSize
        let pieces = split(
            reference.layout.pieces(
                stripe: stripe, range: Int(window.lowerBound - base)..<Int(window.upperBound - base)))
        if pieces.count == 1 { return await read(pieces[0]).map { [$0] } }
        return await withTaskGroup(of: (Int, Result<IOSlice, S3Error>).self) { tasks in
            for (index, piece) in pieces.enumerated() { tasks.addTask { (index, await read(piece)) } }
            var slices = [IOSlice?](repeating: nil, count: pieces.count)
            var failure: S3Error?
            for await (index, result) in tasks {
                switch result {
                case .success(let slice): slices[index] = slice
                case .failure(let error): failure = error
                }
            }
            if let failure { return .failure(failure) }
            return .success(slices.compactMap { $0 })
        }
    }

    /// Cuts pieces at multiples of the read size.
    private func split(_ pieces: [StripeLayout.Piece]) -> [StripeLayout.Piece] {
        pieces.flatMap { piece -> [StripeLayout.Piece] in
            var parts: [StripeLayout.Piece] = []
            var start = piece.range.lowerBound
            while start < piece.range.upperBound {
                let end = min((start / Self.readBytes + 1) * Self.readBytes, piece.range.upperBound)
                parts.append(StripeLayout.Piece(stripe: piece.stripe, fragment: piece.fragment, range: start..<end))
                start = end
            }
            return parts
        }
    }

    /// The bytes of one piece: the whole blocks that hold it are read and verified.
    private func read(_ piece: StripeLayout.Piece) async -> Result<IOSlice, S3Error> {
        let blocks =
            piece.range.lowerBound / Fragment.blockBytes..<Fragment.blockCount(piece.range.upperBound)
        let size = reference.layout.fragmentSize(ofStripe: piece.stripe)
        let start = blocks.lowerBound * Fragment.blockBytes
        let count = min(blocks.upperBound * Fragment.blockBytes, size) - start
        guard let stripe = stripeReader(piece.stripe),
            let slice = await stripe.read(piece.fragment, blocks, count: count)
        else {
            return .failure(
                S3Error(
                    .serviceUnavailable, "Too few fragments of this object can be read now; its metadata is intact."))
        }
        return .success(slice.dropFirst(piece.range.lowerBound - start).prefix(piece.range.count))
    }

    private func stripeReader(_ stripe: UInt32) -> StripeReader? {
        guard let pool = context.placement.view.pools[reference.pool] else { return nil }
        return StripeReader(
            context: context, blob: reference.blob, stripe: stripe, scheme: reference.scheme,
            group: pool.groups[pool.record.group(ofHash: FragmentID.placementHash(reference.blob, stripe: stripe))],
            name: StripeName(
                reference: reference, stripe: stripe, owner: FragmentOwner(bucket: bucket, key: key)))
    }
}
