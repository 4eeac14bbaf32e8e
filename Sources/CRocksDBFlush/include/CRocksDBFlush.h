#ifndef ROOST_CROCKSDBFLUSH_H
#define ROOST_CROCKSDBFLUSH_H

#include <rocksdb/c.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// Flushes several column families as of one moment, which the C API of RocksDB cannot: with atomic flush on, either all
// of them are durable up to that moment or none. Waits until they are. `error` as in the C API: to be freed by
// `rocksdb_free`; `names` are those under which the families were opened.
void roost_rocksdb_flush_together(
    rocksdb_t *database, rocksdb_column_family_handle_t *const *families, const char *const *names, size_t count,
    char **error);

#ifdef __cplusplus
}
#endif

#endif
