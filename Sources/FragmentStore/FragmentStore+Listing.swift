import Core
import KeyValue
import Synchronization

extension FragmentStore {
    public func list(
        pool: UInt16, _ hashes: ClosedRange<UInt64>, after position: FragmentID?, limit: Int
    ) async throws(FragmentError) -> [FragmentID] {
        let index = index
        let end = hashes.upperBound == .max ? nil : FragmentID.indexPrefix(ofHash: hashes.upperBound + 1)
        let start = position?.indexKey ?? FragmentID.indexPrefix(ofHash: hashes.lowerBound)
        let found = await compute.run { () -> Result<[FragmentID], FragmentError> in
            do {
                let cursor = try index.cursor(.fragments, end: end)
                var isThere = try cursor.seek(start)
                if isThere, position != nil, cursor.key == start { isThere = try cursor.next() }
                var list: [FragmentID] = []
                while isThere, list.count < limit {
                    if try IndexEntry(cursor.value).pool == pool {
                        list.append(try FragmentID(indexKey: cursor.key))
                    }
                    isThere = try cursor.next()
                }
                return .success(list)
            } catch {
                return .failure(.indexFailed("\(error)"))
            }
        }
        return try found.get()
    }

    public func describe(_ id: FragmentID) async throws(FragmentError) -> FragmentDescription {
        guard let entry = try await entry(of: id) else { throw .missing }
        guard let volume = state.withLock({ $0.volumes[entry.volume] }) else { throw .missing }
        let bytes: [UInt8]
        do {
            bytes = try await volume.reader.impatient.read(
                count: Int(min(UInt64(entry.recordSize), UInt64(RecordHeader.maximumBytes))), at: entry.recordOffset)
        } catch {
            throw .failed(error)
        }
        // A header that does not decode, or that is another fragment's, is damage like that of a block.
        guard let header = try? RecordHeader(bytes[...]), header.id == id, header.sequence == entry.sequence else {
            throw .damaged(block: 0)
        }
        return FragmentDescription(
            pool: header.pool, dataCount: header.dataCount, parityCount: header.parityCount, owner: header.owner,
            length: Int(header.length))
    }
}
