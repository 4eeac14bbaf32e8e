import Core
import Directory
import ErasureCode
import FragmentStore

/// Reads blocks of a stripe's fragments, from their drives or computed from any k others. Every block's checksum has been
/// verified before it is handed out.
struct StripeReader: Sendable {
    let context: ObjectStoreContext
    let blob: BlobID
    let stripe: UInt32
    let scheme: Scheme
    let group: GroupRecord
    /// To report damage under; nil while the stripe is being repaired anyway.
    let name: StripeName?

    /// Reads the blocks, or computes them; a drive that hangs is waited for only if too few others answer.
    /// - Parameter count: bytes of the blocks.
    /// - Returns: nil if too few fragments can be read.
    func read(_ fragment: Int, _ blocks: Range<Int>, count: Int) async -> IOSlice? {
        for patience in [ReadPatience.short, .long] {
            if let slice = await fetch(fragment, blocks, count: count, patience) { return slice }
            let slice = IOBuffer(capacity: count).slice(0..<count)
            if await reconstruct(fragment, blocks, into: slice, patience) { return slice }
        }
        return nil
    }

    /// From the row's drive, or from the one before while the row is changing. Each attempt has a buffer of its own: a
    /// late drive may still write to it.
    private func fetch(_ fragment: Int, _ blocks: Range<Int>, count: Int, _ patience: ReadPatience) async -> IOSlice? {
        let id = FragmentID(blob: blob, stripe: stripe, index: UInt8(fragment))
        for drives in [group.drives, group.previous] where fragment < drives.count {
            guard let service = context.fragments.service(for: drives[fragment]) else { continue }
            let slice = IOBuffer(capacity: count).slice(0..<count)
            do throws(FragmentError) {
                if try await service.read(id, blocks: blocks, into: slice, patience: patience) == count {
                    return slice
                }
            } catch .failed(.late) {
                continue
            } catch {
                if error.isDriveFault { await context.fragments.reportFault(of: drives[fragment], error) }
                // A drive that is out, or being filled, may lack the fragment rightly; anything else is damage to repair.
                if let name, group.isComplete(drives[fragment]), !error.isDriveFault {
                    context.fragments.reportDamage(name, fragment: fragment)
                }
            }
        }
        return nil
    }

    /// Computes the blocks of a lost fragment from any k others, read in parallel, parity last.
    func reconstruct(
        _ lost: Int, _ blocks: Range<Int>, into slice: IOSlice, _ patience: ReadPatience = .long
    ) async -> Bool {
        let count = slice.count
        var candidates = (0..<scheme.fragmentCount).filter { $0 != lost }[...]
        var available: [(index: Int, bytes: IOSlice)] = []
        while available.count < scheme.dataCount, !candidates.isEmpty {
            let batch = candidates.prefix(scheme.dataCount - available.count)
            candidates = candidates.dropFirst(batch.count)
            let found = await withTaskGroup(of: (Int, IOSlice?).self) { tasks in
                for fragment in batch {
                    tasks.addTask {
                        (fragment, await fetch(fragment, blocks, count: count, patience))
                    }
                }
                var found: [(index: Int, bytes: IOSlice)] = []
                for await (fragment, bytes) in tasks {
                    if let bytes { found.append((index: fragment, bytes: bytes)) }
                }
                return found
            }
            available += found
        }
        return context.coders.coder(for: scheme).reconstruct(
            available: available, wanted: [(index: lost, bytes: slice)])
    }
}
