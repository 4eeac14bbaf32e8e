import Core
import Directory
import ErasureCode
import FragmentStore
import Metadata
import S3

/// Writes the bytes of one upload as stripes of fragments.
///
/// Memory: m parity fragments, and data fragments until their drives have them; for large stripes at most two of those
/// at once, so m·f + 2·f bytes, reserved before the first byte is read.
struct BlobWriter {
    /// Bytes read, hashed and coded at a time.
    private static let pieceBytes = 256 << 10
    /// From this fragment size on only two data fragments are in flight.
    private static let smallFragmentBytes = 512 << 10

    let context: ObjectStoreContext
    let owner: FragmentOwner

    /// Reads the whole body. On return every fragment that the placement asks for is durable, and the bytes are what the
    /// client signed and summed. What was written before an error is taken back.
    func write(
        _ body: ObjectBody, _ payload: PayloadDescription
    ) async throws(S3Error) -> (PayloadDigests, BlobReference) {
        let pool = try await context.placement.poolForWriting()
        var reference = newReference(pool.record)
        reference.sizeBytes = payload.length
        let layout = reference.layout
        guard let reservation = await context.budget.reserve(windowBytes(reference)) else { throw S3Error(.slowDown) }
        defer { withExtendedLifetime(reservation) {} }
        let digests = RunningDigests(payload)
        var stripes: UInt32 = 0
        do throws(S3Error) {
            while stripes < layout.stripeCount {
                stripes += 1
                try await writeStripe(stripes - 1, reference, body, digests)
            }
            return (try digests.finish(try await body.finish()), reference)
        } catch {
            await context.discard(reference, stripes: stripes)
            throw error
        }
    }

    /// Of no bytes yet.
    func newReference(_ pool: PoolRecord) -> BlobReference {
        BlobReference(
            blob: BlobID.new(at: context.clock.wallTime, context.entropy), pool: pool.pool,
            dataCount: pool.dataCount, parityCount: pool.parityCount, stripeSizeBytes: pool.stripeSizeBytes,
            sizeBytes: 0)
    }

    /// What writing a stripe holds at once; a full one if the size is not known yet.
    func windowBytes(_ reference: BlobReference) -> Int {
        var reference = reference
        if reference.sizeBytes == 0 { reference.sizeBytes = UInt64(reference.stripeSizeBytes) }
        let layout = reference.layout
        return layout.fragmentSize(ofStripe: 0) * (layout.scheme.parityCount + min(2, layout.scheme.dataCount))
    }

    private struct Stored: Sendable {
        var fragment: Int
        var drive: DriveID
        var result: Result<Void, FragmentError>

        var isDone: Bool { if case .success = result { true } else { false } }
        var isLate: Bool { if case .failure(.failed(.late)) = result { true } else { false } }
    }

    func writeStripe(
        _ stripe: UInt32, _ reference: BlobReference, _ body: ObjectBody, _ digests: RunningDigests
    ) async throws(S3Error) {
        let layout = reference.layout
        let size = layout.fragmentSize(ofStripe: stripe)
        let group = try currentGroup(reference, stripe)
        let parity = (0..<layout.scheme.parityCount).map { _ in Self.zeroed(size) }
        let limit = size > Self.smallFragmentBytes ? 2 : layout.scheme.dataCount
        let result = await withTaskGroup(of: Stored.self) { tasks -> Result<[Stored], S3Error> in
            var stored: [Stored] = []
            var inFlight = 0
            var remaining = layout.length(ofStripe: stripe)
            var received = CRC32C()
            var combined: UInt32 = 0
            for fragment in 0..<layout.scheme.dataCount {
                if inFlight == limit, let done = await tasks.next() {
                    stored.append(done)
                    inFlight -= 1
                }
                let buffer = IOBuffer(capacity: size)
                let data = buffer.slice(0..<size)
                let length = min(size, remaining)
                do throws(S3Error) {
                    try await fill(data, length, fragment, parity, body, digests, &received, coder: layout.scheme)
                } catch {
                    return .failure(error)
                }
                remaining -= length
                let checksums = Fragment.checksums(of: data)
                combined = Self.extend(combined, by: checksums, length: size)
                if start(&tasks, fragment, data, checksums, reference, stripe, group) { inFlight += 1 }
            }
            // What was sent to the drives is what was received, followed by the zeros that fill the last fragments.
            let padding = size * layout.scheme.dataCount - layout.length(ofStripe: stripe)
            Self.appendZeros(padding, to: &received)
            guard combined == received.value else {
                return .failure(S3Error(.internalError, "Data changed in memory while they were coded."))
            }
            for (index, slice) in parity.enumerated() {
                let fragment = layout.scheme.dataCount + index
                _ = start(&tasks, fragment, slice, Fragment.checksums(of: slice), reference, stripe, group)
            }
            for await done in tasks { stored.append(done) }
            return .success(stored)
        }
        try await settle(try result.get(), reference, stripe)
    }

