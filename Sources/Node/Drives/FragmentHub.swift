import Core
import FragmentStore
import ObjectStore
import Synchronization

/// `FragmentRouter` over the drives of this node.
final class FragmentHub: FragmentRouter {
    private let hub: ReplicaHub
    private let placement: PlacementKeeper
    /// Stripes to repair; bounded, because a scrub or the next read finds again what did not fit.
    private let damaged = Mutex<[StripeName: Set<Int>]>([:])
    static let maximumDamaged = 100_000

    init(hub: ReplicaHub, placement: PlacementKeeper) {
        self.hub = hub
        self.placement = placement
    }

    func service(for drive: DriveID) -> (any FragmentService)? {
        guard let host = hub.host(drive), host.isOnline else { return nil }
        return host.fragments
    }

    func reportDamage(_ stripe: StripeName, fragment: Int) {
        damaged.withLock { damaged in
            if damaged.count < Self.maximumDamaged || damaged[stripe] != nil {
                damaged[stripe, default: []].insert(fragment)
            }
        }
    }

    func reportFault(of drive: DriveID, _ error: FragmentError) async {
        if let host = hub.host(drive), error.isDriveFault, host.isOnline {
            hub.driveFailed(host, ErrorText.of(error))
        }
        // A full drive stays readable and keeps its place; new blobs go elsewhere until it has room.
        if error != .full { await placement.markOut(drive) }
    }

    func takeDamaged(limit: Int) -> [(StripeName, Set<Int>)] {
        damaged.withLock { damaged in
            let taken = damaged.prefix(limit).map { ($0.key, $0.value) }
            for (stripe, _) in taken { damaged[stripe] = nil }
            return taken
        }
    }

    var damagedCount: Int { damaged.withLock { $0.count } }
}
