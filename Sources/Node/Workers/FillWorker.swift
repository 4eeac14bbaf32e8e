import Core
import Directory
import FragmentStore
import ObjectStore

/// Brings drives up to date that were out: compares what they hold with the other drives of each placement group, makes
/// what is missing, and lets them count again only then.
///
/// 1. `out` becomes `filling`: from here on every store goes to the drive, so the gap stops growing.
/// 2. For each group, each fragment that a complete drive knows and the returning drive lacks is made from k others.
/// 3. The drive leaves `filling`, if the row is still the one under which it was filled.
///
/// A stripe that was acknowledged under a row which names the drive `out` lies on all complete drives before step 1, so
/// step 2 sees it. A restart in between begins step 2 anew: fragments that are there cost one look at the index.
final class FillWorker: Sendable {
    private static let interval = TimeSpan.seconds(1)
    private static let pageSize = 1000
    private static let parallelRepairs = 2

    private let hub: ReplicaHub
    private let placement: PlacementKeeper
    private let context: ObjectStoreContext

    init(hub: ReplicaHub, placement: PlacementKeeper, context: ObjectStoreContext) {
        self.hub = hub
        self.placement = placement
        self.context = context
    }

    func run() async {
        while await hub.clock.sleep(for: Self.interval) {
            for host in hub.onlineHosts where host.isInTime { await fill(host) }
        }
    }

    private struct Tally {
        var made = 0
        var isComplete = true
    }

    private func fill(_ host: DriveHost) async {
        let drive = host.id
        let groups = placement.view.pools.values.flatMap(\.groups)
        guard groups.contains(where: { $0.out.contains(drive) || $0.filling.contains(drive) }) else { return }
        if groups.contains(where: { $0.out.contains(drive) }) {
            guard await placement.beginFilling(drive) else { return }
            hub.log.info("drive takes stores again and is being filled", ["drive": host.path, "id": "\(drive)"])
        }
        let began = hub.clock.now
        var done: [(pool: UInt16, number: Int, epoch: Epoch)] = []
        var made = 0
        var isComplete = true
        for (id, pool) in placement.view.pools.sorted(by: { $0.key < $1.key }) {
            for (number, group) in pool.groups.enumerated() where group.filling.contains(drive) {
                guard host.isOnline else { return }
                let tally = await fill(host, group, id, pool.record.hashes(ofGroup: number))
                made += tally.made
                if tally.isComplete {
                    done.append((id, number, group.epoch))
                } else {
                    isComplete = false
                }
            }
        }
        if await placement.endFilling(drive, done), isComplete {
            hub.log.info(
                "drive is filled and counts again",
                [
                    "drive": host.path, "id": "\(drive)", "fragments": "\(made)",
                    "milliseconds": "\(hub.clock.now.since(began).millisecondsRounded)",
                ])
        }
    }

    /// One group. Not complete if no complete drive could be asked, or a fragment could not be made: tried again later.
    private func fill(
        _ host: DriveHost, _ group: GroupRecord, _ pool: UInt16, _ hashes: ClosedRange<UInt64>
    ) async -> Tally {
        guard let index = group.drives.firstIndex(of: host.id) else { return Tally() }
        let sources = group.drives.filter { group.isComplete($0) }.compactMap { context.fragments.service(for: $0) }
        var tally = Tally(isComplete: !sources.isEmpty)
        for source in sources {
            var position: FragmentID?
            while host.isOnline {
                let page: [FragmentID]
                do throws(FragmentError) {
                    page = try await source.list(pool: pool, hashes, after: position, limit: Self.pageSize)
                } catch {
                    tally.isComplete = false
                    break
                }
                let wanted = page.map { FragmentID(blob: $0.blob, stripe: $0.stripe, index: UInt8(index)) }
                for start in stride(from: 0, to: wanted.count, by: Self.parallelRepairs) {
                    let outcomes = await makeMissing(
                        wanted[start..<min(start + Self.parallelRepairs, wanted.count)], on: host, group)
                    tally.made += outcomes.count { $0 == .made }
                    if outcomes.contains(.failed) { tally.isComplete = false }
                }
                guard page.count == Self.pageSize else { break }
                position = page.last
            }
        }
        if !host.isOnline { tally.isComplete = false }
        return tally
    }

    private enum Outcome { case there, made, failed }

    private func makeMissing(_ ids: ArraySlice<FragmentID>, on host: DriveHost, _ group: GroupRecord) async -> [Outcome]
    {
        await withTaskGroup(of: Outcome.self) { tasks in
            for id in ids { tasks.addTask { await self.makeMissing(id, on: host, group) } }
            return await tasks.reduce(into: []) { $0.append($1) }
        }
    }

    private func makeMissing(_ id: FragmentID, on host: DriveHost, _ group: GroupRecord) async -> Outcome {
        do throws(FragmentError) {
            _ = try await host.fragments.length(of: id)
            return .there
        } catch {
            guard error == .missing else { return .failed }
        }
        do throws(RepairError) {
            try await RepairFragment(context).run(id, in: group)
            return .made
        } catch {
            // Collected meanwhile: nothing is missing.
            return error == .gone ? .there : .failed
        }
    }
}
