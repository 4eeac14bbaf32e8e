import Core
import Foundation
import KeyValue
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// One set of expectations for the real store and the simulated one.
@Suite("Ordered store")
struct RocksDBStoreTests {
    private static func withStores(_ body: (any KeyValueStore) throws -> Void) throws {
        var template = Array("/tmp/roost-keyvalue-XXXXXX".utf8CString)
        let path = try #require(mkdtemp(&template).map { String(cString: $0) })
        let store = try RocksDBStore(path: path, cache: RocksDBCache(capacityBytes: 1 << 20))
        defer { store.close() }
        try body(store)
        try body(SimulatedRows())
    }

    @Test func putGetDelete() throws {
        try Self.withStores { store in
            var batch = WriteBatch()
            batch.put(.rows, [1], [10])
            batch.put(.bodies, [1], [UInt8](repeating: 7, count: 5000))
            batch.put(.rows, [2], [])
            try store.write(batch)
            #expect(try store.get(.rows, [1]) == [10])
            #expect(try store.get(.rows, [2]) == [])
            #expect(try store.get(.bodies, [1])?.count == 5000)
            #expect(try store.get(.fragments, [1]) == nil)
            #expect(try store.getCached(.rows, [1]) == .found([10]))
            try store.flush()
            var second = WriteBatch()
            second.delete(.rows, [1])
            try store.write(second)
            #expect(try store.get(.rows, [1]) == nil)
        }
    }

    /// What a scan has to pass until the next flush is counted, so that its owner can bound it.
    @Test func deletesAreCounted() throws {
        try Self.withStores { store in
            var batch = WriteBatch()
            batch.put(.rows, [1], [10])
            batch.delete(.rows, [2])
            batch.delete(.rows, [3])
            batch.delete(.bodies, [4])
            try store.write(batch)
            #expect(store.unflushedDeletes == 2)
            try store.flush()
            #expect(store.unflushedDeletes == 0)
        }
    }

    @Test func cursorsSeeOneMomentInOrder() throws {
        try Self.withStores { store in
            var batch = WriteBatch()
            for key in [[3], [1], [1, 0], [2, 255], [255]] as [[UInt8]] { batch.put(.rows, key, key) }
            try store.write(batch)
            let cursor = try store.cursor(.rows, end: [255])
            var later = WriteBatch()
            later.deleteRange(.rows, from: [1], to: [3])
            later.put(.rows, [2], [2])
            try store.write(later)
            var keys: [[UInt8]] = []
            var isThere = try cursor.seek([1])
            while isThere {
                keys.append(cursor.key)
                isThere = try cursor.next()
            }
            #expect(keys == [[1], [1, 0], [2, 255], [3]])
            #expect(try store.get(.rows, [1]) == nil)
            #expect(try store.get(.rows, [2]) == [2])
        }
    }

    // MARK: What survives a crash

    /// As a kill would leave it: the files as they are while the store runs, without what is only in memory.
    private static func withCrash(
        memtableBytes: Int, _ fill: (RocksDBStore) throws -> Void, _ check: (RocksDBStore) throws -> Void
    ) throws {
        var template = Array("/tmp/roost-keyvalue-XXXXXX".utf8CString)
        let path = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer { try? FileManager.default.removeItem(atPath: path) }
        let cache = RocksDBCache(capacityBytes: 1 << 20)
        let store = try RocksDBStore(path: path + "/store", cache: cache, memtableBytes: memtableBytes)
        try fill(store)
        try FileManager.default.copyItem(atPath: path + "/store", toPath: path + "/copy")
        let copy = try RocksDBStore(path: path + "/copy", cache: cache, memtableBytes: memtableBytes)
        try check(copy)
        copy.close()
        store.close()
    }

    private static func key(_ number: Int) -> [UInt8] {
        [UInt8(number >> 16 & 255), UInt8(number >> 8 & 255), UInt8(number & 255)]
    }

