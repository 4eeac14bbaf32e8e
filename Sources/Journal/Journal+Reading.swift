public import Core
import Synchronization

extension Journal {
    /// First and last sequence that can be read; nil if there is no entry.
    public func range(of store: StoreID) -> ClosedRange<SequenceNumber>? {
        state.withLock { state in
            guard let log = state.stores[store], !log.isEmpty else { return nil }
            return log.firstSequence...log.lastSequence
        }
    }

    /// The store's latest durable note.
    public func note(of store: StoreID) -> [UInt8]? { state.withLock { $0.stores[store]?.note?.payload } }

    /// Stores that the journal knows, ascending.
    public var stores: [StoreID] { state.withLock { $0.stores.keys.sorted() } }

    /// Payloads of contiguous durable entries from `first` on: at least one, then as many as fit.
    /// - Throws: `.missing` if `first` is not in the log.
    public func read(
        _ store: StoreID, from first: SequenceNumber, maximumBytes: Int = 1 << 20
    ) async throws(JournalError) -> [[UInt8]] {
        var wanted: [(EntryLocation, any DriveFile)] = []
        state.withLock { state in
            guard let log = state.stores[store] else { return }
            var bytes = 0
            var sequence = first
            while let location = log.location(of: sequence),
                wanted.isEmpty || bytes + Int(location.length) <= maximumBytes,
                let segment = state.segments.first(where: { $0.number == location.segment })
            {
                wanted.append((location, segment.reader))
                bytes += Int(location.length)
                sequence = sequence.next
            }
        }
        guard !wanted.isEmpty else { throw .missing }
        var payloads: [[UInt8]] = []
        payloads.reserveCapacity(wanted.count)
        var index = 0
        while index < wanted.count {
            // Entries of one file that lie close together are read at once.
            let start = wanted[index].0.offset
            var end = start + UInt64(wanted[index].0.length)
            var last = index
            while last + 1 < wanted.count, wanted[last + 1].0.segment == wanted[index].0.segment,
                wanted[last + 1].0.offset >= end, wanted[last + 1].0.offset - end <= 8192
            {
                last += 1
                end = wanted[last].0.offset + UInt64(wanted[last].0.length)
            }
            let bytes: [UInt8]
            do {
                bytes = try await wanted[index].1.read(count: Int(end - start), at: start)
            } catch {
                throw .failed(error)
            }
            guard bytes.count == Int(end - start) else { throw .damaged("a journal segment ends too early") }
            for (location, _) in wanted[index...last] {
                let from = Int(location.offset - start)
                payloads.append(Array(bytes[from..<from + Int(location.length)]))
            }
            index = last + 1
        }
        return payloads
    }

    /// Keeps entries from `sequence` on for this purpose. A store without any hold keeps everything.
    public func hold(_ store: StoreID, for purpose: Hold, from sequence: SequenceNumber) {
        state.withLock { state in
            state.stores[store, default: StoreLog()].holds[purpose] = sequence
            state.stores[store]?.prune()
        }
    }

    public func release(_ store: StoreID, for purpose: Hold) {
        state.withLock { state in
            state.stores[store]?.holds[purpose] = nil
            state.stores[store]?.prune()
        }
    }
}
