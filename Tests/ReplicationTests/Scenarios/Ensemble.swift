import Core
import Testing

@testable import Replication

/// A few replicas whose every step is under the test's control: messages, syncs and swaps wait until they are asked for,
/// so that a test reads like the story of an accident.
///
/// Replica `i` is on node `i` (or, in one process, all on node 1), drive `i`.
final class Ensemble {
    /// One replica with what its drive holds.
    final class Replica {
        let member: Member
        var machine: ReplicaMachine
        var isUp = false
        /// Records synced, and those that are not yet.
        var groups: [SimulatedStore.Record]
        var unsynced: [(ticket: WriteTicket, record: SimulatedStore.Record)] = []
        var rows = SequenceNumber.zero
        var committed = SequenceNumber.zero
        var service = Service.none
        var alarms: [Alarm] = []
        var isRetired = false

        init(member: Member, note: DurableNote, settings: ReplicaSettings) {
            self.member = member
            self.machine = ReplicaMachine(shard: Ensemble.shard, me: member, settings: settings)
            self.groups = [.note(note)]
        }

        var log: [String] {
            let store = SimulatedStore(member: member, note: .learner)
            store.replaceGroups([groups + unsynced.map(\.record)])
            return store.contents().entries.map { "\($0.position)" }
        }
    }

    static let shard = ShardID(1)

    let settings: ReplicaSettings
    private(set) var replicas: [Replica] = []
    private(set) var now = Instant(nanoseconds: 1_000_000_000)
    var directory: ShardRecord
    /// Messages on their way, oldest first.
    var messages: [ReplicaMessage] = []
    /// Swaps on their way, oldest first, with who asked.
    var swaps: [(from: Int, record: ShardRecord)] = []
    /// Directed pairs that do not hear each other.
    var cut: Set<[Int]> = []
    /// What clients were told, by token.
    private(set) var answers: [UInt64: String] = [:]
    private var lastToken: UInt64 = 0
    private var leaseViews: [LeaseView] = []
    private(set) var transcript: [String] = []

    /// - Parameter oneProcess: all replicas on one node, which needs no leases.
    init(_ count: Int, minMembers: UInt8 = 2, oneProcess: Bool = false, settings: ReplicaSettings = ReplicaSettings()) {
        self.settings = settings
        let members = (1...count).map { Self.member($0, oneProcess: oneProcess) }
        directory = ShardRecord(
            shard: Self.shard, lowerBound: [], upperBound: nil, epoch: Epoch(1), leader: members[0], members: members,
            minMembers: minMembers)
        for member in members {
            replicas.append(Replica(member: member, note: .founding(directory), settings: settings))
            leaseViews.append(LeaseView(node: member.node))
        }
        for index in replicas.indices { promiseAll(index) }
    }

    static func member(_ number: Int, oneProcess: Bool = false) -> Member {
        Member(
            node: NodeID(high: 0, low: oneProcess ? 1 : UInt64(number)), drive: DriveID(high: 0, low: UInt64(number)),
            incarnation: UInt64(number))
    }

    subscript(_ number: Int) -> Replica { replicas[number - 1] }
    func member(_ number: Int) -> Member { replicas[number - 1].member }
    private func number(_ member: Member) -> Int? { replicas.firstIndex { $0.member == member }.map { $0 + 1 } }

    /// Another replica, that is to learn.
    func addStore() -> Int {
        let isOneProcess = replicas.count > 1 && replicas[0].member.node == replicas[1].member.node
        let member = Self.member(replicas.count + 1, oneProcess: isOneProcess)
        replicas.append(Replica(member: member, note: .learner, settings: settings))
        leaseViews.append(LeaseView(node: member.node))
        for index in replicas.indices { promiseAll(index) }
        return replicas.count
    }

    // MARK: Leases

    /// Every node holds a fresh lease of every other, and has promised the same.
    private func promiseAll(_ index: Int) {
        for other in replicas where other.member.node != replicas[index].member.node {
            leaseViews[index].peers[other.member.node] = PeerLease(
                heldUntil: now + settings.lease, heldGeneration: 1, unansweredSince: nil,
                graceUntil: now + settings.grace, grantedGeneration: 1)
        }
    }

