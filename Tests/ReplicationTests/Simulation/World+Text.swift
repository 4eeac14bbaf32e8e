import Core
import Replication

/// Short names for traces.
extension World {
    func text(_ node: NodeID) -> String { "n\(node.low)" }
    func text(_ member: Member) -> String { "n\(member.node.low)/d\(member.drive.low)#\(member.incarnation)" }
    func text(_ record: ShardRecord) -> String {
        "{\(record.epoch) \(text(record.leader)) of \(record.members.map(text)) heirs \(record.heirs.map(text))}"
    }

    func text(_ body: ReplicaMessage.Body) -> String {
        switch body {
        case .announce(let record, let stream): "announce(\(text(record)), stream \(stream))"
        case .greet(let stream, let report, let generation):
            "greet(stream \(stream), \(report.log.start)..\(report.log.last), committed \(report.committed), "
                + "rows \(report.hasRows), generation \(generation % 1000))"
        case .append(let stream, let previous, let entries, let committed):
            "append(stream \(stream), after \(previous), \(entries.map { "\($0.position)" }), committed \(committed))"
        case .acknowledge(let stream, let durable, let generation, let nonce):
            "acknowledge(stream \(stream), \(durable), generation \(generation % 1000), \(nonce == nil ? "" : "unsure"))"
        case .superseded(let record): "superseded(\(text(record)))"
        case .release(let record, let reason): "release(\(text(record)), \(reason))"
        case .chunk(let stream, let checkpoint, let position, let index, _, _, let isLast):
            "chunk(stream \(stream), \(checkpoint.number), \(position), \(index), \(isLast))"
        default: "\(body)"
        }
    }

    func text(_ event: ReplicaEvent) -> String {
        switch event {
        case .received(let message): "\(text(message.from)) in \(message.epoch): \(text(message.body))"
        case .directoryRecord(let record): "directory shows \(text(record))"
        case .directoryRead(let record): "directory read \(text(record))"
        case .start(let recovered):
            "start \(recovered.log.start)..\(recovered.log.last), applied \(recovered.applied), \(recovered.condition), "
                + "unsure \(recovered.note.isUnsure), decided \(recovered.note.promotedFrom.map { "\($0)" } ?? "-"), "
                + (recovered.note.record.map(text) ?? "no record")
        case .memberDown(let member): "down \(text(member))"
        case .memberUp(let member): "up \(text(member))"
        case .addLearner(let member): "add learner \(text(member))"
        case .remove(let member): "remove \(text(member))"
        case .swapFinished(.succeeded(let record)): "swap succeeded \(text(record))"
        case .swapFinished(.lost(let record)): "swap lost to \(text(record))"
        case .propose(let proposal): "propose \(proposal.token) \(proposal.request.session).\(proposal.request.counter)"
        case .entriesRead(let member, let from, let entries): "read \(entries.count) from \(from) for \(text(member))"
        case .checkpointReady(let member, let applied): "checkpoint for \(text(member)) at \(applied)"
        case .chunkRead(let member, let index, _, _): "chunk \(index) for \(text(member))"
        default: "\(event)"
        }
    }

    func text(_ effect: ReplicaEffect) -> String? {
        switch effect {
        case .setTimer: nil
        case .send(let message): "to \(text(message.to)) in \(message.epoch): \(text(message.body))"
        case .append(let entries, let ticket): "append \(entries.map { "\($0.position)" }) ticket \(ticket)"
        case .note(let note, let ticket):
            "note ticket \(ticket): unsure \(note.isUnsure), decided \(note.promotedFrom.map { "\($0)" } ?? "-"), "
                + (note.record.map(text) ?? "no record")
        case .swap(let record): "swap \(text(record))"
        case .refused(let token, let refusal, _): "refused \(token) \(refusal)"
        case .publish(let service):
            "publish \(service.epoch) reads \(service.reads.map { "\($0.count)" } ?? "no") writes \(service.writes)"
        case .startCheckpoint(let member): "start checkpoint for \(text(member))"
        case .readChunk(let member, let index): "read chunk \(index) for \(text(member))"
        case .endLearner(let member): "end learner \(text(member))"
        case .readEntries(let member, let from, _): "read entries from \(from) for \(text(member))"
        case .installChunk(_, let index, _, let isLast): "install chunk \(index) \(isLast)"
        default: "\(effect)"
        }
    }
}
