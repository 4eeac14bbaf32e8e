import Core
import Directory
import ErasureCode
import Metadata
import S3

extension BlobWriter {
    /// Reads a body whose length only its end tells, as that of a form's file. Holds one stripe beside what `write` holds:
    /// how a stripe is cut depends on its length.
    /// - Returns: the digests, where the bytes are, and the bytes themselves if they travel in the metadata.
    func writeUpToEnd(
        _ body: ObjectBody, _ payload: PayloadDescription
    ) async throws(S3Error) -> (PayloadDigests, ObjectLocation, [UInt8]?) {
        let pool = try await context.placement.poolForWriting()
        var reference = newReference(pool.record)
        let stripeSize = Int(reference.stripeSizeBytes)
        guard let reservation = await context.budget.reserve(stripeSize + windowBytes(reference)) else {
            throw S3Error(.slowDown)
        }
        defer { withExtendedLifetime(reservation) {} }
        do throws(S3Error) {
            return try await writeUpToEnd(body, payload, &reference)
        } catch {
            await context.discard(reference, stripes: reference.layout.stripeCount)
            throw error
        }
    }

    private func writeUpToEnd(
        _ body: ObjectBody, _ payload: PayloadDescription, _ reference: inout BlobReference
    ) async throws(S3Error) -> (PayloadDigests, ObjectLocation, [UInt8]?) {
        let stripeSize = Int(reference.stripeSizeBytes)
        let digests = RunningDigests(payload)
        let buffer = IOBuffer(capacity: stripeSize)
        var stripe: UInt32 = 0
        while true {
            let filled = try await body.fill(buffer.slice(0..<stripeSize))
            if stripe == 0, filled <= context.limits.inlineBytes {
                let bytes = buffer.slice(0..<filled)
                digests.update(bytes)
                return (try digests.finish(try await body.finish()), .inline, bytes.bytes)
            }
            if filled == 0 { break }
            reference.sizeBytes += UInt64(filled)
            let piece = ObjectBody(
                MemorySource(buffer.slice(0..<filled)),
                PayloadDescription(form: .unsigned, length: UInt64(filled)), signing: nil)
            try await writeStripe(stripe, reference, piece, digests)
            stripe += 1
            if filled < stripeSize { break }
        }
        return (try digests.finish(try await body.finish()), .blob(reference), nil)
    }
}

/// Bytes that are in memory already.
private final class MemorySource: PayloadSource {
    private var rest: IOSlice

    init(_ bytes: IOSlice) { rest = bytes }

    func read(into slice: IOSlice) async throws(S3Error) -> Int {
        let count = min(slice.count, rest.count)
        let piece = rest.prefix(count)
        slice.withMutableBytes { target in
            piece.withBytes { UnsafeMutableRawBufferPointer(rebasing: target[..<count]).copyMemory(from: $0) }
        }
        rest = rest.dropFirst(count)
        return count
    }
}
