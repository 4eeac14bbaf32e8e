import Core
import Replication
import TestSupport

/// A client with one session: one request at a time, repeated under the same request ID until it is answered.
final class SimulatedClient {
    unowned let world: World
    let session: UInt64
    private var counter: UInt64 = 0
    private var operation = 0
    private var floorAtBegin: UInt64 = 0
    private var isWrite = false
    private var command: [UInt8] = []
    private var leader: Member?
    private(set) var writes = 0
    private(set) var reads = 0
    private(set) var lastEnd: UInt64 = 0

    init(world: World, session: UInt64) {
        self.world = world
        self.session = session
    }

    func begin() {
        operation += 1
        floorAtBegin = world.checker.floor
        isWrite = world.random.chance(0.6)
        if isWrite {
            counter += 1
            command = SimulatedRows.command(
                register: world.random.below(SimulatedRows.registerCount), value: session << 32 | counter)
        }
        attempt()
    }

    private func attempt() {
        let current = operation
        var isAnswered = false
        func again(after milliseconds: Int) {
            guard !isAnswered else { return }
            isAnswered = true
            world.after(.milliseconds(milliseconds)) { [self] in
                if operation == current { attempt() }
            }
        }
        // It gives up waiting, never the request.
        world.after(.milliseconds(100 + world.random.below(200))) { [self] in
            if operation == current, !isAnswered, world.random.chance(0.5) { leader = nil }
            again(after: 0)
        }
        world.after(.microseconds(100 + world.random.below(2000))) { [self] in
            guard let target = target() else { return again(after: 20) }
            let answer: (SimulatedReplica.ClientAnswer) -> Void = { [self] result in
                world.after(.microseconds(100 + world.random.below(2000))) { [self] in
                    take(result, current, again)
                }
            }
            if isWrite {
                target.write(RequestID(session: session, slot: 0, counter: counter), command, answer: answer)
            } else {
                target.read(answer: answer)
            }
        }
    }

    private func target() -> SimulatedReplica? {
        let record = world.directory.record
        // A reader may be left with anyone who still answers.
        if !isWrite, world.random.chance(0.5) {
            let serving = world.nodes.flatMap { $0.process?.replicas ?? [] }.filter { $0.service.reads != nil }
            if !serving.isEmpty { return serving[world.random.below(serving.count)] }
        }
        // Clients are not cut off by partitions, and their idea of the leader may be old.
        if leader == nil || world.random.chance(0.1) {
            leader =
                world.random.chance(0.5)
                ? record.leader : record.members[world.random.below(record.members.count)]
        }
        guard let leader, let replica = world.process(of: leader.node)?.replica(leader) else {
            self.leader = nil
            return nil
        }
        return replica
    }

    private func take(_ answer: SimulatedReplica.ClientAnswer, _ of: Int, _ again: (Int) -> Void) {
        guard of == operation else { return }
        switch answer {
        case .written(let sequence):
            world.checker.ended(write: sequence, begunAt: floorAtBegin, by: "write \(session).\(counter)")
            writes += 1
        case .read(let rows):
            world.checker.ended(read: rows, begunAt: floorAtBegin, by: "read of \(session)")
            reads += 1
        case .refused(let record):
            leader = world.random.chance(0.7) ? record?.leader : nil
            return again(10 + world.random.below(20))
        case .unknown:
            return again(5 + world.random.below(20))
        }
        lastEnd = world.time
        operation += 1
        let pause = world.time < world.plan.faultEnd ? world.random.below(40) : 100 + world.random.below(200)
        world.after(.milliseconds(pause)) { [self] in begin() }
    }
}