    @Test func whatWasFlushedSurvivesACrash() throws {
        let count = 20_000
        try Self.withCrash(memtableBytes: 64 << 20) { store in
            for number in 0..<count {
                var batch = WriteBatch()
                batch.put(.rows, Self.key(number), [UInt8](repeating: 1, count: 1000))
                batch.put(.bodies, Self.key(number), [2])
                batch.put(.fragments, Self.key(number), [3])
                try store.write(batch)
            }
            try store.flush()
            var late = WriteBatch()
            late.put(.rows, [255], [9])
            try store.write(late)
        } _: { (copy: RocksDBStore) throws in
            for number in stride(from: 0, to: count, by: 997) {
                #expect(try copy.get(.rows, Self.key(number))?.count == 1000)
                #expect(try copy.get(.bodies, Self.key(number)) == [2])
                #expect(try copy.get(.fragments, Self.key(number)) == [3])
            }
            #expect(try copy.get(.rows, [255]) == nil, "there is no log: this was in memory only")
        }
    }

    /// RocksDB flushes by itself when the memory of one family is full; the others go with it, so that a row which says
    /// that something was applied never promises a body that was lost.
    @Test func aCrashLeavesNoRowAheadOfItsBody() throws {
        let count = 3000
        try Self.withCrash(memtableBytes: 256 << 10) { store in
            for number in 0..<count {
                var batch = WriteBatch()
                batch.put(.rows, Self.key(number), [UInt8](repeating: UInt8(number & 255), count: 1000))
                batch.put(.bodies, Self.key(number), [2])
                batch.put(.fragments, Self.key(number), [3])
                try store.write(batch)
            }
            // What fills up is flushed beside; wait until it is.
            usleep(500_000)
        } _: { (copy: RocksDBStore) throws in
            let last = try (0..<count).last { try copy.get(.rows, Self.key($0)) != nil }
            let number = try #require(last, "nothing was flushed: the test proves nothing")
            #expect(try copy.get(.bodies, Self.key(number)) == [2])
            #expect(try copy.get(.fragments, Self.key(number)) == [3])
        }
    }

    /// A flush covers all families as of one moment, also while writes go on: what comes in between the families must not
    /// be in `rows` alone. An inline object whose body is lost this way is lost, since its entry counts as applied.
    @Test func aFlushUnderWritesLeavesNoRowAheadOfItsBody() throws {
        let count = Atomic<Int>(0)
        try Self.withCrash(memtableBytes: 256 << 20) { store in
            let isEnded = Atomic<Bool>(false)
            let writer = Thread {
                while !isEnded.load(ordering: .acquiring), count.load(ordering: .relaxed) < 1 << 24 {
                    let number = count.wrappingAdd(1, ordering: .relaxed).oldValue
                    var batch = WriteBatch()
                    batch.put(.rows, Self.key(number), [1])
                    batch.put(.bodies, Self.key(number), [2])
                    batch.put(.fragments, Self.key(number), [3])
                    guard (try? store.write(batch)) != nil else { return }
                }
            }
            writer.start()
            for _ in 0..<20 {
                usleep(10_000)
                try store.flush()
            }
            isEnded.store(true, ordering: .releasing)
            while !writer.isFinished { usleep(1000) }
        } _: { (copy: RocksDBStore) throws in
            let written = count.load(ordering: .relaxed)
            let last = try (0..<written).last { try copy.get(.rows, Self.key($0)) != nil }
            let number = try #require(last, "nothing was flushed: the test proves nothing")
            #expect(number < written - 1, "nothing was written behind the flush: the test proves nothing")
            #expect(try copy.get(.bodies, Self.key(number)) == [2])
            #expect(try copy.get(.fragments, Self.key(number)) == [3])
            #expect(try copy.get(.bodies, Self.key(number + 1)) == nil, "flushed as of one moment")
        }
    }

    @Test(arguments: [([1, 2], [1, 3]), ([1, 255], [2]), ([255, 255], nil), ([], nil)] as [([UInt8], [UInt8]?)])
    func keyAfterPrefix(prefix: [UInt8], end: [UInt8]?) { #expect(keyAfter(prefix: prefix) == end) }
}
