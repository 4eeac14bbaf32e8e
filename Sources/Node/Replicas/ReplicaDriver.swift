import Core
import Journal
import KeyValue
import Metadata
import Replication
import Synchronization

/// The state of a running replica, confined to its task: steps the machine, carries its effects out, applies entries.
final class ReplicaDriver {
    /// Entries between two digests of the rows.
    static let digestInterval: UInt64 = 10_000

    let replica: ShardReplica
    var machine: ReplicaMachine
    var state: ShardState
    var isRunning = true
    /// Nothing is applied any more.
    private var hasFailed = false
    /// Entries that are in the log and not applied yet; what is missing here is read from the journal.
    var unapplied: [SequenceNumber: LogEntry] = [:]
    var commitTarget = SequenceNumber.zero
    /// Results of entries of ours, until `accepted` asks for them or the other way round.
    private var results: [SequenceNumber: CommandResult] = [:]
    private var awaitingApply: [SequenceNumber: OneShot<ProposalOutcome>] = [:]
    private var proposals: [ProposalToken: OneShot<ProposalOutcome>] = [:]
    private var nextToken = ProposalToken(1)
    /// Own digests by sequence, to compare with the leader's claims.
    var digests: [SequenceNumber: UInt64] = [:]
    /// Writes collected during one batch of inputs, handed to the journal as one.
    private var records: [JournalRecord] = []
    private var lastTicket: WriteTicket?
    private var events: [ReplicaEvent] = []
    var jobs: [@Sendable () async -> Void] = []
    var checkpoints: [Member: OutgoingCheckpoint] = [:]

    init(replica: ShardReplica, machine: ReplicaMachine, state: ShardState) {
        self.replica = replica
        self.machine = machine
        self.state = state
    }

    var environment: any ReplicaEnvironment { replica.environment }
    var journal: Journal { replica.host.journal }

    func takeJobs() -> [@Sendable () async -> Void] {
        defer { jobs = [] }
        return jobs
    }

    func queue(_ event: ReplicaEvent) { events.append(event) }

    func take(_ inputs: [ShardReplica.Input]) async {
        for input in inputs where isRunning {
            switch input {
            case .event(let event): queue(event)
            case .persisted(let ticket): queue(.persisted(through: ticket))
            case .flushed(let sequence):
                journal.hold(replica.store, for: .rows, from: sequence.next)
                queue(.trimmed(through: sequence))
            case .propose(let command, let request, let reply):
                let token = nextToken
                nextToken = nextToken.next
                proposals[token] = reply
                queue(
                    .propose(
                        Proposal(
                            token: token, request: request, applyVersion: 1, time: environment.clock.wallTime,
                            command: command)))
            case .stop: isRunning = false
            }
        }
        await settle()
    }

    /// Steps the machine until nothing is left to do, then hands the collected writes to the journal.
    func settle() async {
        while isRunning {
            while !events.isEmpty, isRunning {
                let batch = events
                events = []
                for event in batch { await step(event) }
            }
            flushRecords()
            guard state.applied < commitTarget, isRunning else { break }
            await apply(limit: 1024)
        }
        flushRecords()
    }

    private func step(_ event: ReplicaEvent) async {
        var effects: [ReplicaEffect] = []
        let now = environment.clock.now
        machine.step(event, now: now, leases: environment.leases(), into: &effects)
        for effect in effects { await carryOut(effect) }
    }

    func write(_ record: JournalRecord, ticket: WriteTicket) {
        records.append(record)
        lastTicket = ticket
    }

    private func flushRecords() {
        guard !records.isEmpty, let ticket = lastTicket else { return }
        let batch = records
        records = []
        lastTicket = nil
        let replica = replica
        journal.append(batch) { result in
            switch result {
            case .success: replica.mailbox.send(.persisted(ticket))
            case .failure(let error):
                replica.environment.driveFailed(replica.host, ErrorText.of(error))
                replica.mailbox.send(.event(.driveFailed))
            }
        }
    }

    // MARK: Applying

    private func apply(limit: Int) async {
        guard !hasFailed else {
            commitTarget = state.applied
            return
        }
        var count = 0
        while state.applied < commitTarget, count < limit {
            let sequence = state.applied.next
            if unapplied[sequence] == nil { await loadEntries(from: sequence) }
            guard let entry = unapplied.removeValue(forKey: sequence) else { return }
            guard applyEntry(entry) else { return }
            count += 1
        }
        replica.index.applied()
        queue(.applied(through: state.applied))
    }

