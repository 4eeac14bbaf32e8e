import Core

/// A place in the changes of a bucket: for each shard that covers it the sequence up to which its changes were seen.
/// Text: `SHARD.SEQUENCE`, joined by `-`, in the order of the shards' numbers.
struct EventPosition: Equatable, Sendable {
    var sequences: [ShardID: SequenceNumber]

    var text: String {
        sequences.sorted { $0.key < $1.key }.map { "\($0.key.rawValue).\($0.value.rawValue)" }.joined(separator: "-")
    }

    init(_ sequences: [ShardID: SequenceNumber]) { self.sequences = sequences }

    /// nil if the text is none that `text` made.
    init?(_ text: String) {
        guard text.utf8.count <= 16_384 else { return nil }
        sequences = [:]
        for piece in text.split(separator: "-", omittingEmptySubsequences: false) {
            let numbers = piece.split(separator: ".", omittingEmptySubsequences: false)
            guard numbers.count == 2, let shard = UInt32(numbers[0]), let sequence = UInt64(numbers[1]),
                sequences.updateValue(SequenceNumber(sequence), forKey: ShardID(shard)) == nil
            else { return nil }
        }
    }
}
