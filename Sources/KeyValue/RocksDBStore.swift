internal import CRocksDB
internal import CRocksDBFlush
private import Glibc
private import Synchronization

/// Memory that all stores of a process share: one block cache and one bound on unflushed rows a store.
// Safe: @unchecked because RocksDB's cache is thread-safe and the pointer never changes.
public final class RocksDBCache: @unchecked Sendable {
    let cache: OpaquePointer

    /// - Parameter capacityBytes: of blocks read from disk, over all stores.
    public init(capacityBytes: Int) { cache = rocksdb_cache_create_lru(capacityBytes) }

    deinit { rocksdb_cache_destroy(cache) }

    public var usedBytes: Int { rocksdb_cache_get_usage(cache) }
}

/// `KeyValueStore` over RocksDB with its own log switched off.
// Safe: @unchecked because RocksDB's handles may be used from any thread, and `close` is called by the owner once
// nothing else uses the store.
public final class RocksDBStore: KeyValueStore, @unchecked Sendable {
    private let database: OpaquePointer
    private var families: [OpaquePointer?]
    private let readOptions: OpaquePointer
    private let cachedReadOptions: OpaquePointer
    private let writeOptions: OpaquePointer
    private let cache: RocksDBCache
    private var isClosed = false
    /// RocksDB insists on a family called "default"; it stays empty.
    private static let names = ["default", "rows", "bodies", "fragments"]
    private let deletes = Atomic<Int>(0)
    /// `kBlockCacheTier` of `rocksdb/options.h`; the C header has no name for it.
    private static let blockCacheTier: Int32 = 1

    /// Opens the store in a folder, or makes it.
    /// - Parameter memtableBytes: unflushed rows a family before RocksDB flushes by itself.
    public init(path: String, cache: RocksDBCache, memtableBytes: Int = 16 << 20) throws(KeyValueError) {
        let base = RocksDBOptions.make(memtableBytes: memtableBytes)
        defer { rocksdb_options_destroy(base) }
        let perFamily = Family.allCases.map { RocksDBOptions.make($0, cache: cache, memtableBytes: memtableBytes) }
        defer { for options in perFamily { rocksdb_options_destroy(options) } }
        let names = Self.names
        let cNames: [UnsafeMutablePointer<CChar>?] = names.map { strdup($0) }
        defer { for name in cNames { free(name) } }
        var handles = [OpaquePointer?](repeating: nil, count: names.count)
        var namePointers: [UnsafePointer<CChar>?] = cNames.map { UnsafePointer($0) }
        var optionPointers: [OpaquePointer?] = [base] + perFamily
        let opened = try Self.checked { error in
            rocksdb_open_column_families(
                base, path, Int32(names.count), &namePointers, &optionPointers, &handles, error)
        }
        guard let opened else { throw .failed("RocksDB gave no handle for \(path)") }
        database = opened
        families = handles
        readOptions = rocksdb_readoptions_create()
        cachedReadOptions = rocksdb_readoptions_create()
        rocksdb_readoptions_set_read_tier(cachedReadOptions, Self.blockCacheTier)
        writeOptions = rocksdb_writeoptions_create()
        rocksdb_writeoptions_disable_WAL(writeOptions, 1)
        self.cache = cache
    }

    deinit { close() }

    public func close() {
        guard !isClosed else { return }
        isClosed = true
        rocksdb_cancel_all_background_work(database, 1)
        for handle in families { rocksdb_column_family_handle_destroy(handle) }
        rocksdb_readoptions_destroy(readOptions)
        rocksdb_readoptions_destroy(cachedReadOptions)
        rocksdb_writeoptions_destroy(writeOptions)
        rocksdb_close(database)
    }

    private func handle(_ family: Family) -> OpaquePointer? { families[family.rawValue + 1] }

    public func get(_ family: Family, _ key: [UInt8]) throws(KeyValueError) -> [UInt8]? {
        try pinned(family, key, readOptions)
    }

    public func getCached(_ family: Family, _ key: [UInt8]) throws(KeyValueError) -> CachedRow {
        do {
            guard let value = try pinned(family, key, cachedReadOptions) else { return .missing }
            return .found(value)
        } catch .failed(let message) {
            // The C API has no status codes: "Result incomplete" is Status::Incomplete's text.
            if message.hasPrefix("Result incomplete") { return .unknown }
            throw .failed(message)
        }
    }

    private func pinned(
        _ family: Family, _ key: [UInt8], _ options: OpaquePointer
    ) throws(KeyValueError) -> [UInt8]? {
        let slice = try Self.checked { error in
            key.withUnsafeBytes { raw in
                rocksdb_get_pinned_cf(
                    database, options, handle(family), raw.baseAddress?.assumingMemoryBound(to: CChar.self), raw.count,
                    error)
            }
        }
        guard let slice else { return nil }
        defer { rocksdb_pinnableslice_destroy(slice) }
        var length = 0
        let start = rocksdb_pinnableslice_value(slice, &length)
        return Array(UnsafeRawBufferPointer(start: start, count: length))
    }

