public import Core
import KeyValue
import Synchronization

extension FragmentStore {
    /// One group: built in memory, written with one synced write, then indexed.
    func write(_ requests: [Request]) async throws(FragmentError) {
        let bytes = requests.reduce(0) { $0 + $1.sizeEstimate } + 8192
        var volume = try await activeVolume(for: UInt64(bytes))
        var group = GroupBuilder(volume: volume.number, nonce: volume.nonce, start: volume.end)
        var batch = WriteBatch()
        for request in requests {
            switch request {
            case .store(let fragment):
                let entry = group.append(fragment, sequence: takeSequence())
                batch.put(.fragments, fragment.id.indexKey, entry.encoded)
            case .remove(let id):
                group.appendTombstone(id, sequence: takeSequence())
                batch.delete(.fragments, id.indexKey)
            }
        }
        let slices = group.finish()
        do {
            try await volume.file.write(slices, at: volume.end)
        } catch .noSpace {
            throw .full
        } catch {
            throw .failed(error)
        }
        volume.end = group.end
        setActive(volume)
        batch.put(.fragments, IndexMark.key, mark(volume).encoded)
        do {
            try index.write(batch)
        } catch {
            throw .indexFailed("\(error)")
        }
        state.withLock { state in
            state.recordsSinceFlush += requests.count
            for case .store(let fragment) in requests {
                state.storedFragments += 1
                state.storedBytes += UInt64(fragment.payload.count)
            }
        }
    }

    private func takeSequence() -> UInt64 {
        nextSequence.withLock { next in
            defer { next += 1 }
            return next
        }
    }

    private func setActive(_ volume: Active) { active.withLock { $0 = volume } }

    private func mark(_ volume: Active) -> IndexMark {
        IndexMark(volume: volume.number, offset: volume.end, nextSequence: nextSequence.withLock { $0 })
    }

    /// True once enough records lie behind the last flush; the caller flushes the index then.
    public func takeFlushRequest() -> Bool {
        state.withLock { state in
            guard state.recordsSinceFlush >= configuration.flushEvery else { return false }
            state.recordsSinceFlush = 0
            return true
        }
    }

    /// The volume that the next group goes to, grown or begun anew as needed.
    private func activeVolume(for bytes: UInt64) async throws(FragmentError) -> Active {
        if var volume = active.withLock({ $0 }), volume.end + bytes <= configuration.volumeBytes {
            if volume.end + bytes > volume.allocated { try await grow(&volume, for: bytes) }
            return volume
        }
        return try await beginVolume(for: bytes)
    }

    private func grow(_ volume: inout Active, for bytes: UInt64) async throws(FragmentError) {
        let steps = (volume.end + bytes + configuration.growthBytes - 1) / configuration.growthBytes
        do {
            try await checkReserve()
            try await volume.file.extend(to: steps * configuration.growthBytes)
        } catch DriveError.noSpace {
            state.withLock { $0.isFull = true }
            throw .full
        } catch {
            throw .failed(error)
        }
        volume.allocated = steps * configuration.growthBytes
        setActive(volume)
    }

    /// Compares free space with the reserve; called before space is allocated, so rarely.
    func checkReserve() async throws(DriveError) {
        let space = try await drive.space()
        let isFull = space.available < space.total / 100 * configuration.reservePercent
        state.withLock { $0.isFull = isFull }
        if isFull { throw .noSpace }
    }

    /// Looks again whether the drive has room: space may have been given back.
    public func refreshSpace() async -> DriveSpace? {
        guard let space = try? await drive.space() else { return nil }
        state.withLock { $0.isFull = space.available < space.total / 100 * configuration.reservePercent }
        return space
    }

    private func beginVolume(for bytes: UInt64) async throws(FragmentError) -> Active {
        let number = (state.withLock { $0.volumes.keys.max() } ?? 0) + 1
        let superblock = VolumeSuperblock(
            cluster: cluster, drive: driveID, number: number, nonce: entropy.next())
        let path = Self.path(ofVolume: number)
        do {
            try await checkReserve()
            let file = try await drive.open(path, Self.writeOptions(creating: true))
            let block = IOBuffer(capacity: 4096)
            block.all.withMutableBytes { target in
                for index in target.indices { target[index] = 0 }
                target.copyBytes(from: superblock.encoded())
            }
            try await file.write([block.all], at: 0)
            try await drive.syncFolder(Self.folder)
            let reader = try await drive.open(path, OpenOptions(lane: .volume))
            state.withLock { state in
                state.volumes[number] = Volume(number: number, nonce: superblock.nonce, reader: reader)
            }
            var volume = Active(number: number, nonce: superblock.nonce, file: file, end: 4096, allocated: 4096)
            try await growFresh(&volume, for: bytes)
            setActive(volume)
            return volume
        } catch DriveError.noSpace {
            throw .full
        } catch {
            throw .failed(error)
        }
    }

    private func growFresh(_ volume: inout Active, for bytes: UInt64) async throws(DriveError) {
        let steps = (volume.end + bytes + configuration.growthBytes - 1) / configuration.growthBytes
        try await volume.file.extend(to: steps * configuration.growthBytes)
        volume.allocated = steps * configuration.growthBytes
    }

