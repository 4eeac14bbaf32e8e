import Core
import Journal
import KeyValue
import Metadata
import Replication
import Synchronization

extension ReplicaDriver {
    /// Effects are carried out in the order in which the machine gave them.
    func carryOut(_ effect: ReplicaEffect) async {
        let replica = replica
        let environment = environment
        switch effect {
        case .append(let entries, let ticket):
            for entry in entries {
                var writer = ByteWriter(reserving: entry.encodedSizeBytes)
                entry.encode(to: &writer)
                write(
                    JournalRecord(
                        store: replica.store, kind: .entry, sequence: entry.sequence, payload: writer.bytes),
                    ticket: ticket)
                unapplied[entry.sequence] = entry
            }
        case .truncate(let sequence, let ticket):
            unapplied = unapplied.filter { $0.key <= sequence }
            write(
                JournalRecord(store: replica.store, kind: .truncate, sequence: sequence, payload: []), ticket: ticket)
        case .note(let note, let ticket):
            let wrapped = ReplicaNote(shard: replica.shard, incarnation: replica.me.incarnation, note: note)
            write(
                JournalRecord(store: replica.store, kind: .note, sequence: .zero, payload: wrapped.encoded()),
                ticket: ticket)
            if let record = note.record { replica.published.withLock { $0.record = record } }
        case .send(let message):
            var writer = ByteWriter(reserving: 512)
            message.encode(to: &writer)
            environment.send(writer.bytes, to: message.to)
        case .commit(let sequence):
            commitTarget = max(commitTarget, sequence)
            replica.published.withLock { $0.committed = commitTarget }
        case .accepted(let token, let sequence): accepted(token, sequence)
        case .refused(let token, let refusal, _): refused(token, refusal)
        case .unknownOutcome(let token): unknownOutcome(token)
        case .swap(let record):
            jobs.append {
                replica.mailbox.send(.event(.swapFinished(await environment.swap(record))))
            }
        case .readDirectory:
            jobs.append {
                if let record = await environment.readDirectory(replica.shard) {
                    replica.mailbox.send(.event(.directoryRead(record)))
                }
            }
        case .readEntries(let member, let first, let limit): readEntries(for: member, first, limit)
        case .startCheckpoint(let member): startCheckpoint(for: member)
        case .readChunk(let member, let index): readChunk(for: member, index)
        case .endLearner(let member):
            checkpoints[member] = nil
            if checkpoints.isEmpty { journal.release(replica.store, for: .learner) }
        case .beginInstall: await beginInstall()
        case .installChunk(let checkpoint, let index, let bytes, let isLast):
            await install(checkpoint, index, bytes, isLast: isLast)
        case .publish(let service):
            replica.published.withLock { $0.service = service }
        case .retire: await retire()
        case .halt(let alarm):
            environment.log.error(
                "shard halted: an operator is needed",
                ["shard": "\(replica.shard)", "drive": replica.host.path, "alarm": "\(alarm)"])
            replica.published.withLock { $0.halted = alarm }
        case .setTimer(let moment): replica.published.withLock { $0.timer = moment }
        }
    }

    private func readEntries(for member: Member, _ first: SequenceNumber, _ limit: Int) {
        let replica = replica
        jobs.append {
            var entries: [LogEntry] = []
            if let payloads = try? await replica.host.journal.read(replica.store, from: first, maximumBytes: limit) {
                for payload in payloads {
                    var reader = ByteReader(payload)
                    guard let entry = try? LogEntry(from: &reader) else { break }
                    entries.append(entry)
                }
            }
            replica.mailbox.send(.event(.entriesRead(for: member, from: first, entries: entries)))
        }
    }

    // MARK: Checkpoints

    /// The cursors pin the rows as they are now, between two entries.
    private func startCheckpoint(for member: Member) {
        do throws(KeyValueError) {
            checkpoints[member] = try OutgoingCheckpoint(rows: replica.host.rows, store: replica.store)
            journal.hold(replica.store, for: .learner, from: state.applied.next)
            queue(.checkpointReady(for: member, applied: state.applied))
        } catch {
            queue(.checkpointFailed(for: member))
            fail(error, "checkpoint")
        }
    }

    private func readChunk(for member: Member, _ index: UInt32) {
        guard let checkpoint = checkpoints[member] else { return }
        do throws(KeyValueError) {
            guard let chunk = try checkpoint.chunk(index) else { return }
            queue(.chunkRead(for: member, index: index, bytes: chunk.bytes, isLast: chunk.isLast))
        } catch {
            fail(error, "checkpoint")
        }
    }

    private func beginInstall() async {
        do {
            try replica.host.rows.write(OutgoingCheckpoint.clearing(replica.store))
            state = try ShardState(rows: replica.host.rows, store: replica.store)
            unapplied = [:]
            commitTarget = .zero
        } catch {
            fail(error, "rows")
        }
    }

    /// The last piece is answered when rows and applied sequence are flushed and the log's new beginning is durable.
    private func install(_ checkpoint: CheckpointID, _ index: UInt32, _ bytes: [UInt8], isLast: Bool) async {
        do {
            try replica.host.rows.write(OutgoingCheckpoint.batch(of: bytes, store: replica.store))
            if isLast {
                let rows = replica.host.rows
                let flushed = await environment.compute.run { () -> Result<Void, KeyValueError> in
                    do throws(KeyValueError) { return .success(try rows.flush()) } catch { return .failure(error) }
                }
                try flushed.get()
                state = try ShardState(rows: rows, store: replica.store)
                commitTarget = state.applied
                try await journal.append([
                    JournalRecord(store: replica.store, kind: .reset, sequence: state.applied, payload: [])
                ])
                journal.hold(replica.store, for: .rows, from: state.applied.next)
                publishReader()
                replica.index.mailbox.send(.rowsReplaced)
            }
            queue(.chunkInstalled(checkpoint, index: index))
        } catch {
            fail(error, "checkpoint")
        }
    }

    func publishReader() {
        let reader = state.reader
        let (applied, record) = (state.applied, replica.published.withLock { $0.record })
        replica.published.withLock { published in
            published.reader = reader
            published.applied = applied
            published.record = record
        }
    }

    /// Rows first, the journal's memory of the store last: a crash in between retires it again.
    private func retire() async {
        isRunning = false
        dropRecords()
        replica.index.mailbox.send(.retire)
        do {
            try replica.host.rows.write(OutgoingCheckpoint.clearing(replica.store))
            try await journal.append([
                JournalRecord(store: replica.store, kind: .forget, sequence: .zero, payload: [])
            ])
        } catch {
            environment.log.warning(
                "a retired replica's rows could not be removed",
                ["shard": "\(replica.shard)", "drive": replica.host.path, "error": "\(error)"])
        }
        environment.retired(replica)
    }
}