    /// Beacons go on between all nodes but those that are down or cut off.
    func beacons() {
        for index in replicas.indices where replicas[index].isUp {
            for other in replicas where other.member.node != replicas[index].member.node {
                guard let from = number(other.member), var lease = leaseViews[index].peers[other.member.node] else {
                    continue
                }
                if other.isUp, !cut.contains([index + 1, from]), !cut.contains([from, index + 1]) {
                    lease.heldUntil = now + settings.lease
                    lease.graceUntil = now + settings.grace
                    lease.unansweredSince = nil
                } else {
                    lease.unansweredSince = lease.unansweredSince ?? now
                }
                leaseViews[index].peers[other.member.node] = lease
            }
        }
    }

    /// All nodes hear each other again after every promise had run out: each begins another generation.
    func renewPromises() {
        for index in replicas.indices {
            for other in replicas where other.member.node != replicas[index].member.node {
                leaseViews[index].peers[other.member.node] = PeerLease(
                    heldUntil: now + settings.lease, heldGeneration: 100, unansweredSince: nil,
                    graceUntil: now + settings.grace, grantedGeneration: 100)
            }
        }
    }

    /// Time passes, and nothing else happens but beacons and ticks.
    func pass(_ span: TimeSpan) {
        var left = span.nanoseconds
        while left > 0 {
            let piece = min(left, 100_000_000)
            left -= piece
            now = now + TimeSpan(nanoseconds: piece)
            beacons()
            for number in 1...replicas.count where self[number].isUp { step(number, .tick) }
        }
    }

    /// Time passes, and everything goes on.
    func run(_ span: TimeSpan) {
        for _ in 0..<max(1, span.nanoseconds / 100_000_000) {
            pass(.milliseconds(100))
            settle()
        }
    }

    func mayRead(_ number: Int) -> Bool {
        leaseViews[number - 1].permits(reads: self[number].service, now: now)
    }

    // MARK: Steps

    func step(_ number: Int, _ event: ReplicaEvent) {
        var effects: [ReplicaEffect] = []
        self[number].machine.step(event, now: now, leases: leaseViews[number - 1], into: &effects)
        for effect in effects { carryOut(effect, number) }
    }

    private func carryOut(_ effect: ReplicaEffect, _ number: Int) {
        let replica = self[number]
        switch effect {
        case .append(let entries, let ticket): replica.unsynced.append((ticket, .entries(entries)))
        case .truncate(let sequence, let ticket): replica.unsynced.append((ticket, .truncate(sequence)))
        case .note(let note, let ticket): replica.unsynced.append((ticket, .note(note)))
        case .send(let message): messages.append(message)
        case .commit(let sequence):
            replica.committed = sequence
            replica.rows = sequence
            transcript.append("\(number) commits \(sequence)")
            step(number, .applied(through: sequence))
        case .accepted(let token, let sequence): answers[token.rawValue] = "accepted at \(sequence)"
        case .refused(let token, let refusal, _): answers[token.rawValue] = "refused: \(refusal)"
        case .unknownOutcome(let token): answers[token.rawValue] = "unknown"
        case .swap(let record): swaps.append((number, record))
        case .readDirectory: break
        case .publish(let service): replica.service = service
        case .halt(let alarm): replica.alarms.append(alarm)
        case .retire: replica.isRetired = true
        case .startCheckpoint(let learner): step(number, .checkpointReady(for: learner, applied: replica.rows))
        case .readChunk(let learner, let index):
            step(number, .chunkRead(for: learner, index: index, bytes: [1], isLast: true))
        case .beginInstall(_, let position): replica.rows = position.sequence
        case .installChunk(let checkpoint, let index, _, _):
            step(number, .chunkInstalled(checkpoint, index: index))
        case .readEntries(let member, let from, _):
            let entries = replica.groups.flatMap { record -> [LogEntry] in
                if case .entries(let entries) = record { entries } else { [] }
            }
            step(number, .entriesRead(for: member, from: from, entries: entries.filter { $0.sequence >= from }))
        case .endLearner, .setTimer: break
        }
    }

    /// All that waits on a drive becomes durable.
    func sync(_ number: Int) {
        guard let last = self[number].unsynced.last else { return }
        self[number].groups += self[number].unsynced.map(\.record)
        self[number].unsynced = []
        step(number, .persisted(through: last.ticket))
    }

