import Core
import KeyValue
import Synchronization

extension FragmentStore {
    /// Opens the volumes and brings the index up to their end. Must finish before anything else is called.
    ///
    /// Records behind the index's mark were durable already; a record of a group that was torn fails its checksums and
    /// was never acknowledged. Nothing is deleted or cut.
    /// - Returns: how many records had to be scanned.
    public func open() async throws(FragmentError) -> Int {
        let numbers: [UInt64]
        do {
            try await makeFolder()
            numbers = try await drive.list(Self.folder).compactMap(Self.volumeNumber).sorted()
        } catch {
            throw .failed(error)
        }
        let mark = try readMark()
        var scanned = 0
        var tombstones: [FragmentID: UInt64] = [:]
        if let mark { nextSequence.withLock { $0 = mark.nextSequence } }
        for number in numbers {
            let (volume, size) = try await openVolume(number)
            guard let volume else { continue }
            state.withLock { $0.volumes[number] = volume }
            let start: UInt64
            if let mark, number <= mark.volume {
                start = number < mark.volume ? size : mark.offset
            } else {
                start = 4096
            }
            var end = start
            if start < size {
                (scanned, end) = try await scan(volume, from: start, to: size, counted: scanned, &tombstones)
            }
            if number == numbers.last { try await resume(volume, end: end, size: size) }
        }
        return scanned
    }

    private func makeFolder() async throws(DriveError) {
        do {
            try await drive.makeFolder(Self.folder)
        } catch .exists {
            return
        }
        try await drive.syncFolder("")
    }

    private func readMark() throws(FragmentError) -> IndexMark? {
        do {
            guard let value = try index.get(.fragments, IndexMark.key) else { return nil }
            return try IndexMark(value)
        } catch {
            throw .indexFailed("\(error)")
        }
    }

    /// nil for a file that never got its superblock: a crash right after it was made.
    private func openVolume(_ number: UInt64) async throws(FragmentError) -> (Volume?, UInt64) {
        let reader: any DriveFile
        let size: UInt64
        let head: [UInt8]
        do {
            reader = try await drive.open(Self.path(ofVolume: number), OpenOptions(lane: .volume))
            size = try await reader.size()
            head = try await reader.read(count: 4096, at: 0)
        } catch {
            throw .failed(error)
        }
        let superblock: VolumeSuperblock
        do {
            superblock = try VolumeSuperblock(head)
        } catch .newerVersion(let version) {
            throw .refused("volume format \(version) is newer than this program")
        } catch {
            if head.allSatisfy({ $0 == 0 }) {
                log.warning("volume has no superblock and is left alone", ["drive": drive.name, "volume": "\(number)"])
                return (nil, size)
            }
            throw .refused("superblock of volume \(number) on \(drive.name) is damaged: \(error)")
        }
        guard superblock.cluster == cluster, superblock.drive == driveID, superblock.number == number else {
            throw .refused("volume \(number) on \(drive.name) belongs to another drive")
        }
        return (Volume(number: number, nonce: superblock.nonce, reader: reader), size)
    }

    /// Takes the last volume into use again, after its last whole record.
    private func resume(_ volume: Volume, end: UInt64, size: UInt64) async throws(FragmentError) {
        do {
            let file = try await drive.open(Self.path(ofVolume: volume.number), Self.writeOptions(creating: false))
            active.withLock {
                $0 = Active(
                    number: volume.number, nonce: volume.nonce, file: file, end: (end + 4095) & ~4095, allocated: size)
            }
        } catch {
            throw .failed(error)
        }
    }

    /// Indexes every record of a part of a volume whose checksums hold.
    /// - Returns: records so far, and the end of the last whole one.
    private func scan(
        _ volume: Volume, from start: UInt64, to size: UInt64, counted: Int,
        _ tombstones: inout [FragmentID: UInt64]
    ) async throws(FragmentError) -> (Int, UInt64) {
        var count = counted
        var end = start
        var offset = start
        var windowStart = start
        var window: [UInt8] = []
        var batch = WriteBatch()
        while offset + UInt64(RecordHeader.fixedBytes) <= size {
            let from = Int(offset - windowStart)
            if from + RecordHeader.maximumBytes > window.count,
                windowStart + UInt64(window.count) < size || window.isEmpty
            {
                windowStart = offset
                window = try await load(volume, at: offset, count: Int(min(1 << 20, size - offset)))
                if window.isEmpty { break }
                continue
            }
            guard from < window.count, let header = try? RecordHeader(window[from...]), header.nonce == volume.nonce,
                offset + UInt64(header.payloadOffset) + UInt64(header.length) <= size,
                try await isWhole(header, in: volume, at: offset)
            else {
                // Padding, a torn group or damage: records begin on 4 KiB boundaries at the latest.
                offset = (offset / 4096 + 1) * 4096
                if offset >= windowStart + UInt64(window.count) { window = [] }
                continue
            }
            try note(header, volume: volume.number, at: offset, &tombstones, in: &batch)
            count += 1
            offset += UInt64(header.size)
            end = offset
            if offset >= windowStart + UInt64(window.count) { window = [] }
        }
        batch.put(
            .fragments, IndexMark.key,
            IndexMark(volume: volume.number, offset: (end + 4095) & ~4095, nextSequence: nextSequence.withLock { $0 })
                .encoded)
        do {
            try index.write(batch)
        } catch {
            throw .indexFailed("\(error)")
        }
        return (count, end)
    }

    private func load(_ volume: Volume, at offset: UInt64, count: Int) async throws(FragmentError) -> [UInt8] {
        do {
            return try await volume.reader.read(count: count, at: offset)
        } catch {
            throw .failed(error)
        }
    }

    private func isWhole(
        _ header: RecordHeader, in volume: Volume, at offset: UInt64
    ) async throws(FragmentError) -> Bool {
        guard header.length > 0 else { return true }
        let payload = try await load(
            volume, at: offset + UInt64(header.payloadOffset), count: Int(header.length))
        guard payload.count == Int(header.length) else { return false }
        return Fragment.checksums(of: IOSlice(copying: payload)) == header.checksums
    }

    /// A record counts unless a later one is known: in the index, or a tombstone that this scan has met.
    private func note(
        _ header: RecordHeader, volume: UInt64, at offset: UInt64, _ tombstones: inout [FragmentID: UInt64],
        in batch: inout WriteBatch
    ) throws(FragmentError) {
        nextSequence.withLock { $0 = max($0, header.sequence + 1) }
        do {
            try index.write(batch)
            batch = WriteBatch()
            if let known = try index.get(.fragments, header.id.indexKey),
                try IndexEntry(known).sequence >= header.sequence
            {
                return
            }
        } catch {
            throw .indexFailed("\(error)")
        }
        switch header.kind {
        case .fragment:
            if let killed = tombstones[header.id], killed > header.sequence { return }
            batch.put(
                .fragments, header.id.indexKey,
                IndexEntry(
                    volume: volume, recordOffset: offset, payloadOffset: offset + UInt64(header.payloadOffset),
                    length: header.length, recordSize: UInt32(header.size), sequence: header.sequence,
                    pool: header.pool, checksums: header.checksums
                ).encoded)
        case .tombstone:
            tombstones[header.id] = max(tombstones[header.id] ?? 0, header.sequence)
            batch.delete(.fragments, header.id.indexKey)
        }
    }
}
