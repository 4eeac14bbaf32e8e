import Core
import KeyValue
import Metadata
import ObjectStore
import Replication
import SearchIndex
import Synchronization

/// Keeps a replica's index: opens or builds it, follows the feed of changes, commits, merges, builds it anew. Confined to
/// the task that calls `run`.
///
/// The index has no log. What it has durably is its manifest's sequence; after a crash it reads the changes behind that
/// again. While it lags, searches wait; while it is built, they are refused; nothing else of the store waits for it.
final class ShardIndexWorker {
    /// How long changes may gather while nobody searches: a few large batches cost less than many small ones. Followers
    /// are not searched, and catch up when they come to lead.
    private static let leisure = TimeSpan.milliseconds(250)
    private static let followersLeisure = TimeSpan.seconds(2)
    /// Changes behind the manifest after which it is written, so that a start has little to read.
    private static let uncommittedSequences: UInt64 = 20_000
    private static let sliceEntries = 1000
    /// A failed build is tried again after this.
    private static let retryAfter = TimeSpan.seconds(5)
    /// A process has a few dozens of indexes, of which the leaders' are searched.
    static let settings = IndexSettings(memoryBytes: 8 << 20, cacheBytes: 32 << 20)

    let replica: ShardReplica
    var serving: IndexLine?
    var building: IndexLine?
    private var isTickComing = false
    private var isMaintaining = false
    var isOpen = false
    private var isEnding = false

    init(_ replica: ShardReplica) { self.replica = replica }

    var shared: ShardIndex { replica.index }
    var drive: any Drive { replica.host.drive }
    var environment: any ReplicaEnvironment { replica.environment }

    func run() async {
        await withDiscardingTaskGroup { group in
            while !isEnding, let signals = await shared.mailbox.receive() {
                var isUrgent = false
                for signal in signals { await take(signal, isUrgent: &isUrgent) }
                guard !isEnding else { break }
                if isUrgent || isScanning {
                    await step(&group)
                } else if !isTickComing {
                    tick(after: leisure, &group)
                }
            }
            shared.mailbox.close()
            group.cancelAll()
        }
        shared.published.withLock { published in
            published.serving = nil
            published.condition = .starting
        }
        shared.abandonWaiters()
    }

    private var leisure: TimeSpan {
        replica.published.withLock { $0.service.reads != nil } ? Self.leisure : Self.followersLeisure
    }

    private var isScanning: Bool { !(building?.isScanned ?? true) || !(serving?.isScanned ?? true) }

    private func take(_ signal: ShardIndex.Signal, isUrgent: inout Bool) async {
        switch signal {
        case .applied: break
        case .wanted: isUrgent = true
        case .tick:
            isTickComing = false
            isUrgent = true
        case .rowsReplaced:
            await discard(&serving)
            await discard(&building)
            withdraw()
            isOpen = true
            await build()
            isUrgent = true
        case .rebuild:
            isUrgent = true
            if isOpen, building == nil { await build() }
        case .damaged(let reason):
            guard serving != nil else { return }
            environment.log.error("a search index is damaged and is built anew", names("reason", reason))
            await discard(&serving)
            withdraw()
            if building == nil { await build() }
            isUrgent = true
        case .maintained(let error):
            isMaintaining = false
            if let error { await maintenanceFailed(error) } else { await finish() }
            isUrgent = true
        case .retire:
            await discard(&serving)
            await discard(&building)
            isEnding = true
        }
    }

    private func tick(after span: TimeSpan, _ group: inout DiscardingTaskGroup) {
        isTickComing = true
        let (clock, mailbox) = (environment.clock, shared.mailbox)
        group.addTask { if await clock.sleep(for: span) { mailbox.send(.tick) } }
    }

    /// Follows until nothing is left, then reads one slice of what is to be scanned.
    private func step(_ group: inout DiscardingTaskGroup) async {
        shared.takeSignal()
        guard let reader = replica.published.withLock({ $0.reader }) else {
            // A learner without rows.
            if shared.published.withLock({ !$0.waiters.isEmpty }), !isTickComing { tick(after: leisure, &group) }
            return
        }
        if !isOpen { await open() }
        guard isOpen else { return tick(after: Self.retryAfter, &group) }
        do throws(RowError) {
            try await follow(reader)
            try await scan(reader)
        } catch {
            // The rows' owner finds out by itself, and quarantines the replica.
            environment.log.error("the rows cannot be indexed", names("error", "\(error)"))
            return tick(after: Self.retryAfter, &group)
        }
        maintain(&group)
        if isScanning { shared.mailbox.send(.tick) }
    }

