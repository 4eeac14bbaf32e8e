import Core
import KeyValue

/// Sessions: a gateway's requests are applied once, however often they are logged.
extension ShardState {
    func repeatedResult(_ request: RequestName?) -> CommandResult? {
        guard let request, request.session != 0 else { return nil }
        guard let session = sessions[request.session], request.slot < Self.slotsPerSession else { return .staleRequest }
        guard let slot = session.slots[request.slot] else { return nil }
        if slot.counter == request.counter { return slot.result }
        return request.counter < slot.counter ? .staleRequest : nil
    }

    mutating func remember(_ result: CommandResult, of request: RequestName?, _ change: inout Change) {
        guard let request, request.session != 0, sessions[request.session] != nil else { return }
        sessions[request.session]?.slots[request.slot] = (request.counter, result)
        var writer = ByteWriter(reserving: 32)
        writer.write(request.counter)
        result.encode(to: &writer)
        change.batch.put(.rows, keys.session(request.session, slot: request.slot), writer.bytes)
    }

    mutating func openSession(_ session: UInt64, owner: UniqueID, _ change: inout Change) -> CommandResult {
        for (old, state) in sessions.sorted(by: { $0.key < $1.key }) where state.owner == owner && old != session {
            let prefix = keys.session(old, slot: nil)
            if let end = keyAfter(prefix: prefix) { change.batch.deleteRange(.rows, from: prefix, to: end) }
            sessions[old] = nil
        }
        if sessions[session] == nil { sessions[session] = Session(owner: owner) }
        var writer = ByteWriter()
        owner.encode(to: &writer)
        change.batch.put(.rows, keys.session(session, slot: nil), writer.bytes)
        return .done
    }

    mutating func loadSessions() throws(RowError) {
        let prefix = keys.kindPrefix(.session)
        do {
            let cursor = try rows.cursor(.rows, end: keyAfter(prefix: prefix))
            var isThere = try cursor.seek(prefix)
            while isThere {
                var name = ByteReader(cursor.key)
                try name.skip(RowKeys.kindBytes)
                let session: UInt64 = try name.readBigEndian()
                var value = ByteReader(cursor.value)
                if name.isAtEnd {
                    sessions[session] = Session(owner: try UniqueID(from: &value))
                } else {
                    let slot: UInt16 = try name.readBigEndian()
                    sessions[session]?.slots[slot] = (try value.read(), try CommandResult(from: &value))
                }
                isThere = try cursor.next()
            }
        } catch let error as KeyValueError {
            throw .store(error)
        } catch {
            throw .undecodable(.field("session row"))
        }
    }
}
