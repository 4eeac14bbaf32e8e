import Core
import Replication
import TestSupport

/// Messages between nodes, in wire form: late, lost, doubled, out of order, cut off by partitions.
final class SimulatedNetwork {
    unowned let world: World
    /// Directed pairs of nodes whose beacons, and whose replicas' messages, do not arrive.
    private var cut: Set<[NodeID]> = []
    private var cutReplicas: Set<[NodeID]> = []
    var lossChance = 0.0
    var doubleChance = 0.0
    var slowChance = 0.0
    var queueChance = 0.0

    init(world: World) { self.world = world }

    func isolate(_ some: [NodeID], bothWays: Bool) {
        cut = []
        for inside in some {
            for outside in world.nodes.map(\.id) where !some.contains(outside) {
                cut.insert([inside, outside])
                if bothWays { cut.insert([outside, inside]) }
            }
        }
        cutReplicas = cut
    }

    /// Beacons may pass again before the replicas' connections do.
    func heal(beaconsOnly: Bool) {
        cut = []
        if !beaconsOnly { cutReplicas = [] }
    }

    private func deliver(
        from: NodeID, to: NodeID, isBeacon: Bool, _ action: @escaping () -> Void
    ) {
        let isLocal = from == to
        func isCut() -> Bool { (isBeacon ? cut : cutReplicas).contains([from, to]) }
        let slowChance = isBeacon ? slowChance : max(slowChance, queueChance)
        if !isLocal, isCut() || world.random.chance(lossChance) { return }
        for _ in 0..<(!isLocal && world.random.chance(doubleChance) ? 2 : 1) {
            let slow = !isLocal && world.random.chance(slowChance) ? world.random.below(400_000) : 0
            let delay = (isLocal ? 5 : 200) + world.random.below(isLocal ? 50 : 3000) + slow
            world.after(.microseconds(delay)) {
                if !isLocal, isCut() { return }
                action()
            }
        }
    }

    func send(_ message: ReplicaMessage) {
        var writer = ByteWriter()
        message.encode(to: &writer)
        let bytes = writer.bytes
        deliver(from: message.from.node, to: message.to.node, isBeacon: false) { [self] in
            var reader = ByteReader(bytes)
            guard let received = try? ReplicaMessage(from: &reader), reader.isAtEnd, received == message else {
                return world.checker.fail("a message does not survive its wire form: \(message)")
            }
            hand(received)
        }
    }

    private func hand(_ message: ReplicaMessage) {
        guard let node = world.nodes.first(where: { $0.id == message.to.node }), let process = node.process,
            let drive = node.drives.first(where: { $0.id == message.to.drive })
        else { return }
        if let replica = process.replica(message.to) {
            replica.step(.received(message))
        } else if !drive.isAway, !drive.isFailed, !process.isPaused,
            let answer = ReplicaMessage.answerForMissing(message)
        {
            send(answer)
        }
    }

    func send(_ message: LeaseMessage, from: NodeID, to: NodeID) {
        var writer = ByteWriter()
        message.encode(to: &writer)
        let bytes = writer.bytes
        deliver(from: from, to: to, isBeacon: true) { [self] in
            var reader = ByteReader(bytes)
            guard let received = try? LeaseMessage(from: &reader), reader.isAtEnd, received == message else {
                return world.checker.fail("a lease message does not survive its wire form")
            }
            world.nodes.first { $0.id == to }?.process?.stepLeases(.received(from: from, received))
        }
    }
}
