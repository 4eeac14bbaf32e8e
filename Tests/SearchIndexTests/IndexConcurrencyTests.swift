import Core
import Synchronization
import TestSupport
import Testing

@testable import SearchIndex

/// Runs work in place, and something else just before: what another thread would do meanwhile.
private final class InterruptedCompute: Compute {
    let interruption = Mutex<(@Sendable () -> Void)?>(nil)
    func run<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T {
        interruption.withLock { $0 }?()
        return work()
    }
}

/// Changes that come while files are written are in no file yet, and lost in none.
/// Replay: `ROOST_INDEX_SEED=<seed> swift test --filter IndexConcurrencyTests`.
@Suite("Index, changes meanwhile")
struct IndexConcurrencyTests {
    @Test(arguments: IndexSeeds.of(1..<25)) func changesDuringCommitsAndMerges(seed: UInt64) async throws {
        let compute = InterruptedCompute()
        let drive = SimulatedDrive()
        let index = try await SearchIndex.open(
            drive, folder: "index", settings: IndexSearchTests.small, compute: compute)
        let shared = Mutex((random: IndexRandom(seed: seed), owner: IndexCrashTests.Owner()))
        let keys = shared.withLock { shared in (0..<30).map { _ in shared.random.key() } }
        let change: @Sendable () -> Void = {
            shared.withLock { shared in
                let changes = (0..<shared.random.random.below(6)).map { _ -> IndexChange in
                    let key = keys[shared.random.random.below(keys.count)]
                    return shared.random.random.chance(0.7)
                        ? IndexSearchTests.put(shared.random.document(key: key))
                        : .delete(BucketID(UInt64(1 + shared.random.random.below(3))), key: key)
                }
                shared.owner.apply(changes, to: index)
            }
        }
        for round in 0..<6 {
            for _ in 0..<6 { change() }
            compute.interruption.withLock { $0 = change }
            _ = try await index.commit()
            while try await index.merge() {}
            compute.interruption.withLock { $0 = nil }
            var (random, owner) = shared.withLock { ($0.random, $0.owner) }
            if let difference = try await IndexCrashTests.check(index, owner, &random, 5) {
                Issue.record("round \(round): \(difference)\n\(IndexSeeds.replay(seed, "IndexConcurrencyTests"))")
                return
            }
            // What a restart finds, with the keys touched since the commit.
            let again = try await IndexSearchTests.open(drive.crashed(seed: seed &+ UInt64(round)))
            owner.catchUp(again)
            if let difference = try await IndexCrashTests.check(again, owner, &random, 5) {
                Issue.record("restart \(round): \(difference)\n\(IndexSeeds.replay(seed, "IndexConcurrencyTests"))")
                return
            }
        }
    }

    /// A snapshot shows what it showed, whatever comes after it, and after its files were merged away.
    @Test(arguments: IndexSeeds.of(1..<8)) func snapshotsDoNotChange(seed: UInt64) async throws {
        var random = IndexRandom(seed: seed)
        let index = try await IndexSearchTests.open(SimulatedDrive(), IndexSearchTests.small)
        var model = IndexModel()
        let keys = (0..<20).map { _ in random.key() }
        var kept: [(IndexSnapshot, ReferenceSearch)] = []
        for _ in 0..<6 {
            model.apply(
                (0..<15).map { _ in IndexSearchTests.put(random.document(key: keys[random.random.below(20)])) },
                to: index)
            kept.append((index.snapshot(), model.reference))
            _ = try await index.commit()
            _ = try await index.merge()
        }
        for (snapshot, reference) in kept {
            for _ in 0..<6 {
                let difference = try await IndexComparison.difference(snapshot, reference, random.search())
                #expect(difference == nil, "\(IndexSeeds.replay(seed, "IndexConcurrencyTests"))")
            }
        }
    }
}
