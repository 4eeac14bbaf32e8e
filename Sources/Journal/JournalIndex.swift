import Core

/// Where an entry's payload lies.
struct EntryLocation: Equatable, Sendable {
    var segment: UInt64
    var offset: UInt64
    var length: UInt32
}

/// What the journal holds of one store.
struct StoreLog: Sendable {
    /// Sequence of `locations[0]`; meaningless when there are none.
    private(set) var first = SequenceNumber(1)
    private(set) var locations: [EntryLocation] = []
    /// Locations before this index were pruned; compacted now and then, so that pruning does not copy.
    private var dropped = 0
    var note: (payload: [UInt8], segment: UInt64)?
    /// Named holds: entries from this sequence on are kept for that purpose.
    var holds: [Journal.Hold: SequenceNumber] = [:]

    var isEmpty: Bool { dropped == locations.count }
    var firstSequence: SequenceNumber { SequenceNumber(first.rawValue + UInt64(dropped)) }
    var lastSequence: SequenceNumber { SequenceNumber(first.rawValue + UInt64(locations.count) - 1) }
    var oldestSegment: UInt64? { isEmpty ? nil : locations[dropped].segment }

    /// - Returns: false if the sequence does not follow the last one.
    mutating func append(_ sequence: SequenceNumber, _ location: EntryLocation) -> Bool {
        if isEmpty {
            first = sequence
            locations = []
            dropped = 0
        } else if sequence != lastSequence.next {
            return false
        }
        locations.append(location)
        return true
    }

    mutating func truncate(above sequence: SequenceNumber) {
        guard !isEmpty, sequence < lastSequence else { return }
        if sequence < firstSequence {
            locations = []
            dropped = 0
        } else {
            locations.removeLast(Int(lastSequence.rawValue - sequence.rawValue))
        }
    }

    mutating func removeAll() {
        locations = []
        dropped = 0
    }

    /// Forgets entries that no hold asks for. Without any hold everything is kept.
    mutating func prune() {
        guard let keep = holds.values.min(), !isEmpty, firstSequence < keep else { return }
        dropped += min(Int(keep.rawValue - firstSequence.rawValue), locations.count - dropped)
        if dropped > 4096, dropped * 2 > locations.count {
            first = firstSequence
            locations.removeFirst(dropped)
            dropped = 0
        }
    }

    func location(of sequence: SequenceNumber) -> EntryLocation? {
        guard !isEmpty, sequence >= firstSequence, sequence <= lastSequence else { return nil }
        return locations[Int(sequence.rawValue - first.rawValue)]
    }
}
