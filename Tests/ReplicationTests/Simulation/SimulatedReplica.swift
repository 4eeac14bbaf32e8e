import Core
import TestSupport

@testable import Replication

/// Drives one replica machine as a node would: journal, rows, timers, messages, clients.
final class SimulatedReplica {
    unowned let process: SimulatedProcess
    let drive: SimulatedDrive
    let store: SimulatedStore
    private(set) var machine: ReplicaMachine
    private(set) var rows: SimulatedRows
    private(set) var service = Service.none
    /// The log above `rows`' flush, and before it as far as it was not trimmed.
    private var entries: [LogEntry]
    private var committed = SequenceNumber.zero
    private var isApplying = false
    private var waiting: [(token: ProposalToken, request: RequestID, answer: (ClientAnswer) -> Void)] = []
    private var accepted: [(sequence: SequenceNumber, request: RequestID, answer: (ClientAnswer) -> Void)] = []
    private var lastToken = ProposalToken(0)
    private var timerNumber = 0
    private var frozen: [(learner: Member, pieces: [[UInt8]], sequence: SequenceNumber)] = []
    private var installing: (checkpoint: CheckpointID, bytes: [UInt8])?
    let madeAt: UInt64

    enum ClientAnswer {
        case written(sequence: UInt64)
        case read(SimulatedRows)
        case refused(ShardRecord?)
        case unknown
    }

    var world: World { process.world }
    var member: Member { store.member }
    var isRunning: Bool { process.isAlive && process.replicas.contains { $0 === self } }

    init(process: SimulatedProcess, drive: SimulatedDrive, store: SimulatedStore) {
        self.process = process
        self.drive = drive
        self.store = store
        self.machine = ReplicaMachine(shard: World.shard, me: store.member, settings: process.world.plan.settings)
        self.rows = store.flushedRows
        self.entries = []
        self.madeAt = process.world.time
    }

    func start() {
        let contents = store.contents()
        entries = contents.entries
        for group in store.groups { world.checker.durable(group, on: drive.id) }
        committed = rows.applied
        step(
            .start(
                RecoveredReplica(
                    note: contents.note, log: contents.log, committed: rows.applied, applied: rows.applied,
                    condition: store.isCut ? .cut : .whole, nonce: world.random.next())))
    }

    // MARK: Events in, effects out

    func step(_ event: ReplicaEvent) {
        guard isRunning else { return }
        if process.isPaused { return process.whenResumed { [weak self] in self?.step(event) } }
        var effects: [ReplicaEffect] = []
        let wasLeader = machine.role == .leader
        world.stepCount += 1
        machine.step(event, now: process.now, leases: process.leases.view, into: &effects)
        if world.isTracing,
            (effects.contains { if case .setTimer = $0 { false } else { true } })
                || wasLeader != (machine.role == .leader)
        {
            world.note(world.text(member), "\(machine.role) \(machine.epoch) <- \(world.text(event))")
        }
        for effect in effects { carryOut(effect) }
        syncIfIdle()
    }

    private func carryOut(_ effect: ReplicaEffect) {
        if world.isTracing, let text = world.text(effect) { world.note(world.text(member), "    -> \(text)") }
        switch effect {
        case .append(let new, let ticket):
            entries.append(contentsOf: new)
            store.write(.entries(new), ticket: ticket)
        case .truncate(let sequence, let ticket):
            entries.removeAll { $0.sequence > sequence }
            store.write(.truncate(sequence), ticket: ticket)
        case .note(let note, let ticket):
            if let checkpoint = note.checkpoint, entries.isEmpty, rows.applied < checkpoint.sequence {
                rows = store.flushedRows
                committed = rows.applied
            }
            store.write(.note(note), ticket: ticket)
        case .send(let message): world.network.send(message)
        case .commit(let sequence):
            committed = max(committed, sequence)
            if machine.role == .leader {
                world.checker.committed(through: sequence, by: self, epoch: machine.epoch)
            }
            scheduleApply()
        case .accepted(let token, let sequence):
            guard let index = waiting.firstIndex(where: { $0.token == token }) else { return }
            let client = waiting.remove(at: index)
            accepted.append((sequence, client.request, client.answer))
            answerApplied()
        case .refused(let token, _, let record): answer(token, .refused(record))
        case .unknownOutcome(let token): answer(token, .unknown)
        case .swap(let record):
            world.note(world.text(member), "asks for \(world.text(record))")
            world.directory.swap(record, from: process.node.id) { [weak self] in self?.step(.swapFinished($0)) }
        case .readDirectory:
            world.directory.read(from: process.node.id) { [weak self] in self?.step(.directoryRead($0)) }
        case .readEntries(let member, let from, let limit): readEntries(for: member, from: from, limitBytes: limit)
        case .startCheckpoint(let learner): freeze(for: learner)
        case .readChunk(let learner, let index): readChunk(for: learner, index)
        case .endLearner(let learner): frozen.removeAll { $0.learner == learner }
        case .beginInstall(let checkpoint, _): installing = (checkpoint, [])
        case .installChunk(let checkpoint, let index, let bytes, let isLast):
            install(checkpoint, index: index, bytes: bytes, isLast: isLast)
        case .publish(let new): service = new
        case .retire: process.retire(self)
        case .halt(let alarm): world.checker.fail("\(world.text(member)) halted: \(alarm)")
        case .setTimer(let moment): setTimer(moment)
        }
    }

    private func answer(_ token: ProposalToken, _ answer: ClientAnswer) {
        guard let index = waiting.firstIndex(where: { $0.token == token }) else { return }
        waiting.remove(at: index).answer(answer)
    }

    private func setTimer(_ moment: Instant) {
        timerNumber += 1
        let number = timerNumber
        guard moment != .never else { return }
        world.at(process.node.trueTime(of: moment)) { [weak self] in
            guard let self, timerNumber == number else { return }
            step(.tick)
        }
    }

