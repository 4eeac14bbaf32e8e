import Core
import TestSupport

@testable import Replication

/// Breaks things by chance, but never so much that acknowledged data could not survive: of every record that may be the
/// present one, at least one member's store stays whole.
final class FaultInjector {
    unowned let world: World

    init(world: World) { self.world = world }

    func start() {
        world.network.lossChance = world.plan.lossChance
        world.network.doubleChance = world.plan.doubleChance
        world.network.slowChance = world.plan.slowChance
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
        world.network.heal()
        world.network.lossChance = 0
        world.network.doubleChance = 0
        world.network.slowChance = 0
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
        guard drive.isFailed else { return }
        drive.isFailed = false
        drive.stores = []
        drive.processEnded()
        guard let process = world.nodes.first(where: { $0.drives.contains { $0 === drive } })?.process else { return }
        for replica in process.replicas where replica.drive === drive { process.retire(replica) }
        process.reportAbsent()
    }

    private func inject() {
        let node = world.nodes[world.random.below(world.nodes.count)]
        let drive = node.drives[world.random.below(node.drives.count)]
        switch world.random.below(100) {
        case 0..<28: crash(node, restartAfter: 20 + world.random.below(1500))
        case 28..<32:
            for node in world.nodes { crash(node, restartAfter: 20 + world.random.below(800)) }
        case 32..<52: partition()
        case 52..<58: world.network.heal()
        case 58..<66: hang(drive)
        case 66..<74: lose(drive)
        case 74..<78: replace(drive)
        case 78..<84: outage()
        case 84..<90: node.process?.pause(until: world.time + UInt64(100 + world.random.below(1500)) * 1_000_000)
        case 90..<94: leader?.step(.handOver(to: nil))
        case 94..<97: leader?.step(.remove(anyMember))
        default: away(node, drive)
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

    private func partition() {
        let some = world.nodes.map(\.id).filter { _ in world.random.chance(0.4) }
        world.note("faults", "isolates \(some.map(world.text))")
        world.network.isolate(some, bothWays: world.random.chance(0.7))
        world.after(.milliseconds(200 + world.random.below(1500))) { [self] in world.network.heal() }
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
