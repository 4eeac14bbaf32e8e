import Core
import FragmentStore
import Metadata
import S3

/// Reading one object's bytes into another's.
extension ObjectStoreContext {
    /// The source of a copy, once its conditions hold.
    func copySource(_ source: CopySource) async throws(S3Error) -> CurrentObject {
        let found = try await currentObject(source.bucket, source.key, source.version, withBody: true)
        try source.check(tag: found.record.summary.entityTag, lastModified: found.record.summary.lastModified)
        return found
    }

    /// Into memory: for what is stored inline.
    func readWhole(
        _ content: ObjectContent, _ payload: PayloadDescription
    ) async throws(S3Error) -> (PayloadDigests, [UInt8]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(payload.length))
        try await content.stream { (slices) async throws(S3Error) in
            for slice in slices { slice.withBytes { bytes.append(contentsOf: $0) } }
        }
        let digests = RunningDigests(payload)
        digests.update(IOBuffer(copying: bytes).slice(0..<bytes.count))
        return (try digests.finish([]), bytes)
    }

    /// Into a new blob, durable on return: one task reads, this one writes.
    func copy(
        _ content: ObjectContent, _ payload: PayloadDescription, owner: FragmentOwner
    ) async throws(S3Error) -> (PayloadDigests, BlobReference) {
        guard await copies.enter() else { throw S3Error(.slowDown) }
        defer { copies.leave() }
        let relay = SliceRelay()
        async let reading: Void = read(content, into: relay)
        let written: Result<(PayloadDigests, BlobReference), S3Error>
        do throws(S3Error) {
            let body = ObjectBody(RelaySource(relay), payload, signing: nil)
            written = .success(try await BlobWriter(context: self, owner: owner).write(body, payload))
        } catch {
            written = .failure(error)
        }
        relay.close()
        await reading
        return try written.get()
    }

    private func read(_ content: ObjectContent, into relay: SliceRelay) async {
        do throws(S3Error) {
            try await content.stream { (slices) async throws(S3Error) in
                guard await relay.send(slices) else { throw S3Error(.requestTimeout) }
            }
            relay.finish(.success(()))
        } catch {
            relay.finish(.failure(error))
        }
    }
}
