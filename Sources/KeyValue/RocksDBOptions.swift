internal import CRocksDB

/// How RocksDB is set up; each choice with its reason.
enum RocksDBOptions {
    /// Options of the database itself.
    static func make(memtableBytes: Int) -> OpaquePointer {
        let options: OpaquePointer = rocksdb_options_create()
        rocksdb_options_set_create_if_missing(options, 1)
        rocksdb_options_set_create_missing_column_families(options, 1)
        // A memtable that fills up takes the other families with it, so that `rows` never gets ahead.
        rocksdb_options_set_atomic_flush(options, 1)
        rocksdb_options_set_max_background_jobs(options, 2)
        rocksdb_options_set_max_open_files(options, 256)
        rocksdb_options_set_keep_log_file_num(options, 2)
        rocksdb_options_set_max_log_file_size(options, 1 << 20)
        rocksdb_options_set_stats_dump_period_sec(options, 0)
        rocksdb_options_set_write_buffer_size(options, memtableBytes)
        return options
    }

    /// Options of one family.
    static func make(_ family: Family, cache: RocksDBCache, memtableBytes: Int) -> OpaquePointer {
        let options = make(memtableBytes: memtableBytes)
        rocksdb_options_set_max_write_buffer_number(options, 4)
        rocksdb_options_set_compression(options, Int32(rocksdb_lz4_compression))
        let table = rocksdb_block_based_options_create()
        rocksdb_block_based_options_set_block_cache(table, cache.cache)
        rocksdb_block_based_options_set_block_size(table, 16 << 10)
        rocksdb_block_based_options_set_filter_policy(table, rocksdb_filterpolicy_create_ribbon(10))
        rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1)
        rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(table, 1)
        rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(table, 1)
        rocksdb_block_based_options_set_format_version(table, 5)
        rocksdb_options_set_block_based_table_factory(options, table)
        // The factory keeps its own copy of the table options.
        rocksdb_block_based_options_destroy(table)
        switch family {
        case .rows, .fragments:
            // A run of deletes makes its file a candidate for compaction, so that listing does not wade through them.
            rocksdb_options_add_compact_on_deletion_collector_factory(options, 4096, 2048)
        case .bodies:
            // Inline bytes in levelled files would be rewritten with every level; blob files hold them once.
            rocksdb_options_set_enable_blob_files(options, 1)
            rocksdb_options_set_min_blob_size(options, 512)
            rocksdb_options_set_blob_file_size(options, 64 << 20)
            rocksdb_options_set_enable_blob_gc(options, 1)
            rocksdb_options_set_blob_gc_age_cutoff(options, 0.25)
            rocksdb_options_set_blob_cache(options, cache.cache)
            rocksdb_options_set_compression(options, Int32(rocksdb_no_compression))
        }
        return options
    }
}
