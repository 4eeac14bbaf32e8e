import Core
import TestSupport

@testable import Replication

/// A drive: it may hang for a while, be away while a process runs, or fail for good.
final class SimulatedDrive {
    unowned let world: World
    let id: DriveID
    var stores: [SimulatedStore] = []
    var hungUntil: UInt64?
    var isFailed = false
    var isAway = false
    private var outstanding: [UInt64] = []
    var isReportedStalled = false

    init(world: World, id: DriveID) {
        self.world = world
        self.id = id
    }

    func syncTime() -> TimeSpan {
        .microseconds(world.random.chance(0.02) ? world.random.below(30_000) : 100 + world.random.below(1500))
    }

    func syncBegan(_ time: UInt64) { outstanding.append(time) }
    func syncFinished(_ time: UInt64) {
        if let index = outstanding.firstIndex(of: time) { outstanding.remove(at: index) }
    }
    func processEnded() {
        outstanding = []
        isReportedStalled = false
    }
    var oldestIO: UInt64? { outstanding.min() }
}

/// A machine with its drives and its clock.
final class SimulatedNode {
    unowned let world: World
    let id: NodeID
    let drives: [SimulatedDrive]
    /// How fast its clock runs, in parts per million of true time, and where it began.
    let drift: Int64
    let offset: UInt64
    var process: SimulatedProcess?

    init(world: World, id: NodeID, drives: [SimulatedDrive], drift: Int64, offset: UInt64) {
        self.world = world
        self.id = id
        self.drives = drives
        self.drift = drift
        self.offset = offset
    }

    var localTime: Instant {
        let gained = Int64(world.time) / 1_000_000 * drift
        return Instant(nanoseconds: offset + UInt64(Int64(world.time) + gained))
    }

    /// The first true moment at which the local clock shows at least `moment`.
    func trueTime(of moment: Instant) -> UInt64 {
        guard moment > localTime else { return world.time }
        let wait = Int64(moment.nanoseconds - localTime.nanoseconds)
        return world.time + UInt64(wait - wait / 1_000_000 * drift + wait / 10_000) + 2_000_000
    }

    func startProcess() {
        guard process == nil else { return }
        let new = SimulatedProcess(node: self)
        process = new
        new.start()
    }
}

/// One run of the program on a node.
final class SimulatedProcess {
    let node: SimulatedNode
    var leases: LeaseMachine
    private(set) var replicas: [SimulatedReplica] = []
    private(set) var isAlive = true
    private(set) var pausedUntil: UInt64?
    private var timerNumber = 0
    private var reportedDown: Set<Member> = []
    private var known: ShardRecord?

    var world: World { node.world }
    var now: Instant { node.localTime }
    var isPaused: Bool { pausedUntil.map { $0 > world.time } ?? false }

    init(node: SimulatedNode) {
        self.node = node
        self.leases = LeaseMachine(
            node: node.id, process: node.world.random.next(), settings: node.world.plan.settings)
    }

    func start() {
        world.note(world.text(node.id), "starts")
        for drive in node.drives where !drive.isAway && !drive.isFailed {
            for store in drive.stores { replicas.append(SimulatedReplica(process: self, drive: drive, store: store)) }
        }
        for replica in replicas { replica.start() }
        learn(world.directory.record)
    }

    func end(_ outcome: (SimulatedStore) -> SimulatedStore.CrashOutcome) {
        world.note(world.text(node.id), "ends")
        isAlive = false
        node.process = nil
        for drive in node.drives {
            drive.processEnded()
            for store in drive.stores { store.crash(outcome(store)) }
        }
        replicas = []
    }

    func pause(until time: UInt64) {
        world.note(world.text(node.id), "pauses")
        pausedUntil = time
    }

    func whenResumed(_ action: @escaping () -> Void) {
        guard let pausedUntil else { return action() }
        world.at(pausedUntil) { [weak self] in
            if let self, isAlive { action() }
        }
    }

