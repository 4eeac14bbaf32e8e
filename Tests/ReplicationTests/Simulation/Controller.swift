import Core
import TestSupport

@testable import Replication

/// What places replicas: it keeps the shard at its number of members by making learners where there is room. And the
/// operator, who acts once the faults have stopped: replaces failed drives, and revives an heir where the rules ask for it.
final class Controller {
    unowned let world: World
    private(set) var learner: (member: Member, since: UInt64)?
    private(set) var revivals = 0

    init(world: World) { self.world = world }

    func look() {
        let record = world.directory.record
        // An operator replaces what fails, in the end.
        if world.time > world.plan.faultEnd {
            for drive in world.nodes.flatMap(\.drives) { world.faults.replace(drive) }
            if world.time > world.plan.faultEnd + 1_500_000_000, reviveHeir(record) { return }
        }
        if let learner {
            let isGone = world.process(of: learner.member.node)?.replica(learner.member) == nil
            let isOld = world.time - learner.since > 2_500_000_000
            if record.isMember(learner.member) || isGone || isOld {
                // One that never got in is given up, even if the swap that takes it in may still happen.
                if isOld, !record.isMember(learner.member) { discard(learner.member) }
                self.learner = nil
            }
        }
        if learner == nil, record.members.count < world.plan.replicas { makeLearner(record) }
        if let learner {
            world.process(of: record.leader.node)?.replica(record.leader)?.step(.addLearner(learner.member))
        }
    }

    /// `roostctl shard recover`: every listed member's store is gone for good, and an heir, which was there for every
    /// commit, has lost nothing. Only an operator can say that the old leader is not merely away. That nothing is lost by
    /// it is for the checker to see: the run goes on.
    private func reviveHeir(_ record: ShardRecord) -> Bool {
        guard record.members.allSatisfy({ world.store(of: $0) == nil }),
            let heir = record.heirs.first(where: { world.store(of: $0)?.isIntact == true })
        else { return false }
        revivals += 1
        world.directory.revive(heir)
        return true
    }

    private func discard(_ member: Member) {
        guard let replica = world.process(of: member.node)?.replica(member), !replica.machine.note.wasMember else {
            return
        }
        replica.process.retire(replica)
    }

    private func makeLearner(_ record: ShardRecord) {
        var places: [(SimulatedNode, SimulatedDrive)] = []
        for node in world.nodes {
            guard node.process?.isPaused == false else { continue }
            let isTaken = world.nodes.count > 1 && record.members.contains { $0.node == node.id }
            for drive in node.drives where !drive.isFailed && !drive.isAway && !isTaken {
                if !record.members.contains(where: { $0.drive == drive.id }) { places.append((node, drive)) }
            }
        }
        guard !places.isEmpty else { return }
        let (node, drive) = places[world.random.below(places.count)]
        let member = Member(node: node.id, drive: drive.id, incarnation: world.newIncarnation())
        let store = SimulatedStore(member: member, note: .learner)
        drive.stores.append(store)
        node.process?.make(store, on: drive)
        learner = (member, world.time)
        for node in world.nodes { node.process?.learnPeers() }
    }
}
