import Core
import Replication
import TestSupport

/// One shard on a few simulated nodes, in one thread, under virtual time. All that happens follows from the seed.
final class World {
    static let shard = ShardID(7)

    let plan: SimulationPlan
    var random: SplitMix64
    private(set) var time: UInt64 = 1_000_000
    private var queue = EventQueue()
    private(set) var nodes: [SimulatedNode] = []
    private(set) var directory: SimulatedDirectory!
    private(set) var network: SimulatedNetwork!
    private(set) var checker: Checker!
    private(set) var clients: [SimulatedClient] = []
    private(set) var faults: FaultInjector!
    private(set) var controller: Controller!
    var stepCount = 0
    var isTracing = false

    init(plan: SimulationPlan, random: SplitMix64) {
        self.plan = plan
        self.random = random
        network = SimulatedNetwork(world: self)
        checker = Checker(world: self)
        for node in 0..<plan.nodeCount {
            let drives = (0..<plan.drivesPerNode).map { drive in
                SimulatedDrive(world: self, id: DriveID(high: 0, low: UInt64(100 * (node + 1) + drive)))
            }
            let drift = plan.driftLimit == 0 ? 0 : self.random.below(2 * plan.driftLimit) - plan.driftLimit
            nodes.append(
                SimulatedNode(
                    world: self, id: NodeID(high: 0, low: UInt64(node + 1)), drives: drives, drift: Int64(drift),
                    offset: UInt64(self.random.below(1 << 40))))
        }
        found()
        faults = FaultInjector(world: self)
        controller = Controller(world: self)
        clients = (0..<plan.clients).map { SimulatedClient(world: self, session: UInt64($0)) }
    }

    private func found() {
        let places = plan.nodeCount == 1 ? nodes[0].drives.map { (nodes[0], $0) } : nodes.map { ($0, $0.drives[0]) }
        let members = places.prefix(plan.replicas).map { node, drive in
            Member(node: node.id, drive: drive.id, incarnation: newIncarnation())
        }
        let record = ShardRecord(
            shard: Self.shard, lowerBound: [], upperBound: nil, epoch: Epoch(1), leader: members[0], members: members,
            minMembers: plan.minMembers)
        directory = SimulatedDirectory(world: self, record: record)
        for (member, place) in zip(members, places) {
            place.1.stores.append(SimulatedStore(member: member, note: .founding(record)))
        }
    }

    private var lastIncarnation: UInt64 = 0
    func newIncarnation() -> UInt64 {
        lastIncarnation += 1
        return lastIncarnation
    }

    // MARK: Time

    func at(_ moment: UInt64, _ action: @escaping () -> Void) { queue.add(at: max(moment, time), action) }
    func after(_ span: TimeSpan, _ action: @escaping () -> Void) { queue.add(at: time + span.nanoseconds, action) }

    func every(_ span: TimeSpan, _ action: @escaping () -> Void) {
        after(span) { [self] in
            action()
            every(span, action)
        }
    }

    /// Runs until `end`, or until the checker has found something.
    func run(until end: UInt64) {
        while checker.failure == nil, let next = queue.popFirst() {
            time = max(time, next.time)
            if time > end { return queue.add(at: next.time, next.action) }
            next.action()
        }
    }

    /// Nothing happens any more. What waits to happen holds on to the world, and a process and its node to each other:
    /// without this no world would go.
    func end() {
        queue = EventQueue()
        for node in nodes { node.process = nil }
    }

    // MARK: Parts

    func node(_ id: NodeID) -> SimulatedNode? { nodes.first { $0.id == id } }
    func process(of node: NodeID) -> SimulatedProcess? { self.node(node)?.process }
    func drive(_ id: DriveID) -> SimulatedDrive? { nodes.flatMap(\.drives).first { $0.id == id } }
    func store(of member: Member) -> SimulatedStore? { drive(member.drive)?.stores.first { $0.member == member } }

    /// The directory's watch: each process hears of it, sooner or later.
    func announceRecord(_ record: ShardRecord) {
        for node in nodes {
            after(.milliseconds(random.chance(plan.watchDelayChance) ? random.below(800) : 1 + random.below(20))) {
                if !self.directory.unreachable.contains(node.id) { node.process?.learn(record) }
            }
        }
        faults.recordChanged(record)
    }

    func failDrive(_ drive: SimulatedDrive) {
        drive.isFailed = true
        drive.stores = []
        for node in nodes {
            for replica in node.process?.replicas ?? [] where replica.drive === drive { replica.step(.driveFailed) }
        }
    }

    // MARK: Trace

    func note(_ who: String, _ text: @autoclosure () -> String) {
        if isTracing { print("\(time / 1000) µs  \(who)  \(text())") }
    }
}