    // MARK: Journal

    func syncIfIdle() {
        guard !drive.isFailed, store.beginSync() else { return }
        let began = world.time
        drive.syncBegan(began)
        world.after(drive.syncTime()) { [weak self] in self?.syncEnded(began) }
    }

    private func syncEnded(_ began: UInt64) {
        guard isRunning, !drive.isFailed else { return }
        if let until = drive.hungUntil, until > world.time {
            return world.at(until + 1000) { [weak self] in self?.syncEnded(began) }
        }
        drive.syncFinished(began)
        let ticket = store.finishSync()
        world.checker.durable(store.groups[store.groups.count - 1], on: drive.id)
        step(.persisted(through: ticket))
        syncIfIdle()
    }

    // MARK: Rows

    func checksum(at sequence: SequenceNumber) -> UInt32? { entries.last { $0.sequence == sequence }?.checksum }

    private func scheduleApply() {
        guard !isApplying, rows.applied < committed else { return }
        isApplying = true
        let delay = world.random.chance(0.1) ? 1000 * world.random.below(20) : world.random.below(200)
        world.after(.microseconds(delay)) { [weak self] in self?.apply() }
    }

    private func apply() {
        isApplying = false
        guard isRunning else { return }
        if process.isPaused { return process.whenResumed { [weak self] in self?.apply() } }
        for entry in entries where entry.sequence > rows.applied && entry.sequence <= committed {
            rows.apply(entry)
            world.checker.applied(entry, rows, by: self)
        }
        answerApplied()
        step(.applied(through: rows.applied))
        if world.random.chance(0.05), drive.hungUntil == nil { flush() }
        if rows.applied < committed, !entries.isEmpty { scheduleApply() }
    }

    private func answerApplied() {
        let ready = accepted.filter { $0.sequence <= rows.applied }
        accepted.removeAll { $0.sequence <= rows.applied }
        for client in ready {
            if let result = rows.result(of: client.request) {
                client.answer(.written(sequence: result))
            } else {
                client.answer(.unknown)
            }
        }
    }

    private func flush() {
        guard !drive.isFailed else { return }
        store.flushedRows = rows
        let held = frozen.map(\.sequence).min() ?? rows.applied
        guard world.random.chance(0.3) else { return }
        let through = SequenceNumber(min(held, rows.applied).rawValue * 3 / 4)
        guard through.rawValue > 0 else { return }
        entries.removeAll { $0.sequence <= through }
        store.trim(through: through)
        step(.trimmed(through: through))
    }

    private func readEntries(for member: Member, from: SequenceNumber, limitBytes: Int) {
        world.after(.microseconds(50 + world.random.below(2000))) { [weak self] in
            guard let self else { return }
            let found = entries.drop { $0.sequence < from }.prefix(20)
            let isThere = found.first?.sequence == from
            step(.entriesRead(for: member, from: from, entries: isThere ? Array(found) : []))
        }
    }

    // MARK: Checkpoints

    private func freeze(for learner: Member) {
        let bytes = rows.encoded()
        let third = bytes.count / 3
        let pieces = [bytes[..<third], bytes[third..<2 * third], bytes[(2 * third)...]].map { Array($0) }
        frozen.removeAll { $0.learner == learner }
        frozen.append((learner, pieces, rows.applied))
        let sequence = rows.applied
        world.after(.microseconds(100 + world.random.below(5000))) { [weak self] in
            self?.step(.checkpointReady(for: learner, applied: sequence))
        }
    }

    private func readChunk(for learner: Member, _ index: UInt32) {
        world.after(.microseconds(100 + world.random.below(1000))) { [weak self] in
            guard let self, let found = frozen.first(where: { $0.learner == learner }) else { return }
            step(
                .chunkRead(
                    for: learner, index: index, bytes: found.pieces[Int(index)],
                    isLast: Int(index) == found.pieces.count - 1))
        }
    }

    private func install(_ checkpoint: CheckpointID, index: UInt32, bytes: [UInt8], isLast: Bool) {
        guard installing?.checkpoint == checkpoint else { return }
        installing?.bytes.append(contentsOf: bytes)
        world.after(.microseconds(200 + world.random.below(2000))) { [weak self] in
            guard let self, isRunning, !drive.isFailed, let installing, installing.checkpoint == checkpoint else {
                return
            }
            if isLast {
                guard let rows = try? SimulatedRows(from: installing.bytes) else {
                    return world.checker.fail("a checkpoint does not decode")
                }
                store.flushedRows = rows
            }
            step(.chunkInstalled(checkpoint, index: index))
        }
    }

    // MARK: Clients

    func write(_ request: RequestID, _ command: [UInt8], answer: @escaping (ClientAnswer) -> Void) {
        lastToken = lastToken.next
        waiting.append((lastToken, request, answer))
        step(
            .propose(
                Proposal(
                    token: lastToken, request: request, applyVersion: 1,
                    time: WallTime(milliseconds: world.time / 1_000_000), command: command)))
    }

    /// As a reader does that never enters the machine: lease, rows, lease.
    func read(answer: @escaping (ClientAnswer) -> Void) {
        guard !process.isPaused, process.leases.view.permits(reads: service, now: process.now) else {
            return answer(.refused(machine.note.record))
        }
        let promised = service
        let result = rows
        let duration = world.random.chance(0.05) ? world.random.below(700_000) : world.random.below(500)
        world.after(.microseconds(duration)) { [weak self] in
            guard let self, isRunning, !process.isPaused, service == promised,
                process.leases.view.permits(reads: service, now: process.now)
            else { return answer(.unknown) }
            answer(.read(result))
        }
    }
}
