import Core
import TestSupport

@testable import Replication

/// Breaks things by chance, but never so much that acknowledged data could not survive: of every record that may be the
/// present one, at least one member's store stays whole.
final class FaultInjector {
    unowned let world: World

    private var isActive = false
    private var isolations = 0
    private var isolatedUntil: UInt64 = 0

    init(world: World) { self.world = world }

    func start() {
        isActive = true
        world.network.lossChance = world.plan.lossChance
        world.network.doubleChance = world.plan.doubleChance
        world.network.slowChance = world.plan.slowChance
        world.network.queueChance = world.plan.queueChance
        world.directory.lossChance = world.plan.directoryLossChance
        next()
    }

    private func next() {
        let wait = 1 + world.random.below(2 * world.plan.faultIntervalMilliseconds)
        world.after(.milliseconds(wait)) { [self] in
            guard world.time < world.plan.faultEnd else { return }
            inject()
            next()
        }
    }

    /// Everything works again: the run must come to life.
    func stop() {
        world.note("faults", "stop")
        isActive = false
        heal()
        world.network.lossChance = 0
        world.network.doubleChance = 0
        world.network.slowChance = 0
        world.network.queueChance = 0
        world.directory.lossChance = 0
        world.directory.isDown = false
        for node in world.nodes {
            let isRestartNeeded = node.drives.contains { $0.isAway }
            for drive in node.drives {
                drive.isAway = false
                replace(drive)
            }
            if isRestartNeeded { crash(node, restartAfter: 100) }
            if node.process == nil { world.after(.milliseconds(100)) { node.startProcess() } }
        }
    }

    func replace(_ drive: SimulatedDrive) {
        // A leader whose drive failed must have given up the leadership by itself.
        guard drive.isFailed, world.directory.record.leader.drive != drive.id else { return }
        drive.isFailed = false
        drive.stores = []
        drive.processEnded()
        guard let process = world.nodes.first(where: { $0.drives.contains { $0 === drive } })?.process else { return }
        for replica in process.replicas where replica.drive === drive { process.retire(replica) }
        process.reportAbsent()
    }

    private enum Fault {
        case crash, crashAll, partition, isolateLeader, heal, hang, lose, replace, outage, pause, handOver, move, away
    }

    /// How often each happens, in parts of the sum.
    private var weights: [(Fault, Int)] {
        switch world.plan.theme {
        case .mixed:
            [
                (.crash, 28), (.crashAll, 4), (.partition, 20), (.isolateLeader, 4), (.heal, 3), (.hang, 8), (.lose, 8),
                (.replace, 4), (.outage, 6), (.pause, 6), (.handOver, 4), (.move, 3), (.away, 3),
            ]
        case .network:
            [(.partition, 20), (.isolateLeader, 60), (.pause, 10), (.crash, 5), (.outage, 5), (.handOver, 5)]
        case .processes:
            [(.crash, 60), (.crashAll, 15), (.pause, 15), (.isolateLeader, 5), (.outage, 5), (.away, 10)]
        case .drives:
            [
                (.hang, 30), (.lose, 30), (.replace, 15), (.away, 10), (.crash, 10), (.move, 5), (.handOver, 5),
                (.outage, 5),
            ]
        }
    }

    private func choose() -> Fault {
        let weights = weights
        var left = world.random.below(weights.reduce(0) { $0 + $1.1 })
        for (fault, weight) in weights {
            left -= weight
            if left < 0 { return fault }
        }
        return .crash
    }

    private func inject() {
        let node = world.nodes[world.random.below(world.nodes.count)]
        let drive = node.drives[world.random.below(node.drives.count)]
        switch choose() {
        case .crash: crash(node, restartAfter: 20 + world.random.below(1500))
        case .crashAll: for node in world.nodes { crash(node, restartAfter: 20 + world.random.below(800)) }
        case .partition:
            isolate(world.nodes.map(\.id).filter { _ in world.random.chance(0.4) }, for: 200 + world.random.below(1500))
        case .isolateLeader: isolateLeader()
        case .heal: heal()
        case .hang: hang(drive)
        case .lose: lose(drive)
        case .replace: replace(drive)
        case .outage: outage()
        case .pause: node.process?.pause(until: world.time + UInt64(100 + world.random.below(1500)) * 1_000_000)
        case .handOver: leader?.step(.handOver(to: nil))
        case .move: leader?.step(.remove(anyMember))
        case .away: away(node, drive)
        }
    }

    private var leader: SimulatedReplica? {
        let member = world.directory.record.leader
        return world.process(of: member.node)?.replica(member)
    }

    private var anyMember: Member {
        let members = world.directory.record.members
        return members[world.random.below(members.count)]
    }

    func crash(_ node: SimulatedNode, restartAfter milliseconds: Int) {
        guard let process = node.process else { return }
        process.end { [self] store in
            let outcome = SimulatedStore.CrashOutcome.allCases[world.random.below(3)]
            // A tail in doubt beside a lost drive is a case for an operator.
            return outcome == .torn && !maySpare(store.member) ? .lost : outcome
        }
        for drive in node.drives where world.random.chance(world.plan.damageChance) {
            for store in drive.stores where maySpare(store.member) {
                world.note(world.text(store.member), "loses its last group")
                _ = store.damageLastGroup()
            }
        }
        world.after(.milliseconds(milliseconds)) { node.startProcess() }
    }