    /// After a restart committed entries are in the journal only.
    private func loadEntries(from sequence: SequenceNumber) async {
        do {
            let payloads = try await journal.read(replica.store, from: sequence, maximumBytes: 4 << 20)
            for payload in payloads {
                var reader = ByteReader(payload)
                let entry = try LogEntry(from: &reader)
                if unapplied[entry.sequence] == nil { unapplied[entry.sequence] = entry }
            }
        } catch {
            fail(error, "entry \(sequence) cannot be read")
        }
    }

    private func applyEntry(_ entry: LogEntry) -> Bool {
        let request = RequestName(
            session: entry.request.session, slot: entry.request.slot, counter: entry.request.counter)
        do throws(RowError) {
            let result = try state.apply(
                sequence: entry.sequence, epoch: entry.epoch, request: request, time: entry.leaderTime,
                command: entry.kind == .client ? entry.command : nil)
            // Before anybody hears of it: a search that begins after the answer waits for this sequence.
            replica.published.withLock { $0.applied = entry.sequence }
            if entry.kind == .client { answer(entry.sequence, result) }
        } catch {
            fail(error, "entry \(entry.sequence) cannot be applied")
            return false
        }
        if entry.sequence.rawValue.isMultiple(of: Self.digestInterval) {
            digests[entry.sequence] = state.digest
            if digests.count > 4, let oldest = digests.keys.min() { digests[oldest] = nil }
            var writer = ByteWriter()
            writer.write(state.digest)
            queue(.digest(DigestClaim(sequence: entry.sequence, digest: writer.bytes)))
        }
        if entry.kind == .digest { compareDigest(entry) }
        return true
    }

    private func compareDigest(_ entry: LogEntry) {
        var reader = ByteReader(entry.command)
        guard let claim = try? DigestClaim(from: &reader), let own = digests[claim.sequence] else { return }
        var writer = ByteWriter()
        writer.write(own)
        if writer.bytes != claim.digest {
            hasFailed = true
            environment.replicaFailed(replica, "its rows differ from the leader's at entry \(claim.sequence)")
        }
    }

    private func answer(_ sequence: SequenceNumber, _ result: CommandResult) {
        if let reply = awaitingApply.removeValue(forKey: sequence) {
            reply.send(.applied(result))
        } else if !proposals.isEmpty {
            results[sequence] = result
            if results.count > 16_384, let oldest = results.keys.min() { results[oldest] = nil }
        }
    }

    func accepted(_ token: ProposalToken, _ sequence: SequenceNumber) {
        guard let reply = proposals.removeValue(forKey: token) else { return }
        if let result = results.removeValue(forKey: sequence) {
            reply.send(.applied(result))
        } else if sequence <= state.applied {
            reply.send(.unknown)
        } else {
            awaitingApply[sequence] = reply
        }
    }

    func refused(_ token: ProposalToken, _ refusal: Refusal) {
        proposals.removeValue(forKey: token)?.send(.refused(refusal))
    }

    func unknownOutcome(_ token: ProposalToken) { proposals.removeValue(forKey: token)?.send(.unknown) }

    /// The rows or the log of this replica are lost; the machine hands the leadership over. Where the drive does not read
    /// or write, all of its replicas are; where it does, and what it reads is wrong, only this one is.
    func fail(_ error: any Error, _ doing: String) {
        guard !hasFailed else { return }
        hasFailed = true
        let reason = "\(doing): \(ErrorText.of(error))"
        switch error {
        case is KeyValueError, is DriveError, RowError.store, JournalError.failed, JournalError.closed:
            environment.log.error(
                "replica failed", ["shard": "\(replica.shard)", "drive": replica.host.path, "reason": reason])
            environment.driveFailed(replica.host, reason)
            queue(.driveFailed)
        default:
            environment.replicaFailed(replica, reason)
        }
    }

    /// What was collected for the journal is not written: the store is gone.
    func dropRecords() {
        records = []
        lastTicket = nil
    }

    /// Nobody who waits is left without an answer.
    func abandon() {
        for reply in awaitingApply.values { reply.send(.unknown) }
        for reply in proposals.values { reply.send(.unknown) }
        awaitingApply = [:]
        proposals = [:]
    }
}
