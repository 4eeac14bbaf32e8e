import Core
import Replication
import TestSupport

/// The directory: one record, changed by compare-and-swap. Requests and answers can be late or lost; a late request still
/// takes effect.
final class SimulatedDirectory {
    unowned let world: World
    private(set) var record: ShardRecord
    private(set) var history: [ShardRecord]
    /// Swaps that are on their way and may take effect yet.
    private var inFlight: [(id: Int, record: ShardRecord)] = []
    private var lastID = 0
    var isDown = false
    var lossChance = 0.0
    /// Nodes that it does not hear, nor they it.
    private(set) var unreachable: Set<NodeID> = []

    init(world: World, record: ShardRecord) {
        self.world = world
        self.record = record
        self.history = [record]
    }

    /// Every record that could be the present one soon.
    var possibleRecords: [ShardRecord] { [record] + inFlight.map(\.record).filter { $0.epoch > record.epoch } }

    func cutOff(_ nodes: [NodeID]) {
        let returned = unreachable.subtracting(nodes)
        unreachable = Set(nodes)
        // A watch that was interrupted begins with the present record.
        for node in returned.sorted() {
            world.after(.milliseconds(world.random.below(300))) { [self] in
                if !unreachable.contains(node) { world.process(of: node)?.learn(record) }
            }
        }
    }

    func swap(_ wanted: ShardRecord, from node: NodeID, answer: @escaping (SwapResult) -> Void) {
        var isAnswered = false
        func finish(_ result: SwapResult) {
            guard !isAnswered else { return }
            isAnswered = true
            answer(result)
        }
        world.after(.milliseconds(world.plan.directoryTimeoutMilliseconds)) { finish(.unknown) }
        if unreachable.contains(node) || world.random.chance(lossChance) { return }
        lastID += 1
        let id = lastID
        inFlight.append((id, wanted))
        // Now and then a request hangs about for longer than its sender waits.
        let heldUp = world.faults.swapAsked(wanted, after: record)
        let late = world.random.chance(lossChance) ? world.random.below(1500) : 1 + world.random.below(8)
        let delay = heldUp ?? late
        world.after(.milliseconds(delay)) { [self] in
            inFlight.removeAll { $0.id == id }
            if isDown { return }
            let result = take(wanted)
            if unreachable.contains(node) || world.random.chance(lossChance) { return }
            world.after(.milliseconds(1 + world.random.below(8))) { finish(result) }
        }
    }

    private func take(_ wanted: ShardRecord) -> SwapResult {
        if record == wanted { return .succeeded(record) }
        guard record.epoch.next == wanted.epoch else { return .lost(record) }
        record = wanted
        history.append(wanted)
        world.note("directory", "\(world.text(wanted))")
        world.announceRecord(wanted)
        return .succeeded(wanted)
    }

    /// An operator makes an heir the only member.
    func revive(_ heir: Member) {
        var next = record
        next.epoch = record.epoch.next
        next.leader = heir
        next.members = [heir]
        next.heirs.removeAll { $0 == heir }
        _ = take(next)
    }

    func read(from node: NodeID, answer: @escaping (ShardRecord) -> Void) {
        world.after(.milliseconds(1 + world.random.below(8))) { [self] in
            if isDown || unreachable.contains(node) || world.random.chance(lossChance) {
                return world.after(.milliseconds(50)) { [self] in read(from: node, answer: answer) }
            }
            let result = record
            world.after(.milliseconds(1 + world.random.below(8))) { answer(result) }
        }
    }
}