    /// Cuts these nodes off from the others, one way or both, and perhaps from the directory. Beacons may return first.
    private func isolate(_ some: [NodeID], fromDirectory: Bool? = nil, for milliseconds: Int) {
        // Mostly let one take its course.
        if world.time < isolatedUntil, world.random.chance(0.8) { return }
        isolatedUntil = world.time + UInt64(milliseconds) * 1_000_000
        world.note("faults", "isolates \(some.map(world.text))")
        world.network.isolate(some, bothWays: world.random.chance(0.7))
        world.directory.cutOff(fromDirectory ?? world.random.chance(0.7) ? some : [])
        let doBeaconsReturnFirst = world.random.chance(0.4)
        isolations += 1
        let number = isolations
        world.after(.milliseconds(milliseconds)) { [self] in
            guard number == isolations else { return }
            guard doBeaconsReturnFirst, isActive else { return heal() }
            world.note("faults", "beacons return")
            world.network.heal(beaconsOnly: true)
            isolatedUntil += 600_000_000
            world.after(.milliseconds(600)) { [self] in if number == isolations { heal() } }
        }
    }

    /// The leader is alone, and a follower has just forgotten what it promised.
    private func isolateLeader() {
        let record = world.directory.record
        isolate([record.leader.node], for: 500 + world.random.below(1500))
        guard world.random.chance(0.4), let other = record.members.first(where: { $0.node != record.leader.node }),
            let node = world.node(other.node)
        else { return }
        crash(node, restartAfter: 10 + world.random.below(100))
    }

    private func heal() {
        world.note("faults", "network heals")
        world.network.heal(beaconsOnly: false)
        world.directory.cutOff([])
    }

    /// As are the moments when one is asked for. Returns for how many milliseconds the request is held up on its way.
    func swapAsked(_ wanted: ShardRecord, after record: ShardRecord) -> Int? {
        guard isActive, world.random.chance(0.2), let leader = world.node(wanted.leader.node) else { return nil }
        let delay = 200 + world.random.below(1000)
        let joining = wanted.members.first { !record.isMember($0) }
        switch world.random.below(joining == nil ? 3 : 6) {
        case 0: isolate([leader.id], for: 500 + world.random.below(1500))
        case 1:
            guard let drive = world.drive(wanted.leader.drive) else { return nil }
            world.after(.microseconds(world.random.below(20_000))) { [self] in if isActive { lose(drive) } }
            return nil
        case 2: break
        default:
            // The new member hears of the swap by itself, late, and of nothing else; then the leader goes down.
            guard let joining, joining.node != leader.id else { break }
            isolate([joining.node], fromDirectory: false, for: delay + 2000)
            world.after(.milliseconds(delay - 5)) { [self] in
                if isActive { crash(leader, restartAfter: 1000 + world.random.below(1500)) }
            }
        }
        return delay
    }

    /// The moments around a change of the record are where protocols break.
    func recordChanged(_ record: ShardRecord) {
        guard isActive, world.random.chance(0.15), let node = world.node(record.leader.node),
            let drive = world.drive(record.leader.drive)
        else { return }
        world.after(.microseconds(world.random.below(20_000))) { [self] in
            guard isActive else { return }
            switch world.random.below(5) {
            case 0: crash(node, restartAfter: 20 + world.random.below(800))
            case 1: hang(drive)
            case 2: lose(drive)
            case 3: isolate([node.id], for: 500 + world.random.below(1500))
            default: node.process?.pause(until: world.time + UInt64(100 + world.random.below(1000)) * 1_000_000)
            }
        }
    }

    private func hang(_ drive: SimulatedDrive) {
        world.note("drive \(drive.id.low)", "hangs")
        drive.hungUntil = world.time + UInt64(100 + world.random.below(maySpare(drive) ? 2000 : 1200)) * 1_000_000
    }

    private func lose(_ drive: SimulatedDrive) {
        guard !drive.isFailed, maySpare(drive) else { return }
        world.note("drive \(drive.id.low)", "fails")
        world.failDrive(drive)
    }

    private func outage() {
        world.note("directory", "down")
        world.directory.isDown = true
        world.after(.milliseconds(100 + world.random.below(1500))) { [self] in world.directory.isDown = false }
    }

    /// The node starts again without this drive.
    private func away(_ node: SimulatedNode, _ drive: SimulatedDrive) {
        guard !drive.isFailed else { return }
        crash(node, restartAfter: 20 + world.random.below(300))
        drive.isAway = !drive.isAway
    }

    /// Whether the shard survives it if all on this drive is lost for good.
    func maySpare(_ drive: SimulatedDrive) -> Bool { drive.stores.allSatisfy { maySpare($0.member) } }

    private func maySpare(_ member: Member) -> Bool {
        world.directory.possibleRecords.allSatisfy { record in
            !record.isMember(member)
                || record.members.contains { $0.drive != member.drive && world.store(of: $0)?.isIntact == true }
        }
    }
}
