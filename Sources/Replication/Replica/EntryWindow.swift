internal import Core

/// The end of the log that is still in memory: all that is not committed, and a bounded stretch before it for members
/// that are a little behind.
///
/// Invariant: contiguous; it ends where the log ends.
struct EntryWindow: Sendable {
    private struct Slot: Sendable {
        var entry: LogEntry
        /// When it was appended here: what an acknowledgement's lateness is counted from.
        var appendedAt: Instant
    }

    private var slots: [Slot] = []
    /// Slots before this one have been given up; the array is moved together now and then.
    private var head = 0
    private(set) var bytes = 0

    var isEmpty: Bool { head == slots.count }
    var count: Int { slots.count - head }
    var first: LogEntry? { isEmpty ? nil : slots[head].entry }

    subscript(sequence: SequenceNumber) -> LogEntry? { slot(sequence)?.entry }

    func appendedAt(_ sequence: SequenceNumber) -> Instant? { slot(sequence)?.appendedAt }

    private func slot(_ sequence: SequenceNumber) -> Slot? {
        guard let first, sequence >= first.sequence else { return nil }
        let index = head + Int(sequence.rawValue - first.sequence.rawValue)
        return index < slots.count ? slots[index] : nil
    }

    mutating func append(_ entry: LogEntry, at now: Instant) {
        if let last = slots.last, head < slots.count {
            precondition(entry.sequence == last.entry.sequence.next, "the window has no gaps")
        }
        slots.append(Slot(entry: entry, appendedAt: now))
        bytes += entry.encodedSizeBytes
    }

    mutating func truncate(to sequence: SequenceNumber) {
        while head < slots.count, let last = slots.last, last.entry.sequence > sequence {
            bytes -= last.entry.encodedSizeBytes
            slots.removeLast()
        }
    }

    /// Gives up entries below `sequence`, oldest first, while more than `limitBytes` are held.
    mutating func trim(below sequence: SequenceNumber, limitBytes: Int) {
        while head < slots.count, slots[head].entry.sequence < sequence, bytes > limitBytes {
            bytes -= slots[head].entry.encodedSizeBytes
            head += 1
        }
        if head > 64, head * 2 > slots.count {
            slots.removeFirst(head)
            head = 0
        }
    }

    /// Entries from `sequence` on, as many as fit, but at least one; nil if the first is not in memory.
    func entries(from sequence: SequenceNumber, limitBytes: Int) -> [LogEntry]? {
        guard let first, sequence >= first.sequence else { return nil }
        var result: [LogEntry] = []
        var size = 0
        var index = head + Int(sequence.rawValue - first.sequence.rawValue)
        while index < slots.count {
            size += slots[index].entry.encodedSizeBytes
            if size > limitBytes, !result.isEmpty { break }
            result.append(slots[index].entry)
            index += 1
        }
        return result.isEmpty ? nil : result
    }

    /// Encoded bytes of the entries above `sequence`.
    func bytes(above sequence: SequenceNumber) -> Int {
        guard let first else { return 0 }
        if sequence < first.sequence { return bytes }
        return slots[(head + Int(sequence.rawValue - first.sequence.rawValue) + 1)...]
            .reduce(0) { $0 + $1.entry.encodedSizeBytes }
    }
}
