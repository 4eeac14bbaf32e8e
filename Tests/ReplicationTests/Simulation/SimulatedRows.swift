import Core
import Replication

/// The replicated state of the simulation: a few registers, and a session table that makes retries harmless.
struct SimulatedRows: Hashable {
    struct Slot: Hashable {
        var counter: UInt64
        /// The sequence at which the request took effect: its result.
        var result: UInt64
    }

    var applied = SequenceNumber.zero
    var registers: [UInt64] = Array(repeating: 0, count: SimulatedRows.registerCount)
    var slots: [Slot] = []

    static let registerCount = 3

    /// One slot a session; sessions are numbered from 0.
    mutating func apply(_ entry: LogEntry) {
        precondition(entry.sequence == applied.next, "entries are applied in order")
        applied = entry.sequence
        guard entry.kind == .client else { return }
        let session = Int(entry.request.session)
        while slots.count <= session { slots.append(Slot(counter: 0, result: 0)) }
        guard entry.request.counter > slots[session].counter else { return }
        var reader = ByteReader(entry.command)
        guard let register = try? reader.read(UInt8.self), let value = try? reader.read(UInt64.self) else { return }
        registers[Int(register)] = value
        slots[session] = Slot(counter: entry.request.counter, result: entry.sequence.rawValue)
    }

    /// The result of a request that has been applied; nil if it has not, or if a later one has.
    func result(of request: RequestID) -> UInt64? {
        guard Int(request.session) < slots.count, slots[Int(request.session)].counter == request.counter else {
            return nil
        }
        return slots[Int(request.session)].result
    }

    static func command(register: Int, value: UInt64) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(UInt8(register))
        writer.write(value)
        return writer.bytes
    }

    var digest: UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func mix(_ value: UInt64) { hash = (hash ^ value) &* 0x0000_0100_0000_01b3 }
        mix(applied.rawValue)
        for register in registers { mix(register) }
        for slot in slots {
            mix(slot.counter)
            mix(slot.result)
        }
        return hash
    }

    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        applied.encode(to: &writer)
        writer.write(list: registers) { $0.write($1) }
        writer.write(list: slots) {
            $0.write($1.counter)
            $0.write($1.result)
        }
        return writer.bytes
    }

    init() {}

    init(from bytes: [UInt8]) throws(CodecError) {
        var reader = ByteReader(bytes)
        applied = try SequenceNumber(from: &reader)
        registers = try reader.readList { (reader) throws(CodecError) in try reader.read() }
        slots = try reader.readList { (reader) throws(CodecError) in
            Slot(counter: try reader.read(), result: try reader.read())
        }
        try reader.expectEnd()
    }
}
