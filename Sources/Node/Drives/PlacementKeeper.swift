import Core
import Directory
import ErasureCode
import ObjectStore
import Placement
import S3
import Synchronization

/// Keeps pools and placement groups: which drives are out, and which pool takes new blobs.
///
/// Changes are made one at a time; each is a compare-and-swap against the view that it was based on.
final class PlacementKeeper: PlacementSource {
    /// Placement groups of a pool: 2^6.
    static let groupBits: UInt8 = 6
    static let stripeSizeBytes: UInt32 = 8 << 20

    private let directory: Directory
    private let log: Log
    private let minimumParity: Int
    /// Drives that answer now.
    private let online: @Sendable () -> Set<DriveID>
    private let changes = ChangeGate()
    /// The pool for new blobs, as of a view's revisions; found once a change.
    private let chosen = Mutex<UInt16?>(nil)

    init(
        directory: Directory, log: Log, minimumParity: Int, online: @escaping @Sendable () -> Set<DriveID>
    ) {
        self.directory = directory
        self.log = log
        self.minimumParity = minimumParity
        self.online = online
    }

    var view: DirectoryView { directory.view }

    /// Called when the directory or the set of drives has changed.
    func invalidate() { chosen.withLock { $0 = nil } }

    /// Takes a drive out of every row that names it, once.
    func markOut(_ drive: DriveID) async {
        let isNew = Atomic(false)
        await change { view in
            var changes: [ConfigTransaction.Change] = []
            for (id, pool) in view.pools.sorted(by: { $0.key < $1.key }) {
                for (number, group) in pool.groups.enumerated()
                where group.drives.contains(drive) && !group.out.contains(drive) {
                    var next = group
                    next.epoch = group.epoch.next
                    next.out.append(drive)
                    next.filling.removeAll { $0 == drive }
                    changes.append(.put(key: DirectoryKey.group(id, number), value: next.encoded()))
                }
            }
            isNew.store(!changes.isEmpty, ordering: .relaxed)
            return changes
        }
        guard isNew.load(ordering: .relaxed) else { return }
        log.warning("drive is out: new stripes do without it", ["id": "\(drive)"])
    }

    /// A drive that was out is back: from now on every store goes to it again, in every group.
    /// - Returns: false if the directory did not take the change.
    func beginFilling(_ drive: DriveID) async -> Bool {
        await change { view in
            var changes: [ConfigTransaction.Change] = []
            for (id, pool) in view.pools.sorted(by: { $0.key < $1.key }) {
                for (number, group) in pool.groups.enumerated() where group.out.contains(drive) {
                    var next = group
                    next.epoch = group.epoch.next
                    next.out.removeAll { $0 == drive }
                    next.filling.append(drive)
                    changes.append(.put(key: DirectoryKey.group(id, number), value: next.encoded()))
                }
            }
            return changes
        }
    }

    /// Every stripe of the groups has been compared and filled: the drive counts again in them.
    /// - Parameter groups: (pool, number, epoch under which the group was filled); one that has changed since is left.
    /// - Returns: false if the directory did not take the change.
    func endFilling(_ drive: DriveID, _ groups: [(pool: UInt16, number: Int, epoch: Epoch)]) async -> Bool {
        await change { view in
            var changes: [ConfigTransaction.Change] = []
            for (pool, number, epoch) in groups {
                guard let group = view.pools[pool]?.groups[number], group.epoch == epoch, group.filling.contains(drive)
                else { continue }
                var next = group
                next.epoch = group.epoch.next
                next.filling.removeAll { $0 == drive }
                changes.append(.put(key: DirectoryKey.group(pool, number), value: next.encoded()))
            }
            return changes
        }
    }

    func poolForWriting() async throws(S3Error) -> DirectoryView.Pool {
        let view = directory.view
        if let id = chosen.withLock({ $0 }), let pool = view.pools[id] { return pool }
        let present = online()
        if let pool = best(of: view, present) {
            chosen.withLock { $0 = pool.record.pool }
            return pool
        }
        return try await addFallback(present)
    }