    /// Delivers what is on its way between replicas that are up and hear each other; in wire form. Returns how many.
    @discardableResult
    func deliver(where isWanted: (ReplicaMessage) -> Bool = { _ in true }) -> Int {
        let wanted = messages.filter(isWanted)
        messages.removeAll(where: isWanted)
        for message in wanted {
            guard let from = number(message.from), let to = number(message.to), self[to].isUp,
                !cut.contains([from, to])
            else { continue }
            var writer = ByteWriter()
            message.encode(to: &writer)
            var reader = ByteReader(writer.bytes)
            guard let received = try? ReplicaMessage(from: &reader) else {
                Issue.record("a message does not survive its wire form")
                continue
            }
            step(to, .received(received))
        }
        return wanted.count
    }

    /// The directory answers the oldest swap. `lost: true` keeps the answer from the one who asked.
    func swap(isAnswerLost: Bool = false) {
        guard !swaps.isEmpty else { return }
        let (from, record) = swaps.removeFirst()
        let result: SwapResult
        if record == directory {
            result = .succeeded(directory)
        } else if record.epoch == directory.epoch.next {
            directory = record
            transcript.append("record \(describe(record))")
            result = .succeeded(record)
        } else {
            result = .lost(directory)
        }
        if self[from].isUp { step(from, .swapFinished(isAnswerLost ? .unknown : result)) }
    }

    /// Everything goes on until nothing more happens.
    func settle(syncing: Bool = true) {
        for _ in 0..<200 {
            var didAnything = false
            if syncing {
                for number in 1...replicas.count where self[number].isUp && !self[number].unsynced.isEmpty {
                    sync(number)
                    didAnything = true
                }
            }
            if !swaps.isEmpty {
                swap()
                didAnything = true
            }
            if deliver() > 0 { didAnything = true }
            if !didAnything { return }
        }
        Issue.record("the ensemble does not come to rest")
    }

    // MARK: Processes

    func start(_ number: Int, condition: LogCondition = .whole) {
        let replica = self[number]
        let store = SimulatedStore(member: replica.member, note: .learner)
        store.replaceGroups([replica.groups])
        let contents = store.contents()
        replica.machine = ReplicaMachine(shard: Self.shard, me: replica.member, settings: settings)
        replica.isUp = true
        replica.service = .none
        replica.rows = min(replica.rows, contents.log.last.sequence)
        // Its promises begin anew, and so do those to it.
        for index in replicas.indices where index != number - 1 {
            leaseViews[index].peers[replica.member.node]?.heldGeneration = nil
            let promised = leaseViews[number - 1].peers[replicas[index].member.node]?.grantedGeneration ?? 0
            leaseViews[number - 1].peers[replicas[index].member.node]?.grantedGeneration = promised + 1
            leaseViews[number - 1].peers[replicas[index].member.node]?.graceUntil = now + settings.grace
            leaseViews[index].peers[replica.member.node]?.heldGeneration = promised + 1
        }
        step(
            number,
            .start(
                RecoveredReplica(
                    note: contents.note, log: contents.log, committed: replica.rows, applied: replica.rows,
                    condition: condition, nonce: UInt64(number) << 32 | now.nanoseconds)))
    }

    func startAll() {
        for number in 1...replicas.count { start(number) }
        run(.seconds(6))
    }

    /// The process ends; what was not synced is gone, or only part of it.
    func crash(_ number: Int, keepingUnsynced count: Int = 0) {
        self[number].groups += self[number].unsynced.prefix(count).map(\.record)
        self[number].unsynced = []
        self[number].isUp = false
    }

    /// Takes the last synced record of a log away, as damage does.
    func damage(_ number: Int, records: Int = 1) { self[number].groups.removeLast(records) }

    // MARK: Clients

    /// Proposes; returns the token to look the answer up with.
    @discardableResult
    func propose(_ number: Int, _ text: String = "x") -> UInt64 {
        lastToken += 1
        step(
            number,
            .propose(
                Proposal(
                    token: ProposalToken(lastToken),
                    request: RequestID(session: 1, slot: 0, counter: lastToken), applyVersion: 1,
                    time: WallTime(milliseconds: 5), command: Array(text.utf8))))
        return lastToken
    }

    // MARK: Text

    func describe(_ record: ShardRecord) -> String {
        func name(_ member: Member) -> String { "\(number(member) ?? 0)" }
        let heirs = record.heirs.isEmpty ? "" : " heirs \(record.heirs.map(name).joined(separator: ","))"
        return
            "\(record.epoch): leader \(name(record.leader)) of \(record.members.map(name).joined(separator: ","))\(heirs)"
    }
}
