#include "CRocksDBFlush.h"

#include <cstring>
#include <string>
#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/options.h>

// The C API's handles are structs around one pointer, declared in RocksDB's db/c.cc and in no header. That they still
// are is checked by the families' names before anything is flushed.
struct rocksdb_t {
    rocksdb::DB *rep;
};
struct rocksdb_column_family_handle_t {
    rocksdb::ColumnFamilyHandle *rep;
};

extern "C" void roost_rocksdb_flush_together(
    rocksdb_t *database, rocksdb_column_family_handle_t *const *families, const char *const *names, size_t count,
    char **error) {
    std::vector<rocksdb::ColumnFamilyHandle *> handles;
    for (size_t index = 0; index < count; index++) {
        rocksdb::ColumnFamilyHandle *handle = families[index]->rep;
        if (handle->GetName() != names[index]) {
            *error = strdup("this RocksDB's C handles are not laid out as expected");
            return;
        }
        handles.push_back(handle);
    }
    rocksdb::FlushOptions options;
    options.wait = true;
    rocksdb::Status status = database->rep->Flush(options, handles);
    if (!status.ok()) *error = strdup(status.ToString().c_str());
}
