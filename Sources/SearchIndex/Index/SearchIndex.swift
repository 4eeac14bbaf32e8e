public import Core
import Synchronization

/// A full-text index of one metadata shard's objects, derived from the shard's log: it has no log of its own, and its
/// sequence is the shard's. Files are written by `commit` and `merge` alone; between two commits changes live in memory.
///
/// Invariants: committed ≤ applied; every file of the newest manifest, and of the one before, is on the drive and was
/// durable, name and all, before that manifest was.
public final class SearchIndex: Sendable {
    let drive: any Drive
    let folder: String
    let settings: IndexSettings
    let compute: any Compute
    let cache: BlockCache
    let state: Mutex<IndexState>
    /// Manifests are written by one at a time.
    let manifestTurn = Turnstile()

    /// Documents that wait for a search, or for more, before they are analysed. So many at once need no merge before they
    /// are written; a search that comes just before pays for them, 30 ms or so.
    static let pendingLimit = 4096

    init(
        _ drive: any Drive, folder: String, settings: IndexSettings, compute: any Compute, cache: BlockCache,
        state: consuming IndexState
    ) {
        self.drive = drive
        self.folder = folder
        self.settings = settings
        self.compute = compute
        self.cache = cache
        self.state = Mutex(state)
    }

    /// Everything up to this sequence is in durable files. After a crash the owner applies again what the rows now say of
    /// every key touched after it.
    public var committed: SequenceNumber { state.withLock { $0.committed } }

    /// Later changes of a (bucket, key) supersede earlier ones. Visible to snapshots taken after return, in files only
    /// after a commit; a snapshot taken meanwhile may show some of them already. Takes 10 µs or so of CPU a document, now
    /// or when a search first needs it. One caller at a time.
    /// - Parameter through: the sequence of the last change; it never falls.
    public func apply(_ changes: [IndexChange], through: SequenceNumber) {
        var next = changes.startIndex
        repeat {
            prepareParts()
            state.withLock { state in
                while next < changes.endIndex, state.pending.count < Self.pendingLimit {
                    state.apply(changes[next])
                    next += 1
                }
                if state.pending.count >= Self.pendingLimit { state.seal() }
                if next == changes.endIndex { state.applied = max(state.applied, through) }
            }
        } while next < changes.endIndex
        mergeParts()
    }

    /// Analyses what a snapshot has split off. Not under the lock: taking a snapshot never waits for it.
    private func prepareParts() {
        let parts = state.withLock { $0.parts.map(\.part) }
        for part in parts where !part.isReady { _ = part.segment }
    }

    private func mergeParts() {
        while true {
            let (group, id) = state.withLock { state -> ([IndexState.Part], UInt64) in
                guard let group = state.duePartMerge() else { return ([], 0) }
                let ids = Set(group.map(\.part.id))
                for index in state.parts.indices where ids.contains(state.parts[index].part.id) {
                    state.parts[index].isMerging = true
                }
                return (group, state.newSegment())
            }
            if group.isEmpty { return }
            let views = group.map { SegmentView(segment: $0.part.segment, live: $0.live) }
            let (segment, merge) = SegmentMerge.segment(id: id, views)
            state.withLock { state in
                // A commit that began meanwhile has taken the inputs: they are its own.
                let ids = Set(group.map(\.part.id))
                let inputs = state.parts.filter { ids.contains($0.part.id) && !$0.isFlushing }
                guard inputs.count == group.count else {
                    for index in state.parts.indices { state.parts[index].isMerging = false }
                    return
                }
                let live = state.replace(merge, by: segment)
                if segment.documentCount > 0 { state.parts.append(.init(part: MemoryPart(segment), live: live)) }
            }
        }
    }

    /// The index as it is now.
    public func snapshot() -> IndexSnapshot {
        state.withLock { state in
            state.seal()
            return IndexSnapshot(
                self, sequence: state.applied,
                files: state.files.map { SegmentView(segment: $0.segment, live: $0.live) },
                parts: state.parts.map { ($0.part, $0.live) }, unresolved: Array(state.unresolved.values))
        }
    }

    /// True when the in-memory segment has reached its size.
    public var wantsCommit: Bool { memoryBytes >= settings.memoryBytes }

    /// True when a merge of files is due.
    public var wantsMerge: Bool { state.withLock { $0.dueFileMerge(settings) != nil } }

    private var memoryBytes: Int {
        let (parts, pending) = state.withLock { ($0.parts.map(\.part), $0.pending.count) }
        return parts.reduce(pending * PendingDocument.typicalBytes) { $0 + $1.memoryBytes }
    }

    public var figures: IndexFigures {
        var figures = IndexFigures()
        figures.memoryBytes = memoryBytes + cache.bytes
        state.withLock { state in
            figures.documents = state.pending.count
            figures.segments = state.files.count + state.parts.count
            for part in state.parts {
                figures.documents += part.live.count - part.live.deleted
                figures.deletedDocuments += part.live.deleted
            }
            for file in state.files {
                figures.documents += file.live.count - file.live.deleted
                figures.deletedDocuments += file.live.deleted
                figures.memoryBytes += file.segment.memoryBytes + file.live.count / 8
                figures.diskBytes += Int(file.bytes)
            }
        }
        return figures
    }
}
