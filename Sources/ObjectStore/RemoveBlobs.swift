import Core
import Directory
import ErasureCode
import FragmentStore
public import Metadata

/// Takes the fragments of blobs off the drives. Only for blobs that no row names and that no command under way can name.
public struct RemoveBlobs: Sendable {
    /// Fragments named to the drives at a time.
    private static let batch = 8192

    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    /// Durable on return.
    /// - Returns: for each blob, true once no drive can hold a fragment of it any more.
    public func run(_ references: [BlobReference]) async -> [Bool] {
        var isRemoved = [Bool](repeating: true, count: references.count)
        var batch = FragmentsByDrive()
        for (index, reference) in references.enumerated() {
            guard let pool = context.placement.view.pools[reference.pool] else {
                isRemoved[index] = false
                continue
            }
            for stripe in 0..<reference.layout.stripeCount {
                let group = pool.groups[
                    pool.record.group(ofHash: FragmentID.placementHash(reference.blob, stripe: stripe))]
                for drives in [group.drives, group.previous] {
                    for (fragment, drive) in drives.enumerated() {
                        batch.add(
                            FragmentID(blob: reference.blob, stripe: stripe, index: UInt8(fragment)), on: drive,
                            ofBlob: index)
                    }
                }
                if batch.count >= Self.batch {
                    for failed in await remove(batch) { isRemoved[failed] = false }
                    batch = FragmentsByDrive()
                }
            }
        }
        for failed in await remove(batch) { isRemoved[failed] = false }
        return isRemoved
    }

    private struct FragmentsByDrive {
        var drives: [DriveID: (fragments: [FragmentID], blobs: Set<Int>)] = [:]
        var count = 0

        mutating func add(_ fragment: FragmentID, on drive: DriveID, ofBlob blob: Int) {
            drives[drive, default: ([], [])].fragments.append(fragment)
            drives[drive]?.blobs.insert(blob)
            count += 1
        }
    }

    /// All drives at once. Returns the blobs that a drive which is away or failing may still hold.
    private func remove(_ batch: FragmentsByDrive) async -> Set<Int> {
        await withTaskGroup(of: Set<Int>.self) { tasks in
            for (drive, work) in batch.drives {
                let service = context.fragments.service(for: drive)
                tasks.addTask {
                    guard let service else { return work.blobs }
                    do throws(FragmentError) { try await service.remove(work.fragments) } catch { return work.blobs }
                    return []
                }
            }
            var failed: Set<Int> = []
            for await blobs in tasks { failed.formUnion(blobs) }
            return failed
        }
    }
}

/// Taking back what was written for an object that was refused then. What cannot be taken back, because a drive is away,
/// stays on it; the client hears of its refusal and of nothing else.
extension ObjectStoreContext {
    /// Of an upload that failed before any command named the blob.
    /// - Parameter stripes: the first ones, which may have been written.
    func discard(_ reference: BlobReference, stripes: UInt32) async {
        var written = reference
        written.sizeBytes = min(reference.sizeBytes, UInt64(stripes) * UInt64(reference.stripeSizeBytes))
        _ = await RemoveBlobs(self).run([written])
    }

    /// Of an object that the shard has refused. A command that was repeated under another session may have taken effect
    /// before, so what the key names now is looked at first: the bytes of an acknowledged object must never go.
    func discard(_ location: ObjectLocation, refusedAt key: [UInt8], of bucket: BucketID) async {
        guard case .blob(let reference) = location else { return }
        let current: StoredObject?
        do throws(MetadataError) { current = try await metadata.object(bucket, key, withBody: false) } catch { return }
        guard current?.record.location != location else { return }
        _ = await RemoveBlobs(self).run([reference])
    }
}

extension CommandResult {
    /// The shard has named nothing that the command brought.
    var isRefusal: Bool {
        switch self {
        case .noSuchBucket, .noSuchKey, .conditionFailed: true
        default: false
        }
    }
}