    public func write(_ batch: WriteBatch) throws(KeyValueError) {
        guard !batch.isEmpty else { return }
        let native = rocksdb_writebatch_create()
        defer { rocksdb_writebatch_destroy(native) }
        var deleted = 0
        for change in batch.changes {
            switch change {
            case .put(let family, let key, let value):
                Self.withChars(key) { keyStart, keyCount in
                    Self.withChars(value) { valueStart, valueCount in
                        rocksdb_writebatch_put_cf(native, handle(family), keyStart, keyCount, valueStart, valueCount)
                    }
                }
            case .delete(let family, let key):
                if family == .rows { deleted += 1 }
                Self.withChars(key) { start, count in
                    rocksdb_writebatch_delete_cf(native, handle(family), start, count)
                }
            case .deleteRange(let family, let start, let end):
                Self.withChars(start) { first, firstCount in
                    Self.withChars(end) { last, lastCount in
                        rocksdb_writebatch_delete_range_cf(native, handle(family), first, firstCount, last, lastCount)
                    }
                }
            }
        }
        try Self.checked { error in rocksdb_write(database, writeOptions, native, error) }
        if deleted > 0 { deletes.add(deleted, ordering: .relaxed) }
    }

    public var unflushedDeletes: Int { deletes.load(ordering: .relaxed) }

    /// All families as of one moment. One family after the other would not do: what is written in between would be in
    /// the tables of the later ones alone, and `rows` must never be ahead.
    public func flush() throws(KeyValueError) {
        deletes.store(0, ordering: .relaxed)
        let cNames = Self.names.map { strdup($0) }
        defer { for name in cNames { free(name) } }
        let namePointers: [UnsafePointer<CChar>?] = cNames.map { UnsafePointer($0) }
        try Self.checked { error in
            roost_rocksdb_flush_together(database, families, namePointers, families.count, error)
        }
    }

    public func cursor(_ family: Family, end: [UInt8]?) throws(KeyValueError) -> any KeyValueCursor {
        RocksDBCursor(database: database, family: handle(family), end: end, owner: self)
    }

    /// Bytes of memory that unflushed rows and open tables take, for metrics.
    public var memoryBytes: Int {
        var sum = 0
        for family in Family.allCases {
            for name in ["rocksdb.cur-size-all-mem-tables", "rocksdb.estimate-table-readers-mem"] {
                var value: UInt64 = 0
                if rocksdb_property_int_cf(database, handle(family), name, &value) == 0 { sum += Int(value) }
            }
        }
        return sum
    }

    static func withChars(_ bytes: [UInt8], _ body: (UnsafePointer<CChar>?, Int) -> Void) {
        bytes.withUnsafeBytes { body($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count) }
    }

    /// Runs a call that reports errors through a `char **`, which the caller must free.
    static func checked<R>(
        _ call: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> R
    ) throws(KeyValueError) -> R {
        var error: UnsafeMutablePointer<CChar>?
        let result = call(&error)
        if let error {
            let message = String(cString: error)
            rocksdb_free(error)
            throw .failed(message)
        }
        return result
    }
}

/// A RocksDB iterator; it pins a consistent view, so it must not live long.
final class RocksDBCursor: KeyValueCursor {
    private let iterator: OpaquePointer
    private let options: OpaquePointer
    private let end: UnsafeMutableBufferPointer<CChar>?
    /// Keeps the store open while the cursor lives.
    private let owner: RocksDBStore

    init(database: OpaquePointer, family: OpaquePointer?, end: [UInt8]?, owner: RocksDBStore) {
        let options: OpaquePointer = rocksdb_readoptions_create()
        if let end {
            // RocksDB keeps the pointer for the iterator's life.
            let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: max(1, end.count))
            for (index, byte) in end.enumerated() { copy[index] = CChar(bitPattern: byte) }
            rocksdb_readoptions_set_iterate_upper_bound(options, copy.baseAddress, end.count)
            self.end = copy
        } else {
            self.end = nil
        }
        self.options = options
        self.owner = owner
        iterator = rocksdb_create_iterator_cf(database, options, family)
    }

    deinit {
        rocksdb_iter_destroy(iterator)
        rocksdb_readoptions_destroy(options)
        end?.deallocate()
    }

    func seek(_ key: [UInt8]) throws(KeyValueError) -> Bool {
        RocksDBStore.withChars(key) { rocksdb_iter_seek(iterator, $0, $1) }
        return try isValid()
    }

    func next() throws(KeyValueError) -> Bool {
        rocksdb_iter_next(iterator)
        return try isValid()
    }

    private func isValid() throws(KeyValueError) -> Bool {
        if rocksdb_iter_valid(iterator) != 0 { return true }
        try RocksDBStore.checked { error in rocksdb_iter_get_error(iterator, error) }
        return false
    }

    var key: [UInt8] { withKey { Array($0) } }
    var value: [UInt8] { withValue { Array($0) } }

    func withKey<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        var length = 0
        let start = rocksdb_iter_key(iterator, &length)
        return try body(UnsafeRawBufferPointer(start: start, count: length))
    }

    func withValue<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        var length = 0
        let start = rocksdb_iter_value(iterator, &length)
        return try body(UnsafeRawBufferPointer(start: start, count: length))
    }
}