    /// Reads one data fragment, adding each piece to the parity and, beside the reading of the next, to the digests.
    private func fill(
        _ data: IOSlice, _ length: Int, _ fragment: Int, _ parity: [IOSlice], _ body: ObjectBody,
        _ digests: RunningDigests, _ received: inout CRC32C, coder scheme: Scheme
    ) async throws(S3Error) {
        let coder = context.coders.coder(for: scheme)
        let compute = context.compute
        var hashed: IOSlice?
        var offset = 0
        while offset < length {
            let piece = data.dropFirst(offset).prefix(min(Self.pieceBytes, length - offset))
            let previous = hashed
            async let hashing: Void = Self.hash(previous, digests, compute)
            let outcome: Result<Int, S3Error>
            do throws(S3Error) { outcome = .success(try await body.fill(piece)) } catch { outcome = .failure(error) }
            await hashing
            guard try outcome.get() == piece.count else { throw S3Error(.incompleteBody) }
            piece.withBytes { received.update($0) }
            coder.accumulate(piece, ofFragment: fragment, into: parity.map { $0.dropFirst(offset).prefix(piece.count) })
            hashed = piece
            offset += piece.count
        }
        await Self.hash(hashed, digests, compute)
        data.dropFirst(length).withMutableBytes { rest in
            for index in rest.indices { rest[index] = 0 }
        }
    }

    private static func hash(_ slice: IOSlice?, _ digests: RunningDigests, _ compute: any Compute) async {
        guard let slice else { return }
        await compute.run { digests.update(slice) }
    }

    /// Sends a fragment to its drive unless that drive is out.
    private func start(
        _ tasks: inout TaskGroup<Stored>, _ fragment: Int, _ payload: IOSlice, _ checksums: [UInt32],
        _ reference: BlobReference, _ stripe: UInt32, _ group: GroupRecord
    ) -> Bool {
        let drive = group.drives[fragment]
        guard !group.out.contains(drive) else { return false }
        let message = Fragment(
            id: FragmentID(blob: reference.blob, stripe: stripe, index: UInt8(fragment)),
            pool: reference.pool, dataCount: reference.dataCount, parityCount: reference.parityCount, owner: owner,
            payload: payload,
            checksums: checksums)
        let service = context.fragments.service(for: drive)
        tasks.addTask {
            guard let service else { return Stored(fragment: fragment, drive: drive, result: .failure(.closed)) }
            do throws(FragmentError) {
                try await service.store(message)
                return Stored(fragment: fragment, drive: drive, result: .success(()))
            } catch {
                return Stored(fragment: fragment, drive: drive, result: .failure(error))
            }
        }
        return true
    }

    /// A stripe counts as written when every drive of its row that is not out has it, and at least k+1 do (k if the
    /// scheme has no parity). Drives that failed are marked out first, and drives that are late while enough others were
    /// in time; if too few are left, the client is refused.
    private func settle(_ stored: [Stored], _ reference: BlobReference, _ stripe: UInt32) async throws(S3Error) {
        let needed = Int(reference.dataCount) + min(context.limits.minimumParity, Int(reference.parityCount))
        if stored.contains(where: \.isLate), stored.count(where: \.isDone) < needed {
            throw S3Error(.slowDown, "The drives do not answer in time.")
        }
        var isFull = false
        for outcome in stored {
            guard case .failure(let error) = outcome.result else { continue }
            if error == .full { isFull = true }
            await context.fragments.reportFault(of: outcome.drive, error)
        }
        let group = try currentGroup(reference, stripe)
        var written = Set(stored.filter(\.isDone).map(\.drive))
        // A drive that has come back while the stripe was written gets its fragment from the others.
        let attempted = Set(stored.map(\.drive))
        for (index, drive) in group.drives.enumerated() where !group.out.contains(drive) && !attempted.contains(drive) {
            let id = FragmentID(blob: reference.blob, stripe: stripe, index: UInt8(index))
            do throws(RepairError) {
                try await RepairFragment(context).run(id, in: group)
                written.insert(drive)
            } catch {
                context.log.warning(
                    "a returning drive did not take a fragment", ["id": "\(drive)", "error": "\(error)"])
            }
        }
        let wanted = group.drives.filter { !group.out.contains($0) }
        guard written.count >= needed, wanted.allSatisfy(written.contains) else {
            throw S3Error(isFull ? FragmentError.full : FragmentError.missing)
        }
    }

    private func currentGroup(_ reference: BlobReference, _ stripe: UInt32) throws(S3Error) -> GroupRecord {
        guard let pool = context.placement.view.pools[reference.pool] else {
            throw S3Error(.internalError, "The pool of this object is not known.")
        }
        return pool.groups[pool.record.group(ofHash: FragmentID.placementHash(reference.blob, stripe: stripe))]
    }

    private static func zeroed(_ size: Int) -> IOSlice {
        let slice = IOBuffer(capacity: size).slice(0..<size)
        slice.withMutableBytes { _ = $0.initializeMemory(as: UInt8.self, repeating: 0) }
        return slice
    }

    /// The checksum of what came so far and of a fragment behind it, from the checksums of its blocks.
    private static func extend(_ checksum: UInt32, by blocks: [UInt32], length: Int) -> UInt32 {
        var result = checksum
        for (index, block) in blocks.enumerated() {
            let count = min(Fragment.blockBytes, length - index * Fragment.blockBytes)
            result = CRC32C.combine(result, block, count: count)
        }
        return result
    }

    private static func appendZeros(_ count: Int, to checksum: inout CRC32C) {
        var left = count
        zeros.withUnsafeBytes { bytes in
            while left > 0 {
                let step = min(left, bytes.count)
                checksum.update(UnsafeRawBufferPointer(rebasing: bytes[..<step]))
                left -= step
            }
        }
    }

    private static let zeros = [UInt8](repeating: 0, count: 4096)
}
