import Core
public import Directory
import ErasureCode
public import FragmentStore

/// Why a fragment was not made again.
public enum RepairError: Error, Equatable, Sendable {
    /// No drive of the group has a fragment of the stripe: the blob is gone.
    case gone
    /// Fewer than k fragments can be read now.
    case tooFew
    /// The process has no memory to spare for it now.
    case noMemory
    /// The drive that shall have it is not there, or did not take it.
    case target(FragmentError)
}

/// Makes one lost or damaged fragment again from k others of its stripe, on the drive that the group's row names for it.
///
/// **Durable on return**, and read back. What the stripe is (its scheme, its owner, its length) is taken from the other
/// fragments' own records, so no metadata is needed. Memory: the fragment, and a window of k others.
public struct RepairFragment: Sendable {
    private static let windowBlocks = 16

    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    public func run(_ id: FragmentID, in group: GroupRecord) async throws(RepairError) {
        let drive = group.drives[Int(id.index)]
        guard let target = context.fragments.service(for: drive) else { throw .target(.closed) }
        let description = try await describe(id, in: group)
        let scheme = Scheme(dataCount: Int(description.dataCount), parityCount: Int(description.parityCount))
        guard scheme.fragmentCount == group.drives.count else { throw .tooFew }
        let window = min(description.length, Self.windowBlocks * Fragment.blockBytes)
        guard let reservation = await context.budget.reserve(description.length + scheme.dataCount * window) else {
            throw .noMemory
        }
        defer { withExtendedLifetime(reservation) {} }
        let stripe = StripeReader(
            context: context, blob: id.blob, stripe: id.stripe, scheme: scheme, group: group, name: nil)
        let payload = IOBuffer(capacity: description.length).slice(0..<description.length)
        for blocks in Self.windows(description.length) {
            guard await stripe.reconstruct(Int(id.index), blocks, into: Self.bytes(payload, blocks)) else {
                throw .tooFew
            }
        }
        let fragment = Fragment(
            id: id, pool: description.pool, dataCount: description.dataCount, parityCount: description.parityCount,
            owner: description.owner,
            payload: payload, checksums: Fragment.checksums(of: payload))
        do throws(FragmentError) {
            try await target.store(fragment)
            // Read back: the checksums that are compared are those of the record that lies on the drive now.
            for blocks in Self.windows(description.length) {
                _ = try await target.read(id, blocks: blocks, into: Self.bytes(payload, blocks), patience: .long)
            }
        } catch {
            throw .target(error)
        }
        try await takeBackIfGone(id, in: group, target)
    }

    /// A blob that was collected meanwhile has left the other drives: its new fragment must not stay behind.
    private func takeBackIfGone(
        _ id: FragmentID, in group: GroupRecord, _ target: any FragmentService
    ) async throws(RepairError) {
        do throws(RepairError) { _ = try await describe(id, in: group) } catch {
            guard error == .gone else { throw error }
            do throws(FragmentError) { try await target.remove([id]) } catch { throw .target(error) }
            throw .gone
        }
    }

    /// From another fragment of the stripe.
    private func describe(_ id: FragmentID, in group: GroupRecord) async throws(RepairError) -> FragmentDescription {
        var isMissingEverywhere = true
        for index in group.drives.indices where index != Int(id.index) {
            var other = id
            other.index = UInt8(index)
            for drives in [group.drives, group.previous] where index < drives.count {
                guard let service = context.fragments.service(for: drives[index]) else {
                    isMissingEverywhere = false
                    continue
                }
                do throws(FragmentError) { return try await service.describe(other) } catch {
                    if error != .missing { isMissingEverywhere = false }
                }
            }
        }
        throw isMissingEverywhere ? .gone : .tooFew
    }

    private static func windows(_ length: Int) -> [Range<Int>] {
        let count = Fragment.blockCount(length)
        return stride(from: 0, to: count, by: windowBlocks).map { $0..<min($0 + windowBlocks, count) }
    }

    private static func bytes(_ payload: IOSlice, _ blocks: Range<Int>) -> IOSlice {
        payload.dropFirst(blocks.lowerBound * Fragment.blockBytes).prefix(blocks.count * Fragment.blockBytes)
    }
}
