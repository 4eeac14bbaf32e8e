public import Core
import Metadata
public import S3

/// Reads a range of a version that lies in parts: one blob after the other, while the next bytes are read as the last
/// ones are sent. The part table is read by its pages, so that an object of 10,000 parts costs no more memory than one of
/// a few.
public struct PartedBlobReader: Sendable {
    let context: ObjectStoreContext
    let bucket: BucketID
    let key: [UInt8]
    /// Names the table's rows.
    let ordinal: UInt64
    let table: PartTable
    let range: Range<UInt64>

    /// - Throws: what the sink threw, or an error if the bytes cannot be had; some may have been handed out then.
    public func stream(to sink: BlobReader.Sink) async throws(S3Error) {
        guard !range.isEmpty else { return }
        let relay = SliceRelay()
        async let reading: Void = read(into: relay)
        let sent: Result<Void, S3Error>
        do throws(S3Error) {
            while let batch = try await relay.receive() { try await sink(batch) }
            sent = .success(())
        } catch {
            sent = .failure(error)
        }
        relay.close()
        await reading
        try sent.get()
    }

    private func read(into relay: SliceRelay) async {
        do throws(S3Error) {
            var page = table.page(holding: range.lowerBound)
            var offset = range.lowerBound
            while offset < range.upperBound {
                for (part, partRange) in try await context.partTable(self, page: page).ranges {
                    let wanted = partRange.clamped(to: offset..<range.upperBound)
                    guard !wanted.isEmpty else { continue }
                    let reader = BlobReader(
                        context: context, reference: part.reference, bucket: bucket, key: key,
                        range: wanted.lowerBound - partRange.lowerBound..<wanted.upperBound - partRange.lowerBound)
                    try await reader.stream { (slices) async throws(S3Error) in
                        guard await relay.send(slices) else { throw S3Error(.requestTimeout) }
                    }
                    offset = wanted.upperBound
                }
                page += 1
            }
            relay.finish(.success(()))
        } catch {
            relay.finish(.failure(error))
        }
    }
}

extension ObjectStoreContext {
    fileprivate func partTable(_ reader: PartedBlobReader, page: Int) async throws(S3Error) -> PartTablePage {
        try await partTable(reader.bucket, reader.key, ordinal: reader.ordinal, reader.table, page: page)
    }

    /// - Throws: `ServiceUnavailable` if the version was discarded and collected meanwhile.
    func partTable(
        _ bucket: BucketID, _ key: [UInt8], ordinal: UInt64, _ table: PartTable, page: Int
    ) async throws(S3Error) -> PartTablePage {
        let found: PartTablePage?
        do throws(MetadataError) {
            found =
                page < table.pageCount ? try await metadata.partTable(bucket, key, ordinal: ordinal, page: page) : nil
        } catch {
            throw S3Error(error)
        }
        guard let found else {
            throw S3Error(.serviceUnavailable, "The object was replaced while it was read. Read it again.")
        }
        return found
    }
}
