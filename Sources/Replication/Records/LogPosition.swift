public import Core

/// A place in a log: the epoch in which the entry was made, and its sequence.
///
/// Two logs that hold the same position are equal up to it, because an entry is only ever appended behind the entry
/// that its leader had before it. Ordered by epoch, then sequence: the greater of two tails is the longer history.
public struct LogPosition: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var epoch: Epoch
    public var sequence: SequenceNumber

    public init(epoch: Epoch, sequence: SequenceNumber) {
        self.epoch = epoch
        self.sequence = sequence
    }

    /// Before the first entry of every log.
    public static let zero = LogPosition(epoch: Epoch(0), sequence: .zero)

    public static func < (left: LogPosition, right: LogPosition) -> Bool {
        (left.epoch, left.sequence) < (right.epoch, right.sequence)
    }

    public var description: String { "\(epoch):\(sequence)" }

    public func encode(to writer: inout ByteWriter) {
        epoch.encode(to: &writer)
        sequence.encode(to: &writer)
    }

    public init(from reader: inout ByteReader) throws(CodecError) {
        epoch = try Epoch(from: &reader)
        sequence = try SequenceNumber(from: &reader)
    }
}

/// The shape of a log without its commands: where it starts, and from which sequence on its entries are of which epoch.
///
/// Invariants: runs ascend strictly in epoch and in first sequence; every run holds at least one entry;
/// `start` ≤ `last`; a log without entries has no runs and `last == start`.
public struct LogOutline: Hashable, Sendable {
    /// One stretch of entries that were made in the same epoch; it ends where the next begins.
    public struct Run: Hashable, Sendable {
        public var epoch: Epoch
        public var first: SequenceNumber

        public init(epoch: Epoch, first: SequenceNumber) {
            self.epoch = epoch
            self.first = first
        }
    }

    /// The position before the first entry that is still there: zero, or what a checkpoint or trimming left.
    public private(set) var start: LogPosition
    public private(set) var runs: [Run]
    public private(set) var last: LogPosition

    public init(start: LogPosition = .zero) {
        self.start = start
        self.runs = []
        self.last = start
    }

    public var isEmpty: Bool { last == start }

    /// Takes note of the next entry. Its sequence must follow `last`, its epoch must not be lower.
    public mutating func append(_ position: LogPosition) {
        precondition(position.sequence == last.sequence.next, "a log has no gaps")
        precondition(position.epoch >= last.epoch, "epochs do not go back in a log")
        if runs.last?.epoch != position.epoch { runs.append(Run(epoch: position.epoch, first: position.sequence)) }
        last = position
    }

    /// The epoch of the entry at `sequence`; nil outside of [start, last].
    public func epoch(at sequence: SequenceNumber) -> Epoch? {
        guard sequence >= start.sequence, sequence <= last.sequence else { return nil }
        if sequence == start.sequence { return start.epoch }
        return runs.last { $0.first <= sequence }?.epoch
    }

    public func contains(_ position: LogPosition) -> Bool { epoch(at: position.sequence) == position.epoch }

    public func position(at sequence: SequenceNumber) -> LogPosition? {
        epoch(at: sequence).map { LogPosition(epoch: $0, sequence: sequence) }
    }

    /// Forgets every entry above `sequence`, which must lie in [start, last].
    public mutating func truncate(to sequence: SequenceNumber) {
        guard let epoch = epoch(at: sequence) else { preconditionFailure("truncation outside of the log") }
        runs.removeAll { $0.first > sequence }
        last = LogPosition(epoch: epoch, sequence: sequence)
    }

    /// Forgets every entry up to `sequence`, which must lie in [start, last].
    public mutating func trim(through sequence: SequenceNumber) {
        guard let epoch = epoch(at: sequence) else { preconditionFailure("trimming outside of the log") }
        start = LogPosition(epoch: epoch, sequence: sequence)
        while runs.count > 1, runs[1].first <= sequence.next { runs.removeFirst() }
        if last.sequence == sequence {
            runs = []
        } else if runs[0].first <= sequence {
            runs[0].first = sequence.next
        }
    }

    /// The last position that both logs hold; nil if they overlap nowhere, or differ where they do.
    public func lastCommon(with other: LogOutline) -> LogPosition? {
        let low = max(start.sequence, other.start.sequence)
        var candidate = min(last.sequence, other.last.sequence)
        // What two logs share is a prefix, so the first equal epoch from the end is the answer. Whole runs are skipped.
        while candidate >= low {
            guard let mine = epoch(at: candidate), let theirs = other.epoch(at: candidate) else { return nil }
            if mine == theirs { return LogPosition(epoch: mine, sequence: candidate) }
            let (log, higher) = mine > theirs ? (self, mine) : (other, theirs)
            let runStart = log.runs.last { $0.epoch == higher }?.first ?? candidate
            if runStart.rawValue == 0 { return nil }
            candidate = SequenceNumber(min(runStart, candidate).rawValue - 1)
        }
        return nil
    }

    public func encode(to writer: inout ByteWriter) {
        start.encode(to: &writer)
        last.encode(to: &writer)
        writer.write(list: runs) {
            $1.epoch.encode(to: &$0)
            $1.first.encode(to: &$0)
        }
    }

    public init(from reader: inout ByteReader) throws(CodecError) {
        start = try LogPosition(from: &reader)
        last = try LogPosition(from: &reader)
        runs = try reader.readList { (reader) throws(CodecError) in
            Run(epoch: try Epoch(from: &reader), first: try SequenceNumber(from: &reader))
        }
        let ascends = zip(runs, runs.dropFirst()).allSatisfy { $0.epoch < $1.epoch && $0.first < $1.first }
        let isShaped =
            runs.isEmpty
            ? last == start
            : runs[0].first == start.sequence.next && runs[0].epoch >= start.epoch
                && runs[runs.count - 1].epoch == last.epoch && runs[runs.count - 1].first <= last.sequence
        guard ascends, isShaped else { throw .field("log outline") }
    }
}
