import Core
import Directory
import FragmentStore
import Metadata
import ObjectStore

/// Makes fragments again that a read found missing or damaged.
///
/// A stripe that cannot be repaired now is dropped: the next read, or a scrub, finds it again.
final class RepairWorker: Sendable {
    private static let interval = TimeSpan.milliseconds(500)
    private static let batch = 16

    private let fragmentHub: FragmentHub
    private let context: ObjectStoreContext
    private let metrics: Metrics

    init(fragmentHub: FragmentHub, context: ObjectStoreContext, metrics: Metrics) {
        self.fragmentHub = fragmentHub
        self.context = context
        self.metrics = metrics
    }

    func run() async {
        while await context.clock.sleep(for: Self.interval) {
            while true {
                let batch = fragmentHub.takeDamaged(limit: Self.batch)
                if batch.isEmpty { break }
                for (stripe, fragments) in batch {
                    for fragment in fragments.sorted() { await repair(stripe, fragment) }
                }
            }
        }
    }

    private func repair(_ stripe: StripeName, _ fragment: Int) async {
        guard let pool = context.placement.view.pools[stripe.reference.pool] else { return }
        let hash = FragmentID.placementHash(stripe.reference.blob, stripe: stripe.stripe)
        let group = pool.groups[pool.record.group(ofHash: hash)]
        let id = FragmentID(blob: stripe.reference.blob, stripe: stripe.stripe, index: UInt8(fragment))
        // Out or being filled since: that is the filling's business.
        guard group.isComplete(group.drives[fragment]) else { return }
        do throws(RepairError) {
            try await RepairFragment(context).run(id, in: group)
            metrics.repaired()
            context.log.info("fragment repaired", ["fragment": "\(id)", "drive": "\(group.drives[fragment])"])
        } catch {
            if error != .gone {
                context.log.warning("fragment could not be repaired", ["fragment": "\(id)", "error": "\(error)"])
            }
        }
    }
}
