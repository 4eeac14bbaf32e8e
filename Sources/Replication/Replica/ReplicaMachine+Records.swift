internal import Core

/// Records and epochs: starting, adopting a higher record, entering its epoch.
///
/// A higher record ends at once all that was done in the lower epoch; what the new one asks for begins when it is durable.
extension ReplicaMachine {
    mutating func start(_ recovered: RecoveredReplica) {
        precondition(role == .unstarted, "a machine is started once")
        note = recovered.note
        durableRecord = note.record
        log = recovered.log
        durable = log.last.sequence
        // What a learner's store holds before its checkpoint was noted is nothing.
        applied = hasRows ? recovered.applied : .zero
        committed = min(max(hasRows ? recovered.committed : .zero, log.start.sequence), log.last.sequence)
        nonce = recovered.nonce
        memberSince = now
        role = .waiting
        // Rows ahead of the log mean that entries which had been applied are gone from it.
        if recovered.condition == .damaged || applied > log.last.sequence {
            enteredEpoch = note.record?.epoch
            fail()
            return
        }
        if recovered.condition == .cut, !note.isUnsure, settings.rules.contains(.unsureAfterCut) {
            note.isUnsure = true
            writeNote()
        }
        if committed > applied { out.append(.commit(through: committed)) }
        readDirectory()
        if isSettled { enterEpoch() }
    }

    /// Takes note of a record that somebody holds: the directory, or another replica.
    mutating func see(_ record: ShardRecord) {
        guard record.shard == shard, record.epoch > epoch, role != .unstarted else { return }
        let isOwnSwap = swap?.record == record
        let isContinued = isOwnSwap && role == .leader && record.leader == me
        if isOwnSwap, role == .candidate, record.leader == me {
            if case .restart = candidacy { wonEpoch = (record.epoch, true) } else { wonEpoch = (record.epoch, false) }
        }
        if !isContinued { stepDown() }
        let wasListed = note.record?.isMember(me) ?? false
        if record.isMember(me), !wasListed { memberSince = now }
        note.record = record
        note.promotedFrom = nil
        if record.isMember(me) { note.wasMember = true }
        swap = nil
        inquiry = nil
        candidacy = nil
        following = Following(announced: following.announced, install: following.install)
        if record.leader != me { release = nil }
        switch role {
        case .failed:
            // A swap of its own, or its release, has come too late: it must not be the leader.
            if record.leader == me, release == nil { release = Release(reason: .damaged, preferred: [], at: now) }
            return
        case .released where release != nil: break
        case .leader where isContinued: closeStreams()
        default: role = .waiting
        }
        writeNote()
    }

    /// The present record is durable: become what it says.
    mutating func enterEpoch() {
        guard canWrite else { return }
        enteredEpoch = note.record?.epoch
        guard let record = note.record else {
            role = .learner
            return
        }
        if record.leader == me {
            if release != nil {
                role = .released
            } else if leadership != nil {
                reopenStreams()
            } else if let wonEpoch, wonEpoch.epoch == record.epoch {
                beginLeadership(afterRestart: wonEpoch.afterRestart)
            } else if settings.rules.contains(.newEpochAtRestart) {
                role = .candidate
                candidacy = .restart
            } else {
                beginLeadership(afterRestart: true)
            }
        } else if record.isMember(me) {
            role = .follower
            greetIfAnnounced()
        } else if !note.wasMember {
            role = .learner
            greetIfAnnounced()
        } else {
            role = .outsider
            retireAskAt = nil
        }
    }

    mutating func readDirectory() {
        guard directoryReadAfter == nil else { return }
        directoryReadAfter = epoch
        out.append(.readDirectory)
    }

    mutating func directoryRead(_ record: ShardRecord) {
        guard let known = directoryReadAfter else { return }
        directoryReadAfter = nil
        if record.epoch < known { freeze() } else { see(record) }
    }

    /// The directory holds less than it once did: whoever acted on that might exist twice. Keep what is, change nothing.
    mutating func freeze() {
        guard !isFrozen else { return }
        isFrozen = true
        swap = nil
        out.append(.halt(.directoryRolledBack))
    }

    mutating func halt(_ alarm: Alarm) {
        guard role != .halted else { return }
        if role != .leader, let leader = note.record?.leader, leader != me { send(.halted(alarm), to: leader) }
        stepDown()
        role = .halted
        out.append(.halt(alarm))
    }

    mutating func send(_ body: ReplicaMessage.Body, to member: Member) {
        out.append(.send(ReplicaMessage(shard: shard, epoch: epoch, from: me, to: member, body: body)))
    }

    // MARK: Swaps

    /// Asks for the swap, once at a time; the answer to an earlier one is waited for first.
    mutating func request(_ record: ShardRecord) {
        swap = PendingSwap(record: record, retryAt: now)
        repeatSwapIfDue()
    }

    mutating func repeatSwapIfDue() {
        guard let pending = swap, outstandingSwap == nil, now >= pending.retryAt, !isFrozen else { return }
        outstandingSwap = pending.record.epoch
        out.append(.swap(pending.record))
    }

    mutating func swapFinished(_ result: SwapResult) {
        let asked = outstandingSwap
        outstandingSwap = nil
        switch result {
        case .succeeded(let record): see(record)
        case .lost(let record):
            // The epoch before the one asked for was adopted here before the swap was sent.
            if let asked, record.epoch.next < asked {
                freeze()
            } else {
                see(record)
                swap?.retryAt = now + settings.swapRetry
            }
        case .unknown:
            if role == .leader, !settings.rules.contains(.unknownSwaps) {
                // As if no answer meant no effect: forget it, and go on in the old epoch for a while.
                swap = nil
                swapsPausedUntil = now + settings.lonelyAcknowledgementLimit
            } else {
                swap?.retryAt = now + settings.swapRetry
            }
        }
    }
}

/// A compare-and-swap whose effect is not known. Until it is, both its outcomes are provided for.
struct PendingSwap: Sendable {
    var record: ShardRecord
    var retryAt: Instant
}