    static let folder = "volumes"

    static func path(ofVolume number: UInt64) -> String {
        var writer = ByteWriter()
        writer.writeBigEndian(number)
        return "\(folder)/\(Hexadecimal.encode(writer.bytes)).vol"
    }

    static func volumeNumber(_ name: String) -> UInt64? {
        guard name.hasSuffix(".vol"), name.utf8.count == 20 else { return nil }
        return UInt64(name.dropLast(4), radix: 16)
    }

    static func writeOptions(creating: Bool) -> OpenOptions {
        OpenOptions(
            writable: true, creation: creating ? .ifMissing : .never, direct: true, durableWrites: true, lane: .volume)
    }
}

/// Up to where the volumes are in the index; flushed with it.
struct IndexMark: Equatable {
    /// Shorter than every fragment's key, so never one of them.
    static let key: [UInt8] = [0]

    var volume: UInt64
    var offset: UInt64
    var nextSequence: UInt64

    var encoded: [UInt8] {
        var writer = ByteWriter(reserving: 24)
        writer.write(volume)
        writer.write(offset)
        writer.write(nextSequence)
        return writer.bytes
    }

    init(volume: UInt64, offset: UInt64, nextSequence: UInt64) {
        self.volume = volume
        self.offset = offset
        self.nextSequence = nextSequence
    }

    init(_ bytes: [UInt8]) throws(CodecError) {
        var reader = ByteReader(bytes)
        volume = try reader.read()
        offset = try reader.read()
        nextSequence = try reader.read()
        try reader.expectEnd()
    }
}

/// Lays the records of a group out. Payloads from 64 KiB on are written from where they are; smaller records are packed
/// into blocks of the builder's own. Each slice is whole 4 KiB blocks, as direct I/O wants it.
struct GroupBuilder {
    private let volume: UInt64
    private let nonce: UInt64
    private(set) var end: UInt64
    private var slices: [IOSlice] = []
    private var packed: [UInt8] = []
    /// In the volume, of `packed[0]`; on a 4 KiB boundary.
    private var packedStart: UInt64

    init(volume: UInt64, nonce: UInt64, start: UInt64) {
        precondition(start.isMultiple(of: 4096), "a group begins on a 4 KiB boundary")
        self.volume = volume
        self.nonce = nonce
        self.end = start
        self.packedStart = start
    }

    mutating func append(_ fragment: Fragment, sequence: UInt64) -> IndexEntry {
        let header = RecordHeader(
            nonce: nonce, kind: .fragment, id: fragment.id, pool: fragment.pool, dataCount: fragment.dataCount,
            parityCount: fragment.parityCount, sequence: sequence, owner: fragment.owner,
            length: UInt32(fragment.payload.count), checksums: fragment.checksums)
        if header.isAligned { flushPacked() }
        let start = header.isAligned ? end : packedStart + UInt64(packed.count)
        if header.isAligned {
            let head = IOBuffer(capacity: 4096)
            head.all.withMutableBytes { target in
                for index in target.indices { target[index] = 0 }
                target.copyBytes(from: header.encoded())
            }
            slices.append(head.all)
            slices.append(Self.wholeBlocks(fragment.payload))
            end += UInt64(header.size)
            packedStart = end
        } else {
            packed += header.encoded()
            fragment.payload.withBytes { packed.append(contentsOf: $0) }
            padPacked(to: 8)
        }
        return IndexEntry(
            volume: volume, recordOffset: start, payloadOffset: start + UInt64(header.payloadOffset),
            length: UInt32(fragment.payload.count), recordSize: UInt32(header.size), sequence: sequence,
            pool: fragment.pool, checksums: fragment.checksums)
    }

    mutating func appendTombstone(_ id: FragmentID, sequence: UInt64) {
        let header = RecordHeader(
            nonce: nonce, kind: .tombstone, id: id, pool: 0, dataCount: 0, parityCount: 0, sequence: sequence,
            owner: FragmentOwner(bucket: BucketID(0), key: []), length: 0, checksums: [])
        packed += header.encoded()
        padPacked(to: 8)
    }

    mutating func finish() -> [IOSlice] {
        flushPacked()
        return slices
    }

    private mutating func padPacked(to alignment: Int) {
        let rest = packed.count % alignment
        if rest != 0 { packed.append(contentsOf: [UInt8](repeating: 0, count: alignment - rest)) }
    }

    private mutating func flushPacked() {
        guard !packed.isEmpty else { return }
        padPacked(to: 4096)
        slices.append(IOSlice(copying: packed))
        end = packedStart + UInt64(packed.count)
        packedStart = end
        packed = []
    }

    /// The payload and the zeroed rest of its last block.
    private static func wholeBlocks(_ payload: IOSlice) -> IOSlice {
        let length = (payload.count + 4095) & ~4095
        payload.buffer.slice(payload.count..<length).withMutableBytes { rest in
            for index in rest.indices { rest[index] = 0 }
        }
        return payload.buffer.slice(0..<length)
    }
}
