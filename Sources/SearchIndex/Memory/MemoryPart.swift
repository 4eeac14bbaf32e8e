private import Synchronization

/// A part of the in-memory segment: documents that came together, analysed when a search first needs them, or when the
/// part is merged with others.
final class MemoryPart: Sendable {
    let id: UInt64
    let count: Int
    private let state: Mutex<State>

    private enum State {
        case documents([PendingDocument])
        case segment(Segment)
    }

    init(id: UInt64, _ documents: [PendingDocument]) {
        self.id = id
        count = documents.count
        state = Mutex(.documents(documents))
    }

    init(_ segment: Segment) {
        id = segment.id
        count = segment.documentCount
        state = Mutex(.segment(segment))
    }

    var isReady: Bool { state.withLock { if case .segment = $0 { true } else { false } } }

    /// Analyses the documents unless that was done.
    var segment: Segment {
        state.withLock { state in
            switch state {
            case .segment(let segment): return segment
            case .documents(let documents):
                let sorted = documents.sorted { left, right in
                    left.key.withUnsafeBytes { left in right.key.withUnsafeBytes { compareBytes(left, $0) < 0 } }
                }
                let segment = SegmentBuilder.segment(id: id, sorted)
                state = .segment(segment)
                return segment
            }
        }
    }

    var memoryBytes: Int {
        state.withLock { state in
            switch state {
            case .segment(let segment): segment.memoryBytes
            case .documents(let documents): documents.count * PendingDocument.typicalBytes
            }
        }
    }
}

extension PendingDocument {
    /// Of a document that is not analysed yet, in memory.
    static let typicalBytes = 1024
}
