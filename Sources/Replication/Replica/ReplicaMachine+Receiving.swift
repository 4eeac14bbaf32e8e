internal import Core

/// Which message goes where. Every message carries its sender's epoch: lower ones are rejected with the record, higher
/// ones count only if they carry the record.
extension ReplicaMachine {
    mutating func receive(_ message: ReplicaMessage) {
        guard message.shard == shard, message.to == me, role != .unstarted else { return }
        let sender = message.from
        if role == .failed { return receiveWhileFailed(message) }
        switch message.body {
        // These carry the record of their epoch.
        case .announce(let record, let stream) where record.epoch == message.epoch:
            announced(record, stream: stream, from: sender)
        case .release(let record, let reason) where record.epoch == message.epoch:
            released(record, reason, by: sender)
        case .askTail(let record, let nonce) where record.epoch == message.epoch:
            askedForTail(record, nonce: nonce, by: sender)
        case .superseded(let record): see(record)
        case .announce, .release, .askTail: break
        default:
            guard message.epoch == epoch else {
                if message.epoch < epoch, message.body.expectsAnswer { reject(sender) }
                return
            }
            receiveInEpoch(message.body, from: sender)
        }
    }

    private mutating func receiveInEpoch(_ body: ReplicaMessage.Body, from sender: Member) {
        switch body {
        case .append(let stream, let previous, let entries, let committed):
            appended(stream: stream, previous: previous, entries: entries, committed: committed, from: sender)
        case .greet(let stream, let report, let generation):
            greeted(by: sender, stream: stream, report, generation: generation)
        case .acknowledge(let stream, let durable, let generation, let unsureNonce):
            acknowledged(
                by: sender, stream: stream, durable: durable, generation: generation, unsureNonce: unsureNonce)
        case .mismatch(let stream, let report): mismatched(with: sender, stream: stream, report)
        case .noStream(let stream): streamIsUnknown(to: sender, stream: stream)
        case .tail(let nonce, let last, let isSure): tailReceived(from: sender, nonce: nonce, last, isSure: isSure)
        case .confirm(let nonce, let through): confirmed(nonce: nonce, through: through, from: sender)
        case .resign(let reason): resigned(sender, reason)
        case .chunk(let stream, let checkpoint, let position, let index, let bytes, _, let isLast):
            chunkReceived(
                stream: stream, checkpoint, position: position, index: index, bytes: bytes, isLast: isLast,
                from: sender)
        case .chunkAcknowledge(let stream, let checkpoint, let next):
            chunkAcknowledged(by: sender, stream: stream, checkpoint, next: next)
        case .askRetire(let position): askedToRetire(sender, committed: position)
        case .mayRetire: mayRetire(from: sender)
        case .dismiss: dismissed(by: sender)
        case .halted(let alarm): if role == .leader { halt(alarm) }
        case .announce, .release, .askTail, .superseded: break
        }
    }

    /// A failed replica says so, and goes on looking for the record that leaves it out.
    private mutating func receiveWhileFailed(_ message: ReplicaMessage) {
        switch message.body {
        case .announce(let record, _): see(record)
        case .superseded(let record), .release(let record, _), .askTail(let record, _): see(record)
        default: break
        }
        guard message.body.expectsAnswer, message.epoch >= epoch else { return }
        out.append(
            .send(
                ReplicaMessage(
                    shard: shard, epoch: message.epoch, from: me, to: message.from, body: .resign(.damaged))))
    }
}

extension ReplicaMessage.Body {
    /// Whether the sender of a lower epoch should be told of the present one. Not for answers: their receiver is the
    /// leader of a higher epoch anyway.
    var expectsAnswer: Bool {
        switch self {
        case .announce, .append, .chunk, .release, .askTail, .confirm, .askRetire: true
        default: false
        }
    }
}