    func replica(_ member: Member) -> SimulatedReplica? { replicas.first { $0.member == member } }

    func make(_ store: SimulatedStore, on drive: SimulatedDrive) {
        let replica = SimulatedReplica(process: self, drive: drive, store: store)
        replicas.append(replica)
        replica.start()
    }

    func retire(_ replica: SimulatedReplica) {
        replicas.removeAll { $0 === replica }
        replica.drive.stores.removeAll { $0 === replica.store }
    }

    // MARK: Leases

    /// All nodes that have a replica of the shard, members or not.
    func learnPeers() {
        var nodes = Set(world.directory.record.members.map(\.node))
        for record in replicas.compactMap(\.machine.note.record) { nodes.formUnion(record.members.map(\.node)) }
        if let learner = world.controller.learner { nodes.insert(learner.member.node) }
        stepLeases(.peers(nodes.sorted()))
    }

    func stepLeases(_ event: LeaseEvent) {
        guard isAlive else { return }
        if isPaused { return whenResumed { [weak self] in self?.stepLeases(event) } }
        var effects: [LeaseEffect] = []
        world.stepCount += 1
        leases.step(event, now: now, into: &effects)
        for effect in effects {
            switch effect {
            case .send(let to, let message): world.network.send(message, from: node.id, to: to)
            case .changed(let other):
                for replica in replicas where replica.machine.note.record?.concerns(other) == true {
                    replica.step(.leasesChanged)
                }
            case .setTimer(let moment):
                timerNumber += 1
                let number = timerNumber
                guard moment != .never else { continue }
                world.at(node.trueTime(of: moment)) { [weak self] in
                    guard let self, timerNumber == number else { return }
                    stepLeases(.tick)
                }
            }
        }
    }

    // MARK: Directory and local knowledge

    func learn(_ record: ShardRecord) {
        guard isAlive else { return }
        if isPaused { return whenResumed { [weak self] in self?.learn(record) } }
        if record.epoch >= known?.epoch ?? Epoch(0) { known = record }
        learnPeers()
        for replica in replicas { replica.step(.directoryRecord(record)) }
        reportAbsent()
    }

    /// Within one node the driver itself knows who does not run.
    func reportAbsent() {
        guard let known else { return }
        let running = Set(replicas.map(\.member))
        for member in known.members.filter({ $0.node == node.id }).sorted() {
            if running.contains(member), reportedDown.remove(member) != nil {
                for replica in replicas { replica.step(.memberUp(member)) }
            } else if !running.contains(member), reportedDown.insert(member).inserted {
                for replica in replicas { replica.step(.memberDown(member)) }
            }
        }
    }

    /// Nobody else can know that a leader's store is away while its node lives.
    func releaseForAbsentLeader() {
        guard isAlive, !isPaused, let known, known.leader.node == node.id, replica(known.leader) == nil,
            let drive = node.drives.first(where: { $0.id == known.leader.drive })
        else { return }
        for message in ReplicaMessage.releasesForAbsentLeader(of: known, isLost: !drive.isAway) {
            world.network.send(message)
        }
    }

    /// The watchdog of the node's drives.
    func watchDrives() {
        guard isAlive, !isPaused else { return }
        for drive in node.drives where !drive.isFailed {
            let age = drive.oldestIO.map { world.time - $0 } ?? 0
            let limit = world.plan.stallMilliseconds * 1_000_000
            if age >= 5 * limit, world.faults.maySpare(drive) {
                world.note("drive \(drive.id.low)", "given up by the watchdog")
                world.failDrive(drive)
            } else if (age >= limit) != drive.isReportedStalled {
                drive.isReportedStalled.toggle()
                for replica in replicas where replica.drive === drive {
                    replica.step(drive.isReportedStalled ? .ioStalled : .ioRecovered)
                }
            }
        }
    }
}

extension ShardRecord {
    func concerns(_ node: NodeID) -> Bool { members.contains { $0.node == node } || heirs.contains { $0.node == node } }
}