    /// The pool with the widest scheme that every one of its groups can still serve.
    private func best(of view: DirectoryView, _ present: Set<DriveID>) -> DirectoryView.Pool? {
        view.pools.values.filter { pool in
            let needed = Int(pool.record.dataCount) + min(minimumParity, Int(pool.record.parityCount))
            return pool.groups.allSatisfy { group in
                group.drives.filter { !group.out.contains($0) && present.contains($0) }.count >= needed
            }
        }
        .max { left, right in
            (left.record.dataCount, left.record.parityCount, right.record.pool)
                < (right.record.dataCount, right.record.parityCount, left.record.pool)
        }
    }

    /// A pool of the scheme that the drives which are left allow.
    private func addFallback(_ present: Set<DriveID>) async throws(S3Error) -> DirectoryView.Pool {
        let scheme = Scheme.forUnits(present.count)
        guard !present.isEmpty, scheme.parityCount >= minimumParity else {
            throw S3Error(
                .serviceUnavailable, "Too few drives are present to survive the loss of another: writes wait.")
        }
        await change { view in
            guard self.best(of: view, present) == nil else { return [] }
            let id = (view.pools.keys.max() ?? 0) + 1
            return Self.pool(id, scheme: scheme, drives: present.sorted()) ?? []
        }
        guard let pool = best(of: directory.view, present) else {
            throw S3Error(.serviceUnavailable, "No pool takes new objects now.")
        }
        log.warning("new stripes use a narrower scheme", ["scheme": "\(scheme)", "pool": "\(pool.record.pool)"])
        return pool
    }

    /// The records of a new pool.
    static func pool(_ id: UInt16, scheme: Scheme, drives: [DriveID]) -> [ConfigTransaction.Change]? {
        guard
            let table = GroupPlacement.table(
                drives: drives.map { PlacementDrive(id: $0) }, width: scheme.fragmentCount, groups: 1 << Int(groupBits),
                perZone: scheme.fragmentCount)
        else { return nil }
        let record = PoolRecord(
            pool: id, dataCount: UInt8(scheme.dataCount), parityCount: UInt8(scheme.parityCount),
            stripeSizeBytes: stripeSizeBytes, groupBits: groupBits)
        return [.put(key: DirectoryKey.pool(id), value: record.encoded())]
            + table.enumerated().map { number, row in
                .put(key: DirectoryKey.group(id, number), value: GroupRecord(epoch: Epoch(1), drives: row).encoded())
            }
    }

    /// Computes changes from the present view and commits them; on a conflict both again.
    /// - Returns: true if they were committed, or none were needed.
    @discardableResult
    private func change(_ compute: @Sendable (DirectoryView) -> [ConfigTransaction.Change]) async -> Bool {
        await changes.enter()
        defer {
            changes.leave()
            invalidate()
        }
        for _ in 0..<16 {
            let view = directory.view
            let wanted = compute(view)
            if wanted.isEmpty { return true }
            do throws(ConfigError) {
                if case .committed = try await directory.commit(wanted, basedOn: view) { return true }
            } catch {
                log.error("placement could not be changed", ["error": "\(error)"])
                return false
            }
        }
        return false
    }
}

/// Lets one task through at a time, in order.
final class ChangeGate: Sendable {
    private struct State {
        var isTaken = false
        var waiters: [OneShot<Void>] = []
    }

    private let state = Mutex(State())

    func enter() async {
        let waiter = state.withLock { state -> OneShot<Void>? in
            if !state.isTaken {
                state.isTaken = true
                return nil
            }
            let waiter = OneShot<Void>()
            state.waiters.append(waiter)
            return waiter
        }
        await waiter?.value()
    }

    func leave() {
        let next = state.withLock { state -> OneShot<Void>? in
            if state.waiters.isEmpty {
                state.isTaken = false
                return nil
            }
            return state.waiters.removeFirst()
        }
        next?.send(())
    }
}