    var applied: SequenceNumber { replica.published.withLock { $0.applied } }

    private func follow(_ reader: MetadataReader) async throws(RowError) {
        while let line = serving, line.position < applied {
            guard let next = try await followed(line, reader) else {
                environment.log.warning(
                    "a search index is too far behind and is built anew", names("position", "\(line.position)"))
                await discard(&serving)
                withdraw()
                if building == nil { await build() }
                break
            }
            serving = next
            if !next.isBuilding { shared.publish(indexed: next.position) }
        }
        while let line = building, line.position < applied {
            guard let next = try await followed(line, reader) else {
                await discard(&building)
                await build()
                break
            }
            building = next
        }
    }

    /// nil if the changes that the line needs are kept no more.
    private func followed(_ line: IndexLine, _ reader: MetadataReader) async throws(RowError) -> IndexLine? {
        let applied = applied
        let result = await environment.searchCompute.run { () -> Result<IndexLine.Step, RowError> in
            do throws(RowError) { return .success(try line.follow(reader, applied: applied)) } catch {
                return .failure(error)
            }
        }
        let step = try result.get()
        guard step.isComplete else { return nil }
        var line = line
        let before = line.scans
        for bucket in step.schemas {
            line.scans.removeAll { $0.bucket == bucket }
            line.scans.append(IndexScan(bucket: bucket))
        }
        // Before a commit may say that the change of schema was seen.
        if line.scans != before { await save(line) }
        line.position = step.through
        return line
    }

    private func scan(_ reader: MetadataReader) async throws(RowError) {
        if let line = building, !line.isScanned { building = try await scanned(line, reader) }
        if let line = serving, !line.isScanned { serving = try await scanned(line, reader) }
        publishProgress()
    }

    private func scanned(_ line: IndexLine, _ reader: MetadataReader) async throws(RowError) -> IndexLine {
        let result = await environment.searchCompute.run { () -> Result<IndexLine, RowError> in
            var line = line
            do throws(RowError) {
                try line.scan(reader, limit: Self.sliceEntries)
                return .success(line)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    // MARK: Commits and merges

    /// One at a time, beside the following.
    private func maintain(_ group: inout DiscardingTaskGroup) {
        guard !isMaintaining, !isEnding else { return }
        for line in [building, serving] {
            guard let line else { continue }
            let (index, mailbox) = (line.index, shared.mailbox)
            let isFinishing = !line.scans.isEmpty && line.isScanned
            let isBehind = line.position.rawValue >= index.committed.rawValue + Self.uncommittedSequences
            let commits = isFinishing || isBehind || index.wantsCommit
            guard commits || index.wantsMerge else { continue }
            isMaintaining = true
            if isFinishing { finishing = (line.place, line.scans) }
            group.addTask {
                do throws(IndexError) {
                    if commits { _ = try await index.commit() } else { _ = try await index.merge() }
                    mailbox.send(.maintained(nil))
                } catch {
                    mailbox.send(.maintained(error))
                }
            }
            return
        }
    }

    /// The line whose last commit ends these scans.
    var finishing: (place: IndexPlace, scans: [IndexScan])?

    private func maintenanceFailed(_ error: IndexError) async {
        finishing = nil
        switch error {
        case .drive(let error) where error.isDriveFault:
            environment.driveFailed(replica.host, "the search index could not be written: \(ErrorText.of(error))")
        case .drive, .timedOut, .closed, .query:
            environment.log.warning("a search index could not be written", names("error", "\(error)"))
        case .damaged(let reason):
            if building != nil {
                await discard(&building)
                await build()
            } else {
                var isUrgent = false
                await take(.damaged(reason), isUrgent: &isUrgent)
            }
        case .otherVersion: break
        }
    }
}
