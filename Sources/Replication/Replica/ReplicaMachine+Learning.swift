internal import Core

/// A checkpoint being installed by a learner.
struct Install: Sendable {
    var checkpoint: CheckpointID
    var position: LogPosition
    /// Every chunk before this one is installed.
    var next: UInt32 = 0
    var isInstalling = false
    var isDone = false
    /// Chunks that came ahead of their turn; bounded by the leader's window.
    var waiting: [(index: UInt32, bytes: [UInt8], isLast: Bool)] = []
    var last: UInt32?
}

/// Learning: a checkpoint of the leader's rows, then the log behind it, then live entries.
///
/// The leader holds its journal from the checkpoint's position on, so the log that follows is there. The learner's log
/// begins at that position once all rows are durable. Both ends forget the transfer when either begins anew: the leader's
/// checkpoint has a number, the learner's store an incarnation.
extension ReplicaMachine {
    // MARK: The leader's side

    mutating func beginTransfer(_ peer: inout Peer, _ report: TailReport) {
        peer.phase = .transferring
        peer.resendAt = now + settings.resend
        guard var transfer = peer.transfer else {
            let number = (leadership?.lastCheckpoint ?? 0) + 1
            leadership?.lastCheckpoint = number
            peer.transfer = Transfer(checkpoint: CheckpointID(epoch: epoch, number: number))
            out.append(.startCheckpoint(for: peer.member))
            return
        }
        // Go on where the learner stands; what it has not, is read again.
        transfer.acknowledged = report.installing == transfer.checkpoint ? report.nextChunk : 0
        transfer.next = transfer.acknowledged
        transfer.chunks = []
        transfer.last = nil
        peer.transfer = transfer
    }

    mutating func checkpointReady(for member: Member, applied: SequenceNumber) {
        guard let index = peerIndex(member), leadership?.peers[index].transfer != nil else {
            out.append(.endLearner(member))
            return
        }
        if let position = log.position(at: applied) {
            leadership?.peers[index].transfer?.position = position
        } else {
            out.append(.endLearner(member))
            out.append(.startCheckpoint(for: member))
        }
    }

    mutating func checkpointFailed(for member: Member) {
        guard let index = peerIndex(member), leadership?.peers[index].transfer?.position == nil else { return }
        leadership?.peers[index].transfer = nil
        if leadership?.peers[index].phase == .transferring { leadership?.peers[index].phase = .closed }
    }

    mutating func feedTransfer(_ peer: inout Peer) {
        guard var transfer = peer.transfer, let position = transfer.position else { return }
        if now >= peer.resendAt {
            peer.resendAt = now + settings.resend
            for chunk in transfer.chunks { sendChunk(chunk, of: transfer, at: position, to: peer) }
        }
        if !transfer.isReading, transfer.last == nil,
            transfer.next - transfer.acknowledged < UInt32(settings.chunkWindow)
        {
            transfer.isReading = true
            out.append(.readChunk(for: peer.member, index: transfer.next))
        }
        peer.transfer = transfer
    }

    private mutating func sendChunk(
        _ chunk: (index: UInt32, bytes: [UInt8], isLast: Bool), of transfer: Transfer, at position: LogPosition,
        to peer: Peer
    ) {
        send(
            .chunk(
                stream: peer.stream, transfer.checkpoint, position: position, index: chunk.index, bytes: chunk.bytes,
                checksum: CRC32C.of(chunk.bytes), isLast: chunk.isLast), to: peer.member)
    }

    mutating func chunkRead(for member: Member, index chunkIndex: UInt32, bytes: [UInt8], isLast: Bool) {
        guard let index = peerIndex(member), var peer = leadership?.peers[index], var transfer = peer.transfer else {
            return
        }
        transfer.isReading = false
        if peer.phase == .transferring, let position = transfer.position, chunkIndex == transfer.next {
            transfer.next += 1
            if isLast { transfer.last = chunkIndex }
            if transfer.chunks.isEmpty { peer.resendAt = now + settings.resend }
            transfer.chunks.append((chunkIndex, bytes, isLast))
            sendChunk((chunkIndex, bytes, isLast), of: transfer, at: position, to: peer)
        }
        peer.transfer = transfer
        leadership?.peers[index] = peer
    }

    mutating func chunkAcknowledged(by member: Member, stream: UInt64, _ checkpoint: CheckpointID, next: UInt32) {
        guard role == .leader, isSettled, let index = peerIndex(member), var peer = leadership?.peers[index],
            peer.stream == stream, peer.phase == .transferring, var transfer = peer.transfer,
            transfer.checkpoint == checkpoint, next > transfer.acknowledged, next <= transfer.next
        else { return }
        transfer.acknowledged = next
        transfer.chunks.removeAll { $0.index < next }
        peer.resendAt = now + settings.resend
        peer.transfer = transfer
        if let last = transfer.last, next > last, let position = transfer.position {
            beginStreaming(&peer, from: position.sequence)
        }
        leadership?.peers[index] = peer
    }

    // MARK: The learner's side

    mutating func chunkReceived(
        stream: UInt64, _ checkpoint: CheckpointID, position: LogPosition, index: UInt32, bytes: [UInt8], isLast: Bool,
        from leader: Member
    ) {
        guard role == .learner, isSettled, note.record?.leader == leader else { return }
        guard let current = following.stream, current >= stream else {
            return send(.noStream(stream: stream), to: leader)
        }
        guard current == stream else { return }
        if hasRows { return acknowledgeCheckpoint() }
        if following.install?.checkpoint != checkpoint {
            following.install = Install(checkpoint: checkpoint, position: position)
            out.append(.beginInstall(checkpoint, position: position))
        }
        guard let install = following.install, index >= install.next else { return acknowledgeCheckpoint() }
        let isKnown = install.waiting.contains { $0.index == index }
        if !isKnown, index - install.next <= UInt32(settings.chunkWindow) {
            following.install?.waiting.append((index, bytes, isLast))
        }
        installNext()
    }

    private mutating func installNext() {
        guard var install = following.install, !install.isInstalling,
            let place = install.waiting.firstIndex(where: { $0.index == install.next })
        else { return }
        let chunk = install.waiting.remove(at: place)
        install.isInstalling = true
        if chunk.isLast { install.last = chunk.index }
        following.install = install
        out.append(
            .installChunk(install.checkpoint, index: chunk.index, bytes: chunk.bytes, isLast: chunk.isLast))
    }

    mutating func chunkInstalled(_ checkpoint: CheckpointID, index: UInt32) {
        guard role != .failed, var install = following.install, install.checkpoint == checkpoint,
            install.isInstalling, index == install.next
        else { return }
        install.isInstalling = false
        install.next += 1
        install.isDone = install.last == index
        following.install = install
        guard install.isDone else {
            acknowledgeCheckpoint()
            return installNext()
        }
        note.checkpoint = install.position
        log = LogOutline(start: install.position)
        window = EntryWindow()
        durable = install.position.sequence
        committed = install.position.sequence
        applied = install.position.sequence
        writeNote()
    }

    mutating func acknowledgeCheckpoint() {
        guard role == .learner, isSettled, let leader = note.record?.leader, let stream = following.stream,
            let install = following.install
        else { return }
        send(.chunkAcknowledge(stream: stream, install.checkpoint, next: install.next), to: leader)
    }
}
